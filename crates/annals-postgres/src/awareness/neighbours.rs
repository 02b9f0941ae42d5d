//! What the same source wrote right before and behind entries, looked up for many at once. What comes of it is said by [`Beside`].

use std::collections::{BTreeMap, HashMap};

use annals_event::Timestamp;
use annals_store::backend::beside::{Beside, MAX_NANOS};

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

/// Those on one side: when and under which id each was made, its number, and whether it has the same tags.
type Side = Vec<((i64, Vec<u8>), (i64, bool))>;

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
        let unknown: Vec<i64> = numbers.filter(|n| !self.known.contains_key(n)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut sides: HashMap<i64, [Side; 2]> = HashMap::new();
        for row in self.connection.rows(sql::AROUND, &[&unknown, &self.space, &self.now.as_nanos(), &MAX_NANOS])? {
            let is_behind: bool = row.try_get(1)?;
            let place = ((row.try_get(4)?, row.try_get(5)?), (row.try_get(2)?, row.try_get(3)?));
            sides.entry(row.try_get(0)?).or_default()[usize::from(is_behind)].push(place);
        }
        for n in unknown {
            let [mut before, mut behind] = sides.remove(&n).unwrap_or_default();
            before.sort_unstable_by(|one, other| other.0.cmp(&one.0));
            behind.sort_unstable_by(|one, other| one.0.cmp(&other.0));
            let places = |side: Side| side.into_iter().map(|(_, place)| place).collect();
            self.known.insert(n, Beside::of(places(before), places(behind)));
        }
        Ok(())
    }
}
