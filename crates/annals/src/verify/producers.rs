//! Each producer's own count: that nothing is missing from it but what a gap declares.
//!
//! A hole beside missing or changed rows is theirs until it is known how many of them there are; a hole where every row stands is one that nobody declared. Memory grows with the number of
//! producers and of holes, not with that of events.

use std::collections::HashMap;

use annals_event::{Gap, GapReason, GapSpan, ProducerId};
use annals_store::Mark;

use super::span::Counted;

/// So many holes are told one by one.
const MOST: usize = 100_000;

/// What is known of all producers.
#[derive(Default)]
pub(super) struct Producers {
    seen: HashMap<ProducerId, Seen>,
    /// Holes that no missing row explains.
    pub(super) holes: Vec<Hole>,
    /// Holes beside rows that are missing or changed.
    pub(super) beside_bad: Vec<Hole>,
    /// Events whose number was taken before.
    pub(super) doubled: Vec<u64>,
    pub(super) n_gaps: u64,
    /// Whether the log was read from its beginning.
    pub(super) from_start: FromStart,
}

/// Whether the beginnings of all producers were seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum FromStart {
    #[default]
    Yes,
    No,
}

/// Numbers of one producer that are not there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hole {
    pub(super) producer: ProducerId,
    pub(super) n: u64,
    /// The events between which they are missing.
    pub(super) after: Option<u64>,
    pub(super) before: u64,
}

#[derive(Default)]
struct Seen {
    next: u64,
    n_shed: u64,
    last_seq: Option<u64>,
    /// How many bad places lay before its last event.
    n_bad: u64,
    is_counted: bool,
    gaps: Vec<(u64, u64)>,
}

impl Seen {
    /// How many of the numbers from `next` to before `end` no gap covers. Gaps behind are kept.
    fn missing(&mut self, end: u64) -> u64 {
        let mut missing = end.saturating_sub(self.next);
        self.gaps.retain(|(first, last)| {
            let (from, to) = ((*first).max(self.next), last.saturating_add(1).min(end));
            missing = missing.saturating_sub(to.saturating_sub(from));
            *last >= end
        });
        missing
    }
}

impl Producers {
    /// Takes events that follow each other. `n_bad` is the number of missing or changed rows before them.
    pub(super) fn count(&mut self, counted: &Counted, n_bad: u64) {
        let from_start = self.from_start;
        let seen = self.seen.entry(counted.producer).or_default();
        if counted.pseq < seen.next {
            self.doubled.push(counted.seq);
            self.doubled.truncate(MOST);
        }
        if counted.pseq > seen.next && (seen.is_counted || from_start == FromStart::Yes) {
            let n = seen.missing(counted.pseq);
            if n > 0 {
                let hole = Hole { producer: counted.producer, n, after: seen.last_seq, before: counted.seq };
                let list = if n_bad > seen.n_bad { &mut self.beside_bad } else { &mut self.holes };
                list.push(hole);
                list.truncate(MOST);
            }
        }
        seen.next = seen.next.max(counted.pseq.saturating_add(counted.n));
        seen.last_seq = Some(counted.seq + counted.n - 1);
        seen.n_bad = n_bad;
        seen.is_counted = true;
    }

    /// Takes a declared loss.
    pub(super) fn declare(&mut self, gap: &Gap) {
        self.n_gaps += 1;
        let seen = self.seen.entry(gap.producer).or_default();
        if gap.reason == GapReason::Shed {
            seen.n_shed = seen.n_shed.saturating_add(gap.n_events.unwrap_or_default());
        }
        match gap.span {
            GapSpan::Range { first, last } => seen.gaps.push((first, last)),
            GapSpan::From { first } => seen.gaps.push((first, first)),
            GapSpan::After { .. } => {}
        }
    }

    /// How many numbers the mark knows of that no event and no gap has, and whether bad places may explain them.
    pub(super) fn beyond(&mut self, producer: ProducerId, mark: Mark, n_bad: u64) -> (u64, bool) {
        let from_start = self.from_start;
        let Some(seen) = self.seen.get_mut(&producer) else {
            let n = if from_start == FromStart::Yes { mark.next_pseq } else { 0 };
            return (n, n_bad > 0);
        };
        if !seen.is_counted && from_start == FromStart::No {
            return (0, false);
        }
        (seen.missing(mark.next_pseq), n_bad > seen.n_bad)
    }

    /// How many drops were declared.
    pub(super) fn n_shed(&self, producer: ProducerId) -> u64 {
        self.seen.get(&producer).map_or(0, |seen| seen.n_shed)
    }

    /// The producers that were seen, with what their marks are at least.
    pub(super) fn marks(&self) -> impl Iterator<Item = (ProducerId, Mark)> {
        self.seen.iter().map(|(producer, seen)| (*producer, Mark { next_pseq: seen.next, n_shed: seen.n_shed }))
    }
}
