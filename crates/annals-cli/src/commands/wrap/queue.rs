//! Lines on their way from the pumps to the recorder, bounded, so that neither waits for the other for long.
//!
//! One queue for both directions keeps cause before effect: a request is in it before it is passed on, and an answer before the client has it.
//! The alternative, two channels of the standard library, has no order between them and is bounded in items, which may have sixteen megabytes each.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use annals_capture::mcp::{Ending, Foreign, Line};

use super::Side;

/// How long a pump waits for the recorder, once until that has caught up. Long for a disk, short for a person.
pub(super) const PATIENCE: Duration = Duration::from_millis(250);
/// How many bytes may wait; more than twice the longest line.
const MAX_BYTES: usize = 48 << 20;
/// What an item costs beside its bytes.
const ITEM_BYTES: usize = 256;

/// Something for the recorder.
pub(super) enum Item {
    /// A side has said this, at that moment.
    Line { side: Side, line: Line, at: Instant },
    /// A line of the client's that goes on once the recorder has answered.
    Ask { line: Line, at: Instant, verdict: std::sync::mpsc::SyncSender<Verdict> },
    /// The server has ended.
    End { ending: Ending, at: Instant },
}

/// Whether a line may go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    PassOn,
    Refuse,
}

/// The queue.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    n_bytes: usize,
    n_pushed: u64,
    n_done: u64,
    /// Patience ran out, and the recorder has not caught up since.
    is_late: bool,
    /// What found no room, by side: lines and bytes.
    unseen: [(u64, u64); 2],
    /// The recorder is gone, or there never was one.
    is_closed: bool,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), changed: Condvar::new() })
    }

    /// A queue that nobody reads.
    pub(super) fn closed() -> Arc<Self> {
        let queue = Self::new();
        queue.close();
        queue
    }

    /// Adds a line, or counts it where there is no room for it in time.
    pub(super) fn say(&self, side: Side, line: Line) {
        let n_bytes = size(&line);
        let mut state = self.lock();
        if MAX_BYTES < state.n_bytes + n_bytes && !state.is_late && !state.is_closed {
            state = self.wait(state, |state| MAX_BYTES < state.n_bytes + n_bytes);
        }
        if state.is_closed {
            return;
        }
        if MAX_BYTES < state.n_bytes + n_bytes {
            let (n_lines, n_said) = match &line {
                Line::Whole(line) => (1, line.len() as u64),
                Line::Foreign(lines) => (lines.n_lines, lines.n_bytes),
            };
            let unseen = &mut state.unseen[side as usize];
            *unseen = (unseen.0 + n_lines, unseen.1 + n_said);
            return;
        }
        state.declare();
        state.push(Item::Line { side, line, at: Instant::now() }, n_bytes);
        self.changed.notify_all();
    }

    /// Waits until the recorder has done everything that was said, if it is not late already.
    pub(super) fn settle(&self) {
        let state = self.lock();
        let target = state.n_pushed;
        if !state.is_late && !state.is_closed {
            drop(self.wait(state, |state| state.n_done < target));
        }
    }

    /// Adds what must not be lost, whatever waits.
    pub(super) fn push(&self, item: Item) {
        let n_bytes = if let Item::Ask { line, .. } = &item { size(line) } else { ITEM_BYTES };
        let mut state = self.lock();
        if !state.is_closed {
            state.declare();
            state.push(item, n_bytes);
            self.changed.notify_all();
        }
    }

    /// The next one, for the recorder.
    pub(super) fn next(&self) -> Option<Item> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.items.pop_front() {
                let n_bytes = match &item {
                    Item::Line { line, .. } | Item::Ask { line, .. } => size(line),
                    Item::End { .. } => ITEM_BYTES,
                };
                state.n_bytes -= n_bytes;
                self.changed.notify_all();
                return Some(item);
            }
            if state.is_closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The recorder has done one more.
    pub(super) fn done(&self) {
        let mut state = self.lock();
        state.n_done += 1;
        state.is_late &= state.n_done < state.n_pushed;
        self.changed.notify_all();
    }

    /// Nobody reads any more; what waits is dropped, and with it whoever waits for a verdict is told.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.items.clear();
        state.n_bytes = 0;
        self.changed.notify_all();
    }

    /// Waits as long as the condition holds and patience lasts.
    fn wait<'q>(&'q self, mut state: MutexGuard<'q, State>, holds: impl Fn(&State) -> bool) -> MutexGuard<'q, State> {
        let deadline = Instant::now() + PATIENCE;
        while holds(&state) && !state.is_closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.is_late = true;
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, item: Item, n_bytes: usize) {
        self.items.push_back(item);
        self.n_bytes += n_bytes;
        self.n_pushed += 1;
    }

    /// Puts what found no room into the queue, as a count.
    fn declare(&mut self) {
        for side in [Side::Client, Side::Server] {
            let (n_lines, n_bytes) = std::mem::take(&mut self.unseen[side as usize]);
            if n_lines > 0 {
                let line = Line::Foreign(Foreign::unseen(n_lines, n_bytes));
                self.push(Item::Line { side, line, at: Instant::now() }, ITEM_BYTES);
            }
        }
    }
}

fn size(line: &Line) -> usize {
    match line {
        Line::Whole(line) => line.len() + ITEM_BYTES,
        Line::Foreign(_) => ITEM_BYTES,
    }
}

#[cfg(test)]
mod tests;
