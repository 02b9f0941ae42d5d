//! From rows in their order to the entries of a page: those that are chosen, and of those that say the same the first.
//!
//! Entries are read some at a time, as many as the page still takes: most rows that are weighed are on none, and one may be long.

use std::collections::HashMap;

use annals_store::awareness::{EntryType, Hit, Question};
use annals_store::backend::bag::{Bag, Sketch};

use super::bags::Shared;
use super::choice::Plan;
use super::row::{self, Stored};
use crate::connection::Connection;
use crate::failure::Trouble;

/// So many of those that were taken are compared with what comes.
const MAX_COMPARED: usize = 200;
/// So many of those that say the same are named.
const MAX_ALIKE: usize = 16;
/// At least and at most so many are read at once.
const AT_ONCE: (u64, u64) = (8, 256);

/// A row at its place in the order.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    pub(super) n: i64,
    pub(super) score: f64,
    pub(super) bag: Shared,
    sketch: Sketch,
}

impl Ranked {
    pub(super) fn new(n: i64, score: f64, bag: Shared) -> Self {
        Self { n, score, sketch: Bag::new(&bag).sketch(), bag }
    }
}

/// A page while it is filled.
pub(super) struct Filling<'a> {
    connection: &'a Connection,
    plan: Plan<'a>,
    question: &'a Question,
    n_passed: u64,
    n_bytes: usize,
    taken: Vec<Taken>,
    /// The hits, and the numbers of their rows. How relevant they are is said later.
    pub(super) hits: Vec<(i64, Hit)>,
}

/// What was taken, for this page or one before it.
struct Taken {
    entry_type: EntryType,
    source: String,
    sketch: Sketch,
    bag: Shared,
    /// Its place on this page.
    hit: Option<usize>,
}

impl<'a> Filling<'a> {
    pub(super) fn new(connection: &'a Connection, plan: Plan<'a>, question: &'a Question) -> Self {
        Self { connection, plan, question, n_passed: 0, n_bytes: 0, taken: Vec::new(), hits: Vec::new() }
    }

    /// Whether nothing more fits on the page.
    pub(super) fn is_full(&self) -> bool {
        let most = self.question.max_bytes.unwrap_or(usize::MAX);
        self.hits.len() as u64 >= self.question.limit || most < self.n_bytes
    }

    /// Offers rows in their order. Where those are folded that say the same, a full page is still told of them.
    pub(super) fn offer<'r>(&mut self, rows: impl IntoIterator<Item = &'r Ranked>) -> Result<(), Trouble> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() && (!self.is_full() || self.question.folds) {
            let left = self.question.limit.saturating_sub(self.hits.len() as u64);
            let at_once = left.saturating_add(self.question.offset - self.n_passed).clamp(AT_ONCE.0, AT_ONCE.1);
            let some: Vec<&Ranked> = rows.by_ref().take(usize::try_from(at_once).unwrap_or(usize::MAX)).collect();
            let is_full = self.is_full();
            let wanted = some.iter().filter(|ranked| !is_full || !self.alike(ranked).is_empty());
            let wanted: Vec<i64> = wanted.map(|ranked| ranked.n).collect();
            if wanted.is_empty() {
                continue;
            }
            let mut chosen: HashMap<i64, Stored> = HashMap::new();
            for row in self.plan.of(wanted).rows_of_form(self.connection)? {
                let stored = row::read(&row)?;
                chosen.insert(stored.n, stored);
            }
            for ranked in some {
                if let Some(stored) = chosen.remove(&ranked.n) {
                    self.take(ranked, stored);
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, ranked: &Ranked, stored: Stored) {
        let entry = stored.entry;
        let same = |at: &usize| {
            let taken = &self.taken[*at];
            taken.entry_type == entry.entry_type && (!is_by_source(entry.entry_type) || taken.source == entry.source)
        };
        if let Some(at) = self.alike(ranked).into_iter().find(same) {
            if let Some((_, hit)) = self.taken[at].hit.and_then(|hit| self.hits.get_mut(hit))
                && hit.alike.len() < MAX_ALIKE
            {
                hit.alike.push(entry.id);
            }
            return;
        }
        if self.is_full() {
            return;
        }
        let is_passed = self.n_passed < self.question.offset;
        if self.question.folds && self.taken.len() < MAX_COMPARED {
            let hit = (!is_passed).then_some(self.hits.len());
            self.taken.push(Taken {
                entry_type: entry.entry_type,
                source: entry.source.clone(),
                sketch: ranked.sketch,
                bag: Shared::clone(&ranked.bag),
                hit,
            });
        }
        if is_passed {
            self.n_passed += 1;
        } else {
            self.n_bytes = self.n_bytes.saturating_add(entry.weight());
            self.hits.push((ranked.n, Hit::new(entry, ranked.score, 0.0)));
        }
    }

    /// The places of those that say the same.
    fn alike(&self, ranked: &Ranked) -> Vec<usize> {
        let bag = Bag::new(&ranked.bag);
        let is_like = |taken: &Taken| taken.sketch.may_be_like(ranked.sketch) && Bag::new(&taken.bag).is_like(bag);
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
