//! How far the events of this service have come, for whoever waits: receipts, `flush`, `close`, `health`.
//!
//! It holds numbers, no events and no handle on the service, so that a receipt kept for ever keeps nothing else alive.
//! Because the writer is the only one who numbers this journal's events, `seq - pseq` stays the same for long runs, and the sequence numbers of millions of events
//! fit into a few spans; the oldest spans are let go beyond a bound, and a receipt that comes later than that asks the database by its id.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use annals_store::Outcome;

use crate::news::News;
use crate::{Error, ErrorKind};

/// More spans than this are not kept (24 bytes each).
const MAX_SPANS: usize = 65_536;

/// What became of one event that is no longer waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// Committed and flushed under this number; `None` when the span was let go.
    Durable(Option<u64>),
    /// Among the dead letters.
    Buried,
}

/// Why a wait ended without its event being durable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stalled {
    /// The deadline passed.
    Deadline,
    /// The writer ended; what it left is in the journal.
    Ended,
    /// It cannot mend by waiting.
    Hopeless(Trouble),
}

/// The writer's newest trouble.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Trouble {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    /// Whether trying again may help.
    pub(crate) is_retryable: bool,
}

impl Trouble {
    /// The trouble that an error is.
    pub(crate) fn of(error: &Error) -> Self {
        Self { kind: error.kind(), message: error.to_string(), is_retryable: error.is_retryable() }
    }
}

/// Shared by the writer, the service and its receipts.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// All `pseq` below are durable or buried. Written under the lock, read without.
    durable: AtomicU64,
    /// So many events of the log are sealed at least, whoever recorded them.
    sealed: AtomicU64,
    /// Told whenever there may be something new in the log, whoever wrote it, and at the end.
    pub(crate) news: Arc<News>,
    state: Mutex<State>,
    /// Told whenever `durable` grows, trouble comes or goes, and at the end.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    spans: VecDeque<Span>,
    buried: Vec<u64>,
    wakers: Vec<Waker>,
    trouble: Option<Trouble>,
    /// Why the newest attempt to open the database failed, or to make the journal.
    opening_trouble: Option<Trouble>,
    /// Why the newest attempt to seal failed.
    seal_trouble: Option<Trouble>,
    /// The newest sequence number that this service wrote.
    durable_seq: Option<u64>,
    ended: bool,
}

impl State {
    /// Keeps a waker for the next change.
    fn keep(&mut self, waker: &Waker) {
        if !self.wakers.iter().any(|known| known.will_wake(waker)) {
            self.wakers.push(waker.clone());
        }
    }
}

/// A run of events with consecutive numbers on both sides.
#[derive(Clone, Copy, Debug)]
struct Span {
    first_pseq: u64,
    n_events: u64,
    first_seq: u64,
}

impl Progress {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All `pseq` below this one are no longer waiting.
    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    /// The newest sequence number that this service wrote.
    pub(crate) fn durable_seq(&self) -> Option<u64> {
        self.lock().durable_seq
    }

    /// The newest trouble, if it lasts.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.lock().trouble.clone()
    }

    /// The writer tells of a batch whose first event has this `pseq`.
    pub(crate) fn advance(&self, first_pseq: u64, outcome: &Outcome) {
        let mut state = self.lock();
        let n_taken = outcome.appended.n_taken as u64;
        for (pseq, seq) in (first_pseq..).zip(&outcome.appended.seqs) {
            let Some(seq) = *seq else { continue };
            state.durable_seq = Some(seq);
            match state.spans.back_mut() {
                Some(span) if span.first_pseq + span.n_events == pseq && span.first_seq + span.n_events == seq => {
                    span.n_events += 1;
                }
                _ => state.spans.push_back(Span { first_pseq: pseq, n_events: 1, first_seq: seq }),
            }
        }
        while state.spans.len() > MAX_SPANS {
            state.spans.pop_front();
        }
        state.buried.extend(&outcome.buried);
        state.trouble = None;
        self.durable.store(first_pseq + n_taken, Ordering::Release);
        self.tell(state);
        self.news.tell();
    }

    /// A synchronous service tells of an event that it wrote.
    pub(crate) fn wrote(&self, seq: u64) {
        let mut state = self.lock();
        state.durable_seq = Some(seq);
        state.trouble = None;
        drop(state);
        self.news.tell();
    }

    /// Somebody tells of an event that went into the database beside the journal.
    pub(crate) fn wrote_beside(&self, seq: u64) {
        let mut state = self.lock();
        state.durable_seq = state.durable_seq.max(Some(seq));
        self.tell(state);
        self.news.tell();
    }

    /// The writer tells of trouble, which lasts until the next advance.
    pub(crate) fn report(&self, trouble: Trouble) {
        let mut state = self.lock();
        state.trouble = Some(trouble);
        self.tell(state);
    }

    /// A checkpoint of so many events is stored.
    pub(crate) fn sealed(&self, size: u64) {
        if self.sealed.fetch_max(size, Ordering::AcqRel) < size {
            self.tell(self.lock());
        }
    }

    /// So many events of the log are sealed, as far as this service knows.
    pub(crate) fn sealed_size(&self) -> u64 {
        self.sealed.load(Ordering::Acquire)
    }

    /// How the newest attempt to open the database ended, or to make the journal.
    pub(crate) fn report_opening(&self, trouble: Option<Trouble>) {
        self.lock().opening_trouble = trouble;
    }

    /// Why the service has no database or no journal, if the newest attempt failed.
    pub(crate) fn opening_trouble(&self) -> Option<Trouble> {
        self.lock().opening_trouble.clone()
    }

    /// How the newest attempt to seal ended.
    pub(crate) fn report_seal(&self, trouble: Option<Trouble>) {
        let mut state = self.lock();
        if state.seal_trouble != trouble {
            state.seal_trouble = trouble;
            self.tell(state);
        }
    }

    /// Why nothing is sealed, if the newest attempt failed.
    pub(crate) fn seal_trouble(&self) -> Option<Trouble> {
        self.lock().seal_trouble.clone()
    }

    /// Waits until so many events of the log are sealed, until the deadline.
    pub(crate) fn wait_sealed(&self, size: u64, deadline: Instant) -> Result<(), Stalled> {
        let mut state = self.lock();
        loop {
            if let Some(result) = self.sealed_by(&state, size) {
                return result;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Stalled::Deadline);
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The same for a future, whose waker is woken at the next change.
    pub(crate) fn poll_sealed(&self, size: u64, waker: &Waker) -> Option<Result<(), Stalled>> {
        let mut state = self.lock();
        let result = self.sealed_by(&state, size);
        if result.is_none() {
            state.keep(waker);
        }
        result
    }

    fn sealed_by(&self, state: &State, size: u64) -> Option<Result<(), Stalled>> {
        if size <= self.sealed_size() {
            return Some(Ok(()));
        }
        let hopeless = state.seal_trouble.as_ref().filter(|trouble| !trouble.is_retryable);
        match hopeless {
            Some(trouble) => Some(Err(Stalled::Hopeless(trouble.clone()))),
            None => state.ended.then_some(Err(Stalled::Ended)),
        }
    }

    /// The writer is done; nothing will become durable any more.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        self.tell(state);
        self.news.tell();
    }

    /// What became of an event, if it is known already.
    pub(crate) fn fate(&self, pseq: u64) -> Option<Fate> {
        if self.durable() <= pseq {
            return None;
        }
        let state = self.lock();
        if state.buried.contains(&pseq) {
            return Some(Fate::Buried);
        }
        let at = state.spans.partition_point(|span| span.first_pseq + span.n_events <= pseq);
        let span = state.spans.get(at).filter(|span| span.first_pseq <= pseq);
        Some(Fate::Durable(span.map(|span| span.first_seq + (pseq - span.first_pseq))))
    }

    /// Waits until all events below `pseq` are no longer waiting, until the deadline.
    pub(crate) fn wait_below(&self, pseq: u64, deadline: Instant) -> Result<(), Stalled> {
        self.wait(pseq, |_| Some(deadline))
    }

    /// Waits like [`Self::wait_below`], giving up only when nothing became durable for so long; `None` never gives up.
    pub(crate) fn wait_while_moving(&self, pseq: u64, patience: Option<Duration>) -> Result<(), Stalled> {
        self.wait(pseq, |moved_at| patience.and_then(|patience| moved_at.checked_add(patience)))
    }

    fn wait(&self, pseq: u64, deadline: impl Fn(Instant) -> Option<Instant>) -> Result<(), Stalled> {
        let mut seen = self.durable();
        let mut moved_at = Instant::now();
        let mut state = self.lock();
        loop {
            let durable = self.durable();
            if durable >= pseq {
                return Ok(());
            }
            if state.ended {
                return Err(Stalled::Ended);
            }
            if let Some(trouble) = state.trouble.as_ref().filter(|trouble| !trouble.is_retryable) {
                return Err(Stalled::Hopeless(trouble.clone()));
            }
            if durable > seen {
                seen = durable;
                moved_at = Instant::now();
            }
            state = match deadline(moved_at) {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(Stalled::Deadline);
                    }
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Waits until the writer is done; says whether it was by the deadline. Trouble does not end it: the writer gives up by itself.
    pub(crate) fn wait_end(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while !state.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Registers a waker to be woken at the next change, unless the event's wait is over.
    pub(crate) fn poll_below(&self, pseq: u64, waker: &Waker) -> Option<Result<(), Stalled>> {
        let mut state = self.lock();
        if self.durable() >= pseq {
            return Some(Ok(()));
        }
        if state.ended {
            return Some(Err(Stalled::Ended));
        }
        if let Some(trouble) = state.trouble.as_ref().filter(|trouble| !trouble.is_retryable) {
            return Some(Err(Stalled::Hopeless(trouble.clone())));
        }
        state.keep(waker);
        None
    }

    /// Wakes everybody, after the lock is given back, so that nobody wakes into it.
    fn tell(&self, mut state: MutexGuard<'_, State>) {
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        for waker in wakers {
            // A waker is somebody else's code: what it does wrong must neither end the writer nor keep the others asleep.
            if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
                tracing::error!("a waker panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests;
