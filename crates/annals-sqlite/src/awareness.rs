//! Entries in SQLite: looks through the readers, and changes that share a commit.
//!
//! A look is one read transaction of a reader's own connection. A change goes through the store's one writer, in the transaction that appends its events; those of callers who come at
//! once go into one transaction (`change`).

mod asked;
mod bag;
mod change;
mod check;
mod choice;
mod common;
mod desk;
mod filling;
mod matrix;
mod nearest;
mod neighbours;
mod rank;
mod row;
mod scan;
mod search;
mod shelf;
mod sql;
mod usage;
mod vectors;

use std::cell::RefCell;

use annals_event::Timestamp;
use annals_store::Error;
use annals_store::awareness::{Abort, Astray, AwarenessStore, ScannedEntry, Shelf, VectorStore, Work};

pub(crate) use asked::combinations;
pub(crate) use bag::fill as fill_bags;
pub(crate) use change::Changes;
pub(crate) use usage::{cut_back, follow, forget};

use self::common::Common;
use self::nearest::Matrices;
use self::shelf::Table;
use crate::store::SqliteStore;

/// What a store keeps in memory for searches, beside the database and never instead of it.
#[derive(Default)]
pub(crate) struct Remembered {
    /// Vectors of entries.
    matrices: Matrices,
    /// How many rows have common words.
    common: Common,
}

impl AwarenessStore for SqliteStore {
    fn look(&self, space: &str, look: &mut dyn FnMut(&mut dyn Shelf) -> Result<(), Error>) -> Result<(), Error> {
        let look = RefCell::new(look);
        self.readers().inspect(|connection| {
            let mut table = Table::new(connection, self.location(), space, self.clock().now()).with(self.remembered());
            look.borrow_mut()(&mut table)
        })
    }

    fn change(&self, space: &str, work: Work) -> Result<Option<u64>, Abort> {
        self.changes().change(self.writer()?, space, work)
    }

    fn stale_spaces(&self, before: Timestamp) -> Result<Vec<String>, Error> {
        self.readers().read(|connection| {
            connection
                .prepare_cached(sql::STALE_SPACES)?
                .query_map([before.as_nanos()], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()
        })
    }

    fn scan(&self, each: &mut dyn FnMut(&ScannedEntry<'_>)) -> Result<u64, Error> {
        let each = RefCell::new(each);
        self.readers().read(|connection| scan::read(connection, &mut **each.borrow_mut()))
    }

    fn vectors(&self) -> &dyn VectorStore {
        self
    }

    fn check(&self) -> Result<Vec<Astray>, Error> {
        self.readers().read_afresh(|connection| check::read(connection, self.clock().now()))
    }
}

#[cfg(test)]
mod tests;
