//! What the same source wrote right before and behind entries, looked up for many at once. What comes of it is said by [`Beside`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use annals_event::Timestamp;
use annals_store::backend::beside::{Beside, MAX_NANOS};
use tokio_postgres::Row;

use super::sql;
use crate::connection::Connection;
use crate::failure::Trouble;

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
    pub(super) fn lent(&mut self, best: &[(i64, f64)]) -> Result<BTreeMap<i64, f64>, Trouble> {
        self.look_up(best.iter().map(|(n, _)| *n))?;
        let mut lent = BTreeMap::new();
        for (n, score) in best {
            self.known[n].lend(*score, &mut lent);
        }
        Ok(lent)
    }

    /// Those that the relevance of each of these is asked of beside it.
    pub(super) fn in_sight(&mut self, numbers: &[i64]) -> Result<Vec<(i64, Vec<i64>)>, Trouble> {
        self.look_up(numbers.iter().copied())?;
        Ok(numbers.iter().map(|n| (*n, self.known[n].in_sight().collect())).collect())
    }

    /// What is in the trash or expired stands beside nothing.
    fn look_up(&mut self, numbers: impl Iterator<Item = i64>) -> Result<(), Trouble> {
        // Whoever is judged and on the page as well is asked about twice.
        let unknown: BTreeSet<i64> = numbers.filter(|n| !self.known.contains_key(n)).collect();
        let unknown = Vec::from_iter(unknown);
        if unknown.is_empty() {
            return Ok(());
        }
        let mut around: HashMap<i64, Beside> = HashMap::new();
        for row in self.connection.rows(sql::AROUND, &[&unknown, &self.space, &self.now.as_nanos(), &MAX_NANOS])? {
            around.insert(row.try_get(0)?, Beside::of(side(&row, 1)?, side(&row, 3)?));
        }
        let beside = |n: i64| (n, around.remove(&n).unwrap_or_default());
        self.known.extend(unknown.into_iter().map(beside));
        Ok(())
    }
}

/// Those on one side, the nearest first: their numbers, and in the column behind whether each has the same tags.
fn side(row: &Row, column: usize) -> Result<Vec<(i64, bool)>, Trouble> {
    let numbers: Option<Vec<i64>> = row.try_get(column)?;
    let are_same: Option<Vec<bool>> = row.try_get(column + 1)?;
    Ok(numbers.unwrap_or_default().into_iter().zip(are_same.unwrap_or_default()).collect())
}
