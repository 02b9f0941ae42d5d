//! From rows in their order to the entries of a page: those that are chosen, and of those that say the same the first.
//!
//! Entries are read one by one, and only those of the page: most rows that are weighed are on none, and one may be long.

use annals_event::Timestamp;
use annals_store::awareness::{EntryId, EntryType, Hit, Question};
use rusqlite::{CachedStatement, Connection, Rows};

use super::bag::{Bag, Sketch};
use super::choice::{push_rest, push_standing};
use super::{row, sql};
use crate::conditions::Sql;

/// So many of those that were taken are compared with what comes.
const MAX_COMPARED: usize = 200;
/// So many rows behind a full page are compared with what it has.
const MAX_BEHIND: usize = 100;
/// So many of those that say the same are named.
const MAX_ALIKE: usize = 16;

/// A row at its place in the order.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    pub(super) n: i64,
    pub(super) score: f64,
    pub(super) bag: Vec<u8>,
}

impl Ranked {
    pub(super) fn new(n: i64, score: f64, bag: Vec<u8>) -> Self {
        Self { n, score, bag }
    }
}

/// Looks up whether single rows are chosen.
pub(super) struct Chosen<'c> {
    statement: CachedStatement<'c>,
    /// The place of the row's number among the values.
    number_at: usize,
}

impl<'c> Chosen<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        space: &str,
        now: Timestamp,
        question: &Question,
    ) -> rusqlite::Result<Self> {
        Self::reading(sql::ENTRY_COLUMNS, connection, space, now, question)
    }

    /// One that reads nothing of an entry, which may be long.
    pub(super) fn without_entries(
        connection: &'c Connection,
        space: &str,
        now: Timestamp,
        question: &Question,
    ) -> rusqlite::Result<Self> {
        Self::reading("1", connection, space, now, question)
    }

    fn reading(
        columns: &str,
        connection: &'c Connection,
        space: &str,
        now: Timestamp,
        question: &Question,
    ) -> rusqlite::Result<Self> {
        let sql = chosen(columns, space, now, question);
        let mut statement = connection.prepare_cached(&sql.text)?;
        for (nth, value) in sql.values.iter().enumerate() {
            statement.raw_bind_parameter(nth + 1, value)?;
        }
        Ok(Self { statement, number_at: sql.values.len() + 1 })
    }

    /// Whether a row is chosen.
    pub(super) fn is(&mut self, n: i64) -> rusqlite::Result<bool> {
        Ok(self.look(n)?.next()?.is_some())
    }

    /// The row of an entry that is chosen.
    fn look(&mut self, n: i64) -> rusqlite::Result<Rows<'_>> {
        self.statement.raw_bind_parameter(self.number_at, n)?;
        Ok(self.statement.raw_query())
    }
}

/// A page while it is filled.
pub(super) struct Filling<'c, 'q> {
    question: &'q Question,
    chosen: Chosen<'c>,
    n_passed: u64,
    n_bytes: usize,
    n_behind: usize,
    taken: Vec<Taken>,
    pub(super) hits: Vec<Hit>,
}

/// What was taken, for this page or one before it.
struct Taken {
    entry_type: EntryType,
    source: String,
    sketch: Sketch,
    bag: Vec<u8>,
    /// Its place on this page.
    hit: Option<usize>,
}

impl<'c, 'q> Filling<'c, 'q> {
    pub(super) fn new(
        connection: &'c Connection,
        space: &str,
        now: Timestamp,
        question: &'q Question,
    ) -> rusqlite::Result<Self> {
        let chosen = Chosen::new(connection, space, now, question)?;
        Ok(Self { question, chosen, n_passed: 0, n_bytes: 0, n_behind: 0, taken: Vec::new(), hits: Vec::new() })
    }

    /// Whether nothing more fits on the page.
    pub(super) fn is_full(&self) -> bool {
        let most = self.question.max_bytes.unwrap_or(usize::MAX);
        self.hits.len() as u64 >= self.question.limit || most < self.n_bytes
    }

    /// Whether no row behind would change anything.
    pub(super) fn is_done(&self) -> bool {
        self.is_full() && (!self.question.folds || MAX_BEHIND <= self.n_behind)
    }

    /// Offers the next row. `relevance` is asked for what comes on the page.
    pub(super) fn offer(
        &mut self,
        ranked: &Ranked,
        relevance: impl FnOnce() -> rusqlite::Result<f64>,
    ) -> rusqlite::Result<()> {
        let is_full = self.is_full();
        self.n_behind += usize::from(is_full);
        let sketch = Bag::new(&ranked.bag).sketch();
        let alike = self.alike(ranked, sketch);
        if is_full && alike.is_empty() {
            return Ok(());
        }
        let mut rows = self.chosen.look(ranked.n)?;
        let Some(row) = rows.next()? else { return Ok(()) };
        let entry_type: EntryType = row::entry_type(row)?;
        let source: String = row.get(2)?;
        let same = |at: &&usize| {
            let taken = &self.taken[**at];
            taken.entry_type == entry_type && (!is_by_source(entry_type) || taken.source == source)
        };
        if let Some(at) = alike.iter().find(same).copied() {
            if let Some(hit) = self.taken[at].hit.and_then(|hit| self.hits.get_mut(hit))
                && hit.alike.len() < MAX_ALIKE
            {
                hit.alike.push(EntryId::from_bytes(row.get(0)?));
            }
            return Ok(());
        }
        if is_full {
            return Ok(());
        }
        let is_passed = self.n_passed < self.question.offset;
        if is_passed {
            self.n_passed += 1;
        } else {
            let entry = row::entry(row)?;
            self.n_bytes = self.n_bytes.saturating_add(entry.weight());
            self.hits.push(Hit::new(entry, ranked.score, relevance()?));
        }
        if self.question.folds && self.taken.len() < MAX_COMPARED {
            let hit = (!is_passed).then(|| self.hits.len() - 1);
            self.taken.push(Taken { entry_type, source, sketch, bag: ranked.bag.clone(), hit });
        }
        Ok(())
    }

    /// The places of those that say the same.
    fn alike(&self, ranked: &Ranked, sketch: Sketch) -> Vec<usize> {
        let bag = Bag::new(&ranked.bag);
        let is_like = |taken: &Taken| taken.sketch.may_be_like(sketch) && Bag::new(&taken.bag).is_like(bag);
        (0..self.taken.len()).filter(|at| is_like(&self.taken[*at])).collect()
    }
}

/// Whether entries of this type say something of their source: two sources that say the same are two things.
fn is_by_source(entry_type: EntryType) -> bool {
    matches!(
        entry_type,
        EntryType::Alert | EntryType::Status | EntryType::Suppression | EntryType::Intention | EntryType::Record
    )
}

/// These columns of a row, whose number is the last value, if it is chosen.
pub(super) fn chosen(columns: &str, space: &str, now: Timestamp, question: &Question) -> Sql {
    let mut statement = Sql::default();
    statement.push("SELECT ");
    statement.push(columns);
    statement.push_with(" FROM entry AS e WHERE e.space = ?", space.to_owned());
    statement.push(" AND ");
    push_standing(&mut statement, question.choice.shelved, now);
    push_rest(&mut statement, &question.choice, None);
    statement.push(" AND e.n = ?");
    statement
}
