//! Entries in PostgreSQL: looks in a snapshot, and changes that share a commit.
//!
//! A look is one read transaction. A change is made under the log's write lock, in the transaction that appends its events; those of callers who come at once go into one (`change`). Under
//! that lock nobody else changes an entry, on whatever node, so what is read for change stays as it is.

mod asked;
mod bags;
mod change;
mod check;
mod choice;
mod desk;
mod filling;
mod nearest;
mod neighbours;
mod row;
mod scan;
mod search;
mod shelf;
mod sql;
mod usage;
mod usual;
mod vectors;

use annals_event::Timestamp;
use annals_store::Error;
use annals_store::awareness::{Abort, Astray, AwarenessStore, ScannedEntry, Shelf, VectorStore, Work};

pub(crate) use asked::indexed;
pub(crate) use bags::Bags;
pub(crate) use usage::{cut_back, follow, forget};

use self::shelf::Table;
use crate::connection::Reach;
use crate::store::PostgresStore;

impl AwarenessStore for PostgresStore {
    fn look(&self, space: &str, look: &mut dyn FnMut(&mut dyn Shelf) -> Result<(), Error>) -> Result<(), Error> {
        let now = self.clock().now();
        self.pool().read_in(Reach::Space(space), |connection| Ok(look(&mut Table::new(self, connection, space, now))?))
    }

    fn change(&self, space: &str, work: Work) -> Result<Option<u64>, Abort> {
        self.writer()?;
        self.changes().change(space, work, |jobs| change::together(self, jobs))
    }

    fn stale_spaces(&self, before: Timestamp) -> Result<Vec<String>, Error> {
        self.pool().read_in(Reach::All, |connection| {
            let rows = connection.rows(sql::STALE_SPACES, &[&before.as_nanos()])?;
            rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
        })
    }

    fn scan(&self, each: &mut dyn FnMut(&ScannedEntry<'_>)) -> Result<u64, Error> {
        self.pool().read_in(Reach::All, |connection| scan::read(connection, each))
    }

    fn vectors(&self) -> &dyn VectorStore {
        self
    }

    fn check(&self) -> Result<Vec<Astray>, Error> {
        let now = self.clock().now();
        self.pool().read_in(Reach::All, |connection| check::read(connection, now))
    }
}
