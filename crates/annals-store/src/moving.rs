//! Moving a whole log, with what agents know, from one database to another: under its own name, with its numbers, tree, marks and keys.
//!
//! A log that moves is the same log at another place. So nothing is recorded anew: rows go over as they are, salts and leaves with them, and so do the marks, by which what is sent once more is
//! there once. What only one kind of database has (indexes of words, counts, digests for an index) is made anew there.
//!
//! The source is looked at in one snapshot, part by part, in the order of each part's key ([`Source`]). The target takes some rows at a time, each lot in one durable transaction together with a
//! bookmark ([`Target`]); so whoever is killed goes on where the last lot ended, and no row is there twice. Until the end the target has no name, which is what keeps everybody else from writing to it:
//! the last transaction compares the tree with the source's and gives it the name.
//!
//! Refused were the stores' own `append` (it numbers events anew) and files of a format of their own (a second truth about what a log is).

mod bookmark;
mod going;
mod part;

use std::fmt::Display;

use annals_event::{ProducerId, Timestamp};
use annals_tlog::Hash;

use crate::{Error, ErrorKind, LogId};

pub use going::{Copied, Ended, Progress, copy};
pub use part::{Cell, Column, Kind, Part};

/// One row of a part: a value for each of its columns.
pub type Row = Vec<Cell>;

/// A store that can show all it holds.
pub trait MovingStore: Send + Sync {
    /// Hands one snapshot of the whole database to `look`.
    ///
    /// Errors: `Busy` while the database is being brought up to date, `Corrupt` where rows and tree do not fit each other.
    fn show(&self, look: &mut dyn FnMut(&mut dyn Source) -> Result<(), Error>) -> Result<(), Error>;
}

/// One snapshot of a database.
pub trait Source {
    /// How messages call the database; without a password.
    fn name(&self) -> String;

    /// What the log is called and how it stands.
    fn whole(&mut self) -> Result<Whole, Error>;

    /// The root of the first `size` leaves; `None` where there are fewer, or no tree is kept.
    fn root_at(&mut self, size: u64) -> Result<Option<Hash>, Error>;

    /// How many rows of a part lie behind this key; behind nothing are all.
    fn count(&mut self, part: Part, after: Option<&[Cell]>) -> Result<u64, Error>;

    /// The next rows of a part behind this key, in the key's order: at most `limit`, and none when there are no more.
    fn rows(&mut self, part: Part, after: Option<&[Cell]>, limit: usize) -> Result<Vec<Row>, Error>;
}

/// What is known of a log beside its rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Whole {
    /// Its name.
    pub log: LogId,
    /// The producer of the events that come through no journal.
    pub own_producer: ProducerId,
    /// When the log was begun.
    pub created_at: Timestamp,
    /// How many events were there before there was a tree.
    pub n_before_tree: u64,
    /// How many events there are, the deleted ones included.
    pub n_events: u64,
    /// The root over all of them; `None` where no tree is kept.
    pub root: Option<Hash>,
    /// Another text after every change of anything but the last rows of the log. Means nothing in another database.
    pub stamp: String,
    /// Another text after every change of rows that were there: what was emptied or deleted. The same wherever the same was.
    pub erased: String,
}

/// A database that a log is brought into.
pub trait Target: Send {
    /// How messages call the database; without a password.
    fn name(&self) -> String;

    /// What is there.
    fn standing(&mut self) -> Result<Standing, Error>;

    /// The root of the first `size` leaves; `None` where there are fewer, or no tree is kept.
    fn root_at(&mut self, size: u64) -> Result<Option<Hash>, Error>;

    /// Begins, or begins once more: takes the name of a finished log away, empties these parts and writes the bookmark, in one durable transaction. From here on nobody else writes to the
    /// database, or opens it.
    ///
    /// `expected` is what [`standing`](Self::standing) answered; where it has changed since, it is an error of kind `Busy`, and nothing is written.
    fn begin(&mut self, expected: &Standing, bookmark: &str, emptied: &[Part]) -> Result<(), Error>;

    /// Takes rows and puts the new bookmark in the place of the old one, in one durable transaction. Where the old one is not there any more, somebody else copies into this database: that is an
    /// error of kind `Busy`, and nothing is written.
    fn put(&mut self, part: Part, rows: &[Row], from: &str, to: &str) -> Result<(), Error>;

    /// Makes what follows from the rows, compares the tree with the source's, gives the log its name and takes the bookmark away, in one durable transaction.
    ///
    /// Errors: `Corrupt` where the tree is another one, `Busy` as in [`put`](Self::put); then nothing is written.
    fn finish(&mut self, whole: &Whole, bookmark: &str) -> Result<(), Error>;
}

/// What is in a database that a log shall be brought into.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Nothing.
    Empty,
    /// A log that was not brought here whole yet, with its bookmark.
    Unfinished(String),
    /// A log.
    Log {
        /// Its name.
        log: LogId,
        /// How many events it has.
        n_events: u64,
        /// See [`Whole::erased`].
        erased: String,
    },
}

/// The error for a log that stands open in the middle of being brought here. It is one that mends by waiting, so that journals keep what is recorded meanwhile.
pub fn unfinished(name: &dyn Display) -> Error {
    Error::new(
        ErrorKind::Busy,
        format!(
            "{name} holds a log that is not copied whole yet (hint: let `annals copy` come to its end, or run it again)"
        ),
    )
}

/// The error for a bookmark that somebody else has moved.
pub fn disturbed(name: &dyn Display) -> Error {
    Error::new(ErrorKind::Busy, format!("{name} is being copied into by another process (hint: let that one end)"))
}

#[cfg(test)]
mod tests;
