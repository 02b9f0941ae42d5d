//! What the same source wrote right before and behind an entry, looked up. What comes of it is said by [`Beside`].

use std::collections::{BTreeMap, HashMap};

use annals_event::Timestamp;
use annals_store::backend::beside::{Beside, MAX_NANOS};
use rusqlite::{Connection, OptionalExtension, params};

use super::sql;

/// The neighbours of entries, looked up once each.
pub(super) struct Neighbours<'c> {
    connection: &'c Connection,
    space: &'c str,
    now: Timestamp,
    known: HashMap<i64, Beside>,
}

impl<'c> Neighbours<'c> {
    pub(super) fn new(connection: &'c Connection, space: &'c str, now: Timestamp) -> Self {
        Self { connection, space, now, known: HashMap::new() }
    }

    /// What is lent to whom: the rows come best first, each with its score.
    pub(super) fn lent(&mut self, best: &[(i64, f64)]) -> rusqlite::Result<BTreeMap<i64, f64>> {
        let mut lent = BTreeMap::new();
        for (n, score) in best {
            self.beside(*n)?.lend(*score, &mut lent);
        }
        Ok(lent)
    }

    /// Those that an entry's relevance is asked of beside it.
    pub(super) fn in_sight(&mut self, n: i64) -> rusqlite::Result<Vec<i64>> {
        Ok(self.beside(n)?.in_sight().collect())
    }

    fn beside(&mut self, n: i64) -> rusqlite::Result<&Beside> {
        if !self.known.contains_key(&n) {
            let beside = self.look(n)?;
            self.known.insert(n, beside);
        }
        Ok(&self.known[&n])
    }

    /// What is in the trash or expired stands beside nothing.
    fn look(&self, n: i64) -> rusqlite::Result<Beside> {
        let place = self
            .connection
            .prepare_cached(sql::WHERE_WRITTEN)?
            .query_row(params![n, self.space, self.now.as_nanos()], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, Vec<u8>>(2)?,
                    row.get::<_, String>(3)?,
                ))
            })
            .optional()?;
        let Some((source, created, id, tags)) = place else { return Ok(Beside::default()) };
        // Each with whether it has the same tags.
        let side = |statement: &str, bound: i64| -> rusqlite::Result<Vec<(i64, bool)>> {
            self.connection
                .prepare_cached(statement)?
                .query_map(params![self.space, source, created, id, bound, self.now.as_nanos()], |row| {
                    Ok((row.get(0)?, row.get_ref(1)?.as_str()? == tags))
                })?
                .collect()
        };
        let before = side(sql::WRITTEN_BEFORE, created.saturating_sub(MAX_NANOS))?;
        let behind = side(sql::WRITTEN_BEHIND, created.saturating_add(MAX_NANOS))?;
        Ok(Beside::of(before, behind))
    }
}
