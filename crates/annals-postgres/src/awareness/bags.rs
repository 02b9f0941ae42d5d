//! Bags that were read before. A search weighs hundreds of rows, and most of them are as they were for the search before.
//!
//! A row is known by its number and the transaction that wrote it as it is, which the database says in the snapshot of each question; so what is kept is never older than the rest of an answer, and
//! is nobody's who may not see the row. A server counts its transactions on from where it was. One that takes another's place, or goes on from a backup, may count some of them anew; it has been
//! started at another time, by which all of this is forgotten. (One that was told not to flush what it commits may do so behind a crash as well, without a start.)

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_postgres::types::{FromSql, Type};

use super::sql;
use crate::connection::Connection;
use crate::failure::Trouble;

/// About so many bytes are kept, half of them those that were used last.
const MAX_BYTES: usize = 128 << 20;
/// What keeping a row costs beside its bytes.
const ROW_BYTES: usize = 96;

/// The transaction that wrote a row as it is: PostgreSQL's `xmin`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Version(u32);

impl FromSql<'_> for Version {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(u32::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::XID
    }
}

/// A row's bag, shared with whoever weighs it.
pub(super) type Shared = Arc<[u8]>;

/// The bags of one store.
#[derive(Default)]
pub(crate) struct Bags(Mutex<Kept>);

/// What was used lately, and what was used before that. When the first is full it becomes the second.
#[derive(Default)]
struct Kept {
    /// When the server was started whose rows these are.
    started: i64,
    late: HashMap<i64, (Version, Shared)>,
    n_bytes: usize,
    early: HashMap<i64, (Version, Shared)>,
}

impl Bags {
    /// The bags of these rows, in their order; of a row that is not seen, none.
    ///
    /// `started` is when the server was started.
    pub(super) fn read(
        &self,
        connection: &Connection,
        started: i64,
        rows: &[(i64, Version)],
    ) -> Result<Vec<(i64, Shared)>, Trouble> {
        // Who writes sees rows that he may write once more, in the same transaction.
        let keeps = connection.is_reading();
        let mut found: HashMap<i64, Shared> = if keeps { self.known(started, rows) } else { HashMap::new() };
        let unknown: Vec<i64> = rows.iter().map(|(n, _)| *n).filter(|n| !found.contains_key(n)).collect();
        if !unknown.is_empty() {
            let mut read = HashMap::new();
            for row in connection.rows(sql::BAGS, &[&unknown])? {
                read.insert(row.try_get(0)?, Shared::from(row.try_get::<_, &[u8]>(1)?));
            }
            if keeps {
                self.keep(started, rows, &read);
            }
            found.extend(read);
        }
        Ok(rows.iter().filter_map(|(n, _)| Some((*n, found.remove(n)?))).collect())
    }

    fn known(&self, started: i64, rows: &[(i64, Version)]) -> HashMap<i64, Shared> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.started != started {
            *kept = Kept { started, ..Kept::default() };
        }
        rows.iter().filter_map(|(n, version)| Some((*n, kept.get(*n, *version)?))).collect()
    }

    fn keep(&self, started: i64, rows: &[(i64, Version)], read: &HashMap<i64, Shared>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.started != started {
            return;
        }
        for (n, version) in rows {
            if let Some(bag) = read.get(n) {
                kept.put(*n, *version, Arc::clone(bag));
            }
        }
    }
}

impl Kept {
    fn get(&mut self, n: i64, version: Version) -> Option<Shared> {
        if let Some((known, bag)) = self.late.get(&n) {
            return (*known == version).then(|| Arc::clone(bag));
        }
        let (known, bag) = self.early.remove(&n)?;
        if known != version {
            return None;
        }
        self.put(n, version, Arc::clone(&bag));
        Some(bag)
    }

    fn put(&mut self, n: i64, version: Version, bag: Shared) {
        if MAX_BYTES / 2 < self.n_bytes {
            self.early = std::mem::take(&mut self.late);
            self.n_bytes = 0;
        }
        self.n_bytes += bag.len() + ROW_BYTES;
        if let Some((_, before)) = self.late.insert(n, (version, bag)) {
            self.n_bytes -= before.len() + ROW_BYTES;
        }
    }
}

#[cfg(test)]
mod tests;
