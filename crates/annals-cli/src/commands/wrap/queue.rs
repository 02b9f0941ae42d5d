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
/// How long the end may wait behind what was said before; then the rest is only counted.
const HASTE: Duration = Duration::from_millis(400);
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
    /// The recorder parks here.
    said: Condvar,
    /// Pumps park here.
    done: Condvar,
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
    /// Who is parked: nobody else is woken, since that costs more than a line does.
    is_recorder_parked: bool,
    n_pumps_parked: usize,
    /// Since when the end waits behind all of this.
    ending_since: Option<Instant>,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), said: Condvar::new(), done: Condvar::new() })
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
            let (n_lines, n_said) = lengths(&line);
            let unseen = &mut state.unseen[side as usize];
            *unseen = (unseen.0 + n_lines, unseen.1 + n_said);
            return;
        }
        state.declare();
        state.push(Item::Line { side, line, at: Instant::now() }, n_bytes);
        self.wake_recorder(state);
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
            if matches!(item, Item::End { .. }) {
                state.ending_since = Some(Instant::now());
            }
            state.push(item, n_bytes);
            self.wake_recorder(state);
        }
    }

    /// The next one, for the recorder.
    pub(super) fn next(&self) -> Option<Item> {
        let mut state = self.lock();
        loop {
            if let Some(mut item) = state.items.pop_front() {
                let n_bytes = match &item {
                    Item::Line { line, .. } | Item::Ask { line, .. } => size(line),
                    Item::End { .. } => ITEM_BYTES,
                };
                state.n_bytes -= n_bytes;
                if let Item::Line { line, .. } = &mut item
                    && state.ending_since.is_some_and(|since| HASTE < since.elapsed())
                {
                    *line = unseen(line);
                }
                self.wake_pumps(&state);
                return Some(item);
            }
            if state.is_closed {
                return None;
            }
            state.is_recorder_parked = true;
            state = self.said.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.is_recorder_parked = false;
        }
    }

    /// The recorder has done one more.
    pub(super) fn done(&self) {
        let mut state = self.lock();
        state.n_done += 1;
        state.is_late &= state.n_done < state.n_pushed;
        self.wake_pumps(&state);
    }

    /// Nobody reads any more; what waits is dropped, and with it whoever waits for a verdict is told.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.items.clear();
        state.n_bytes = 0;
        drop(state);
        self.said.notify_all();
        self.done.notify_all();
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
            state.n_pumps_parked += 1;
            state = self.done.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            state.n_pumps_parked -= 1;
        }
        state
    }

    fn wake_recorder(&self, state: MutexGuard<'_, State>) {
        let is_parked = state.is_recorder_parked;
        drop(state);
        if is_parked {
            self.said.notify_one();
        }
    }

    fn wake_pumps(&self, state: &State) {
        if state.n_pumps_parked > 0 {
            self.done.notify_all();
        }
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

/// The line as one that nobody looked at.
fn unseen(line: &Line) -> Line {
    let (n_lines, n_bytes) = lengths(line);
    Line::Foreign(Foreign::unseen(n_lines, n_bytes))
}

/// How many lines and bytes it stands for.
fn lengths(line: &Line) -> (u64, u64) {
    match line {
        Line::Whole(line) => (1, line.len() as u64),
        Line::Foreign(lines) => (lines.n_lines, lines.n_bytes),
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
