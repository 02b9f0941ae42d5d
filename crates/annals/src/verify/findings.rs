//! Accusations as they are collected: bounded, since somebody may have changed every row, and told in the order in which they explain each other.

use super::{Finding, Verdict};

/// Of each kind so many are told; the rest is counted.
const MOST: usize = 8;

#[derive(Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    n: u64,
    /// The first place that is concerned by any.
    first_seq: Option<u64>,
    has_no_place: bool,
}

impl Findings {
    /// Accuses a span of the log, `first..=last`.
    pub(super) fn at(&mut self, verdict: Verdict, first: u64, last: u64, text: impl Into<String>) {
        self.first_seq = Some(self.first_seq.map_or(first, |known| known.min(first)));
        self.add(Finding { verdict, first_seq: Some(first), last_seq: Some(last), text: text.into() });
    }

    /// Accuses something that has no place among the rows, and leaves none of them sound.
    pub(super) fn nowhere(&mut self, verdict: Verdict, text: impl Into<String>) {
        self.has_no_place = true;
        self.add(Finding { verdict, first_seq: None, last_seq: None, text: text.into() });
    }

    /// The same for what leaves the rows as they are.
    pub(super) fn beside(&mut self, verdict: Verdict, text: impl Into<String>) {
        self.add(Finding { verdict, first_seq: None, last_seq: None, text: text.into() });
    }

    pub(super) fn has(&self, verdict: Verdict) -> bool {
        self.list.iter().any(|finding| finding.verdict == verdict)
    }

    pub(super) fn has_any(&self) -> bool {
        self.n > 0
    }

    /// How many accusations there are.
    pub(super) fn n(&self) -> u64 {
        self.n
    }

    /// How many of the first events no accusation concerns.
    pub(super) fn n_sound(&self, n_events: u64) -> Option<u64> {
        (!self.has_no_place).then(|| self.first_seq.unwrap_or(n_events).min(n_events))
    }

    /// The headline first, and how many there are.
    pub(super) fn into_sorted(mut self) -> (Vec<Finding>, u64) {
        self.list.sort_by_key(|finding| (finding.verdict, finding.first_seq));
        (self.list, self.n)
    }

    fn add(&mut self, finding: Finding) {
        self.n += 1;
        let n_alike = self.list.iter().filter(|known| known.verdict == finding.verdict).count();
        if n_alike < MOST {
            self.list.push(finding);
        }
    }
}

/// `event 5`, or `events 5..9`.
pub(super) fn place(first: u64, last: u64) -> String {
    if first == last { format!("event {first}") } else { format!("events {first}..{last}") }
}
