//! What makes a log provable, as a store keeps it: the tree under the rows, signed checkpoints of it, pinned keys, and rows as a verifier sees them.
//!
//! A store that keeps evidence extends the tree in the transaction that inserts the rows, so that no row is without its leaf and no leaf without its row.
//! It signs nothing itself: [`EvidenceStore::seal`] reads the tree under the write lock and asks its caller for the signature. What lies beside the database, the key's file and the
//! published checkpoints, is the service's, and comes in by [`Outside`].

use annals_event::{Commitments, GroupKey, LeafRow, ProducerId, Salt, Timestamp};
use annals_tlog::{Hash, Note, Origin, Tile, TreeHead, VerifierKey};
use std::fmt;
use std::time::Duration;

use crate::{Error, LogId, Mark, SeqRange};

/// A store whose log can be proved.
pub trait EvidenceStore: Send + Sync {
    /// How the log stands, in one state of the database.
    fn standing(&self) -> Result<Standing, Error>;

    /// The same for a verifier, where the tiles don't even make a tree ([`standing`](Self::standing) is `Corrupt`): its size is by the rows, and its root says nothing.
    ///
    /// The size is at most the number of rows that are there or were emptied, wherever a forged row lies. A store whose tree can't be in such a state need not have it.
    fn standing_by_rows(&self) -> Result<Standing, Error> {
        self.standing()
    }

    /// A tile's hashes, one behind another: at least as many as the tile is wide, fewer when the tree is smaller than that, none when there is no such tile.
    /// Level 0 holds the leaves; partial tiles of all levels are there.
    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error>;

    /// The root of the first `size` leaves, from the tiles; `None` when the tree is smaller.
    fn root_at(&self, size: u64) -> Result<Option<Hash>, Error>;

    /// Hands every row in the span to `visit`, by `seq`, in one short transaction. Rows that no honest writer makes (a negative `seq`, a value of the wrong kind)
    /// are visited like others. The caller keeps spans short (some thousand rows).
    ///
    /// Bounds are signed, since a forged row may lie anywhere; `first..=last`.
    fn scan(&self, first: i64, last: i64, visit: &mut dyn FnMut(ScannedRow<'_>)) -> Result<(), Error>;

    /// The smallest and the largest `seq` of any row, forged ones included; `None` without rows.
    fn bounds(&self) -> Result<Option<(i64, i64)>, Error>;

    /// Stored checkpoints with a size of at least `from`, by size, at most `limit`.
    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<StoredCheckpoint>, Error>;

    /// The producers' marks in the order of their ids, those behind `after`, at most `limit`.
    fn marks(&self, after: Option<ProducerId>, limit: usize) -> Result<Vec<(ProducerId, Mark)>, Error>;

    /// Which rows the event `by` empties or deletes, or has: those from `from` on, ascending, at most `limit`. They are listed before anything is emptied.
    fn emptied_by(&self, by: u64, from: u64, limit: usize) -> Result<Vec<u64>, Error>;

    /// Events that were put aside, by the `seq` of the gap that declares them: those from `from` on, at most `limit`.
    fn dead_letters(&self, from: u64, limit: usize) -> Result<Vec<DeadLetter>, Error>;

    /// Signs and stores a checkpoint of the tree as it stands, durably and under the write lock, unless that is not needed: the newest one covers all of the tree, or is younger than
    /// `interval` by the writer's clock. Before signing, the tree must continue that of the newest checkpoint (else `Corrupt`).
    ///
    /// `sign` gets what is to be signed and answers the note; its error is passed on and nothing is stored. What is signed is a commit that is durable already.
    /// The note must be signed by the pinned key, whoever else has signed it: a note without that signature, or a log without a key, is `Invalid`, and nothing is stored.
    /// Where the newest covers all of the tree already, nothing is signed (`None`), and that one is kept for the stronger of both reasons.
    fn seal(
        &self,
        wish: SealWish,
        sign: &mut dyn FnMut(&Origin, TreeHead) -> Result<Note, Error>,
    ) -> Result<Option<StoredCheckpoint>, Error>;

    /// Marks a stored checkpoint as one to be kept for ever: a proof, bundle or backup names it. `NotFound` where none of that size is stored (any more).
    fn keep_checkpoint(&self, size: u64) -> Result<(), Error>;

    /// Pins this key as the log's, if none ever was and there is no checkpoint; answers the pinned one, `None` where there is none and must not be one.
    fn pin_key(&self, key: &VerifierKey) -> Result<Option<VerifierKey>, Error>;

    /// Replaces the pinned key: under the write lock records `audit.key_rotated`, asks `sign` for a checkpoint of the tree that includes that event, signed by the old key and the
    /// new, stores it as one to be kept, and pins the new key. Answers that checkpoint.
    ///
    /// The event is durable before it is signed; a crash in between leaves an event whose key was never pinned, which is harmless and says so.
    fn rotate_key(
        &self,
        new: &VerifierKey,
        credential: &str,
        sign: &mut dyn FnMut(&Origin, TreeHead) -> Result<Note, Error>,
    ) -> Result<StoredCheckpoint, Error>;

    /// Goes on under a new name, after a rollback or a restore: in one transaction the old name goes to the history, the new one with its own producer and key takes its place, and
    /// `audit.continued` is recorded as its first event. The store must be opened anew afterwards, and no store that knows the old name writes any more.
    ///
    /// Leaves and checkpoints beyond the rows, left where rows were cut, are cut as well. A store that refuses to open such a database has an opening that does not.
    fn continue_as(&self, continuation: &Continuation<'_>) -> Result<(), Error>;
}

/// How a log stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The log's name.
    pub log: LogId,
    /// The first line of its checkpoints and the name of its keys: `annals/<log id>`.
    pub origin: Origin,
    /// The names it had before, newest first.
    pub earlier: Vec<EarlierLog>,
    /// Size and root of the tree, from its tiles.
    pub tree: TreeHead,
    /// The events that were there before there was a tree; `None` while they are still being taken into it.
    pub n_before_tree: Option<u64>,
    /// The keys that were ever pinned, oldest first; the last one is in force. Those of earlier names are among them.
    pub keys: Vec<PinnedKey>,
    /// What the database's own producer is called.
    pub own_producer: ProducerId,
}

/// A name that a log had.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct EarlierLog {
    /// The name.
    pub log: LogId,
    /// Its origin.
    pub origin: Origin,
    /// How many events it had when it was given up: the new name's first event has this `seq`.
    pub n_events: u64,
}

impl EarlierLog {
    /// A name that was given up at this size.
    pub fn new(log: LogId, n_events: u64) -> Self {
        Self { log, origin: origin_of(log), n_events }
    }
}

/// A key that a log was or is signed with.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct PinnedKey {
    /// The public key.
    pub key: VerifierKey,
    /// The size of the log when it was pinned.
    pub from_size: u64,
}

impl PinnedKey {
    /// A key that was pinned at this size.
    pub fn new(key: VerifierKey, from_size: u64) -> Self {
        Self { key, from_size }
    }
}

/// A checkpoint as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredCheckpoint {
    /// The size that it is of.
    pub size: u64,
    /// The signed note, exactly as stored. Nobody has verified it yet.
    pub note: String,
    /// The writer's clock when it was signed.
    pub signed_at: Timestamp,
    /// Why it is kept.
    pub kept: Kept,
}

/// Why a checkpoint is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kept {
    /// It is the newest, or the last of its hour.
    Hour,
    /// Signed at a `close`.
    Close,
    /// Something names it: a proof, a bundle, a backup, an erasure; or a key changed with it.
    Named,
}

/// What a caller of [`EvidenceStore::seal`] wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SealWish {
    /// Not if the newest checkpoint is younger than this. Zero signs whenever the tree has grown.
    pub interval: Duration,
    /// Why it will be kept.
    pub kept: Kept,
}

/// An event that was put aside, without what it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeadLetter {
    /// The `seq` of the `audit.gap` that declares it.
    pub gap_seq: u64,
    /// Whose event it is.
    pub producer: ProducerId,
    /// Its place in that producer's count.
    pub pseq: u64,
}

/// A new name for a log.
#[derive(Clone, Debug)]
pub struct Continuation<'a> {
    /// The new name, random.
    pub log: LogId,
    /// The new own producer, random.
    pub own_producer: ProducerId,
    /// The key of the new name.
    pub key: &'a VerifierKey,
    /// Why: `rollback_accepted`, `restored`, `copied`.
    pub reason: &'a str,
    /// The last checkpoint that anybody knows of the old name, as a note.
    pub last_known: Option<&'a str>,
    /// Keys of the old name that a database which was put back does not know, since they came into force later; published notes lead to them from those that it knows.
    pub late_keys: &'a [VerifierKey],
    /// Who asked for it.
    pub credential: &'a str,
}

/// A row as it lies in the database.
#[derive(Clone, Debug)]
pub struct ScannedRow<'a> {
    /// Its number, whatever it is.
    pub seq: i64,
    /// What it says, or what is wrong with it (which column, in words that show nothing of the value).
    pub content: Result<RowContent<'a>, String>,
}

/// What a row says.
#[derive(Clone, Debug)]
pub struct RowContent<'a> {
    /// Everything that its leaf is made of.
    pub row: LeafRow<'a>,
    /// Its salt; nothing once it was emptied.
    pub salt: Option<Salt>,
    /// The `seq` of the event that emptied it.
    pub erased_by: Option<u64>,
    /// What was kept when it was emptied.
    pub emptied: Option<Emptied>,
}

/// What is kept of a row that was emptied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Emptied {
    /// The commitments to all its groups, emptied or not.
    pub commitments: Commitments,
    /// The key of the group `who`, if that was kept.
    pub who_key: Option<GroupKey>,
    /// The key of the group `context`, if that was kept.
    pub context_key: Option<GroupKey>,
}

/// What is known of a log beside its database, where a database that was cut or put back is noticed.
pub trait Outside: Send + Sync + fmt::Debug {
    /// The newest checkpoint that was published of this log.
    ///
    /// Asked before the database's size is read, at every open and reconnect: what is published lags behind the database and never runs ahead of it. A store refuses a database that is
    /// smaller, or has another root at that size, with an error of kind `RolledBack` that names both sizes.
    fn newest(&self, log: LogId) -> Result<Option<TreeHead>, Error>;

    /// The same once a database contradicts it: the newest that one of the log's keys has signed, as far as such a thing is known outside. `pinned` are those that the database has ever named.
    ///
    /// The database's size is read again after this. What knows of no signatures stands by what it said.
    fn newest_by(&self, log: LogId, pinned: &[VerifierKey]) -> Result<Option<TreeHead>, Error> {
        let _ = pinned;
        self.newest(log)
    }
}

/// The origin of a log that was not given one.
pub fn origin_of(log: LogId) -> Origin {
    format!("annals/{log}").parse().expect("hexadecimal digits are a line")
}

/// A span of sequence numbers as signed bounds, `first..=last`, for [`EvidenceStore::scan`].
pub fn bounds_of(span: SeqRange) -> (i64, i64) {
    let bound = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    (bound(span.start), bound(span.end).saturating_sub(1))
}
