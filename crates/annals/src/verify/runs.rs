//! Sets of numbers that mostly follow each other, kept as ranges.

use std::ops::Range;

/// Ranges in ascending order that neither meet nor are empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Runs(Vec<Range<u64>>);

impl Runs {
    /// Adds what lies behind all that is there. An empty range adds nothing.
    pub(super) fn push(&mut self, run: Range<u64>) {
        if run.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.end == run.start => last.end = run.end,
            _ => self.0.push(run),
        }
    }

    /// Adds all of another set, which lies behind this one.
    pub(super) fn append(&mut self, other: &Self) {
        for run in &other.0 {
            self.push(run.clone());
        }
    }

    /// Takes out these numbers, which ascend.
    pub(super) fn subtract(&mut self, numbers: &[u64]) {
        let mut left = Self::default();
        let mut numbers = numbers.iter().copied().peekable();
        for run in std::mem::take(&mut self.0) {
            let mut start = run.start;
            while let Some(number) = numbers.next_if(|number| *number < run.end) {
                if run.contains(&number) {
                    left.push(start..number);
                    start = number + 1;
                }
            }
            left.push(start..run.end);
        }
        *self = left;
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        let at = self.0.partition_point(|run| run.end <= number);
        self.0.get(at).is_some_and(|run| run.contains(&number))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Range<u64>> {
        self.0.iter()
    }

    /// How many numbers there are.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|run| run.end - run.start).sum()
    }

    pub(super) fn first(&self) -> Option<u64> {
        self.0.first().map(|run| run.start)
    }

    pub(super) fn last_run(&self) -> Option<Range<u64>> {
        self.0.last().cloned()
    }
}
