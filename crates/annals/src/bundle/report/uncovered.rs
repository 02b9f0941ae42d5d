//! Spans of the log that no checkpoint was signed over for a long time, in which a change would have gone unnoticed.
//!
//! Of each hour the last checkpoint is kept, so that an event waits at most an hour for the one that covers it while something seals. Where it waited longer, nothing sealed.

use std::collections::VecDeque;

use annals_event::Timestamp;
use annals_store::{EvidenceStore, StoredCheckpoint};

use super::line;
use crate::Error;

/// An hour and the minute by which a late one may be late.
const USUAL_NANOS: i64 = 3_660 * 1_000_000_000;
/// How many checkpoints are read in one go.
const PAGE: usize = 256;
/// More spans than this are counted and not listed.
const MOST: usize = 1_000;

/// The spans, found as the rows go by.
#[derive(Default)]
pub(in crate::bundle) struct Uncovered {
    page: VecDeque<StoredCheckpoint>,
    next: u64,
    current: Option<Span>,
    spans: Vec<Span>,
    n_more: u64,
}

struct Span {
    first: u64,
    last: u64,
    since: Timestamp,
    covered_at: Timestamp,
}

impl Uncovered {
    /// From this row on.
    pub(in crate::bundle) fn begin(start: u64) -> Self {
        Self { next: start + 1, ..Self::default() }
    }

    /// Looks when this row was covered.
    pub(in crate::bundle) fn see(
        &mut self,
        evidence: &dyn EvidenceStore,
        seq: u64,
        recorded_at: Timestamp,
    ) -> Result<(), Error> {
        while self.page.front().is_some_and(|checkpoint| checkpoint.size <= seq) {
            self.page.pop_front();
        }
        if self.page.is_empty() {
            self.page = evidence.checkpoints(self.next.max(seq + 1), PAGE)?.into();
            self.next = self.page.back().map_or(self.next, |last| last.size + 1);
        }
        let Some(covered_at) = self.page.front().map(|checkpoint| checkpoint.signed_at) else { return Ok(()) };
        if covered_at.as_nanos() - recorded_at.as_nanos() <= USUAL_NANOS {
            self.end();
            return Ok(());
        }
        match &mut self.current {
            Some(span) if span.covered_at == covered_at => span.last = seq,
            _ => {
                self.end();
                self.current = Some(Span { first: seq, last: seq, since: recorded_at, covered_at });
            }
        }
        Ok(())
    }

    /// The last span is over.
    pub(in crate::bundle) fn end(&mut self) {
        match self.current.take() {
            Some(span) if self.spans.len() < MOST => self.spans.push(span),
            Some(_) => self.n_more += 1,
            None => {}
        }
    }

    /// Tells them.
    pub(super) fn tell(&self, page: &mut String) {
        line!(page, "\n## Spans without a checkpoint\n");
        if self.spans.is_empty() {
            line!(page, "Every event of the range was covered by a checkpoint within about an hour.");
        }
        for span in &self.spans {
            line!(
                page,
                "- `seq` {} to {}: recorded from {} on, covered first at {}",
                span.first,
                span.last,
                span.since,
                span.covered_at
            );
        }
        if 0 < self.n_more {
            line!(page, "- and {} more", self.n_more);
        }
    }
}
