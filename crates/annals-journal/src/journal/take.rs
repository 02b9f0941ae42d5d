//! The writer's half: taking whole queues, and lingering for a fuller one.

use std::{
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::{Duration, Instant},
};

use super::{Journal, state::State};
use crate::{
    frame::split_trusted,
    segment::Segment,
    sync::{MutexGuard, Waited, deadline, lock, wait_deadline},
};

/// A buffer that grew beyond this is not kept, so that one flood does not cost memory for ever.
const KEEP_AT_MOST: usize = 16 << 20;
/// How much address space a buffer gets from the beginning. Memory is used only as far as it was ever filled.
const RESERVE_AT_MOST: u64 = 8 << 20;

/// How the writer waits for a batch.
#[derive(Clone, Copy, Debug)]
pub struct Take {
    /// Come back as `Idle` after so long without work, or when somebody nudges. `Duration::MAX` waits for as long as it takes.
    pub max_idle: Duration,
    /// With work there, wait so long from the first record for more.
    pub linger: Duration,
    /// Don't wait for more than so many records.
    pub enough: usize,
}

/// What the writer got.
#[derive(Debug)]
pub enum Taken {
    /// Records, or news of shed events, or both.
    Batch(Batch),
    /// Nothing came in time, or somebody has nudged.
    Idle,
    /// Nothing will come: the journal was closed, or it was ended and everything was taken.
    Closed,
}

/// Records in order, without a hole.
#[derive(Debug)]
pub struct Batch {
    first_pseq: u64,
    n_records: usize,
    shed_total: u64,
    shed_after: Option<u64>,
    /// The records as they are in the file. Goes back to `home` to be filled again.
    bytes: Vec<u8>,
    home: Arc<Buffers>,
}

impl Batch {
    /// The number of the first record, or of the next one to come when there is none.
    pub fn first_pseq(&self) -> u64 {
        self.first_pseq
    }

    /// One past the number of the last record.
    pub fn end_pseq(&self) -> u64 {
        self.first_pseq + self.n_records as u64
    }

    /// How many records. None when only the count of shed events is news.
    pub fn len(&self) -> usize {
        self.n_records
    }

    /// Whether only the count of shed events is news.
    pub fn is_empty(&self) -> bool {
        self.n_records == 0
    }

    /// How many events were shed since the journal was created.
    pub fn shed_total(&self) -> u64 {
        self.shed_total
    }

    /// The record after which the last of them was shed; `None` when there was no record before it, or no shed event.
    pub fn shed_after(&self) -> Option<u64> {
        self.shed_after
    }

    /// The payloads, the first of which has `first_pseq`.
    pub fn iter(&self) -> Records<'_> {
        Records { rest: &self.bytes, n_left: self.n_records }
    }
}

impl<'a> IntoIterator for &'a Batch {
    type Item = &'a [u8];
    type IntoIter = Records<'a>;

    fn into_iter(self) -> Records<'a> {
        self.iter()
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.home.put(std::mem::take(&mut self.bytes));
    }
}

/// The payloads of a batch, in order.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
    n_left: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (payload, rest) = split_trusted(self.rest)?;
        self.rest = rest;
        self.n_left -= 1;
        Some(payload)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.n_left, Some(self.n_left))
    }
}

impl ExactSizeIterator for Records<'_> {}

/// Queue buffers that nobody uses. One is in the journal, one with the writer, and they change places; so there is
/// rarely more than one here. No thread waits while it holds this lock, so shuttle need not know it.
#[derive(Debug)]
pub(super) struct Buffers {
    idle: StdMutex<Vec<Vec<u8>>>,
    fresh_capacity: usize,
}

impl Buffers {
    pub(super) fn new(max_bytes: u64) -> Self {
        Self {
            idle: StdMutex::new(Vec::with_capacity(2)),
            fresh_capacity: usize::try_from(max_bytes.min(RESERVE_AT_MOST)).unwrap_or_default(),
        }
    }

    pub(super) fn get(&self) -> Vec<u8> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| Vec::with_capacity(self.fresh_capacity))
    }

    fn put(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < 2 && buffer.capacity() <= KEEP_AT_MOST {
            idle.push(buffer);
        }
    }
}

impl Journal {
    /// Waits for records, or for news of shed events, and takes all there are. For the one writer.
    ///
    /// In passing it prepares the next segment and changes to it, so that callers need not.
    pub fn take(&self, until: Take) -> Taken {
        self.keep_a_spare();
        let idle_until = deadline(until.max_idle);
        let mut state = lock(&self.state);
        loop {
            if state.active.is_none() {
                return Taken::Closed;
            }
            let was_nudged = std::mem::take(&mut state.is_nudged);
            if state.has_news() {
                break;
            }
            if state.is_ended {
                return Taken::Closed;
            }
            if was_nudged {
                return Taken::Idle;
            }
            let waited;
            (state, waited) = self.park(state, 1, idle_until);
            if waited == Waited::TimedOut && !state.has_news() && !state.is_ended {
                return Taken::Idle;
            }
        }
        state = self.linger(state, &until);
        if state.active.is_none() {
            return Taken::Closed;
        }
        Taken::Batch(self.swap_out(state))
    }

    /// Has the writer come back from waiting for records, for something else that there is to do. Without a wait, the next one ends at once.
    pub fn nudge(&self) {
        let mut state = lock(&self.state);
        state.is_nudged = true;
        // A writer that lingers has records to bring back.
        let wake = state.wake_at == 1;
        if wake {
            state.wake_at = usize::MAX;
        }
        drop(state);
        if wake {
            self.work.notify_one();
        }
    }

    /// Until everything recorded so far was taken, the writer does not linger.
    pub fn hurry(&self) {
        let mut state = lock(&self.state);
        state.hurry_until = state.next_pseq;
        let wake = state.wake_at != usize::MAX && state.n_queued > 0;
        if wake {
            state.wake_at = usize::MAX;
        }
        drop(state);
        if wake {
            self.work.notify_one();
        }
    }

    fn linger<'a>(&'a self, mut state: MutexGuard<'a, State>, until: &Take) -> MutexGuard<'a, State> {
        if until.linger.is_zero() {
            return state;
        }
        // A writer that was busy for longer than it would linger finds its batch ready.
        let since = state.queued_since.unwrap_or_else(Instant::now);
        let linger_until = since.checked_add(until.linger);
        loop {
            let is_ready = state.is_ended
                || state.n_blocked > 0
                || state.n_queued >= until.enough
                || state.first_queued() < state.hurry_until
                || state.active.is_none();
            if is_ready {
                return state;
            }
            let waited;
            (state, waited) = self.park(state, until.enough, linger_until);
            if waited == Waited::TimedOut {
                return state;
            }
        }
    }

    /// Parks the writer until so many records are queued, or it is woken for another reason.
    fn park<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        wake_at: usize,
        until: Option<Instant>,
    ) -> (MutexGuard<'a, State>, Waited) {
        state.wake_at = wake_at;
        let (mut state, waited) = wait_deadline(&self.state, &self.work, state, until);
        state.wake_at = usize::MAX;
        (state, waited)
    }

    fn swap_out(&self, mut state: MutexGuard<'_, State>) -> Batch {
        let first_pseq = state.first_queued();
        let (bytes, n_records) = state.take_queue(self.buffers.get());
        let sheds = state.sheds;
        if state.spare.is_some() && state.active.as_ref().is_some_and(Segment::is_past_half) {
            // What can't be changed now is tried again at the next batch, or by the caller who needs it.
            let _ = state.rotate();
        }
        drop(state);
        Batch {
            first_pseq,
            n_records,
            shed_total: sheds.total,
            shed_after: sheds.after_records.checked_sub(1),
            bytes,
            home: Arc::clone(&self.buffers),
        }
    }

    /// Errors are kept from the callers: without a spare the journal becomes full, which is when it matters.
    fn keep_a_spare(&self) {
        let wanted = {
            let state = lock(&self.state);
            state.spare.is_none() && state.active.as_ref().is_some_and(Segment::is_past_quarter)
        };
        if wanted {
            let again_at = lock(&self.files).try_again_at;
            if again_at.is_none_or(|at| at <= Instant::now()) {
                let _ = self.make_spare();
            }
        }
    }
}
