//! What the same source wrote right before and behind an entry.
//!
//! Memory comes in runs: a question in one entry is answered in the next, which need not name what it is about. So the best entries lend a part of their score to those beside them, and how
//! relevant an entry is, is asked of it together with those beside it.
//!
//! An entry of many words says what it is about itself: it lends to none and is lent nothing.
//!
//! A source may write several runs at once, such as two sessions of one agent. Where some of those around an entry have its very tags, they are its run, and the others are not beside it.

use std::collections::{BTreeMap, HashMap};

use annals_event::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::sql;

/// So many of the best lend.
pub(super) const N_LENDERS: usize = 24;
/// What the first, second and third beside an entry are lent of its score.
const SHARES: [f64; 3] = [0.4, 0.25, 0.12];
/// What lies further apart belongs to another occasion.
const MAX_NANOS: i64 = 3_600_000_000_000;
/// How far the relevance of an entry looks.
const IN_SIGHT: usize = 2;

/// The neighbours of entries, looked up once each.
pub(super) struct Neighbours<'c> {
    connection: &'c Connection,
    space: &'c str,
    now: Timestamp,
    known: HashMap<i64, Beside>,
}

/// The numbers of those beside an entry, the nearest first.
#[derive(Clone, Default)]
struct Beside {
    before: Vec<i64>,
    behind: Vec<i64>,
}

impl<'c> Neighbours<'c> {
    pub(super) fn new(connection: &'c Connection, space: &'c str, now: Timestamp) -> Self {
        Self { connection, space, now, known: HashMap::new() }
    }

    /// What is lent to whom: the rows come best first, each with its score.
    pub(super) fn lent(&mut self, best: &[(i64, f64)]) -> rusqlite::Result<BTreeMap<i64, f64>> {
        let mut lent = BTreeMap::new();
        for (n, score) in best {
            let beside = self.beside(*n)?;
            for side in [&beside.before, &beside.behind] {
                for (to, share) in side.iter().zip(SHARES) {
                    *lent.entry(*to).or_default() += score * share;
                }
            }
        }
        Ok(lent)
    }

    /// Those that an entry's relevance is asked of beside it.
    pub(super) fn in_sight(&mut self, n: i64) -> rusqlite::Result<Vec<i64>> {
        let beside = self.beside(n)?;
        Ok([&beside.before, &beside.behind].into_iter().flat_map(|side| side.iter().take(IN_SIGHT)).copied().collect())
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
        let is_run = before.iter().chain(&behind).any(|(_, is_same)| *is_same);
        let nearest = |side: Vec<(i64, bool)>| {
            let run = side.into_iter().filter(|(_, is_same)| *is_same || !is_run);
            run.map(|(n, _)| n).take(SHARES.len()).collect()
        };
        Ok(Beside { before: nearest(before), behind: nearest(behind) })
    }
}
