//! Who is connected: how many, who of them waits, and who has to go when one more comes.
//!
//! A connection between two requests costs its place and nothing else, so that a thousand of them must not keep the next client out: where the limit is reached, the one that has
//! waited longest is closed, and only where all are at work is the next one turned away. A connection whose request is at work is never closed for another one's sake.
//!
//! Every request comes by here three times under one lock that is held for some hundred nanoseconds.

mod door;
mod life;
mod socket;
mod turned_away;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

pub(crate) use self::door::Reached;
pub(crate) use self::life::{Stage, converse};
pub(crate) use self::turned_away::turn_away;

/// The turn of a connection that has never waited.
const NO_TURN: u64 = u64::MAX;

/// All connections of one server.
pub(crate) struct Connections {
    table: Mutex<Table>,
    max: usize,
    /// Told when the last connection is gone.
    emptied: Notify,
}

#[derive(Default)]
struct Table {
    n_open: usize,
    /// Those that were told to go and have not gone yet.
    n_leaving: usize,
    /// What orders the waiting: grows with each time that one begins to wait.
    next_turn: u64,
    /// Connections without a request at work, the one that has waited longest first.
    waiting: BTreeMap<u64, Arc<Seat>>,
}

/// One connection.
pub(crate) struct Seat {
    phase: AtomicU8,
    /// Its place among the waiting and since when, under the table's lock or by the connection's own task.
    waits: Mutex<(u64, Instant)>,
    /// Told when it has to go for another one's sake.
    evicted: Notify,
}

/// What a connection is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Phase {
    /// Nothing has come since the last answer.
    Idle = 0,
    /// A part of a request's head has come.
    Head = 1,
    /// A request is at work, or its answer is on the way.
    Working = 2,
    /// It was told to go.
    Leaving = 3,
}

/// A connection's place in the table, given up when this is dropped.
pub(crate) struct Place {
    connections: Arc<Connections>,
    seat: Arc<Seat>,
}

/// A request at work on a connection; when it is dropped the connection waits again.
pub(crate) struct AtWork(Arc<Place>);

impl Connections {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), max, emptied: Notify::new() })
    }

    /// A place for one more connection, if need be that of the one that has waited longest; `None` where all are at work.
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Arc<Place>> {
        let mut table = self.table();
        if self.max <= table.n_open - table.n_leaving && !table.evict() {
            return None;
        }
        table.n_open += 1;
        let seat = Arc::new(Seat {
            phase: AtomicU8::new(Phase::Idle as u8),
            waits: Mutex::new((NO_TURN, Instant::now())),
            evicted: Notify::new(),
        });
        table.begin_waiting(&seat, Phase::Idle);
        drop(table);
        Some(Arc::new(Place { connections: Arc::clone(self), seat }))
    }

    /// Closes the connection that has waited longest, if one waits.
    pub(crate) fn evict_one(&self) -> bool {
        self.table().evict()
    }

    /// How many connections there are.
    pub(crate) fn n_open(&self) -> usize {
        self.table().n_open
    }

    /// Returns when there is none.
    pub(crate) async fn emptied(&self) {
        loop {
            let told = self.emptied.notified();
            if self.n_open() == 0 {
                return;
            }
            told.await;
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Puts a connection at the end of those that wait.
    fn begin_waiting(&mut self, seat: &Arc<Seat>, phase: Phase) {
        let turn = self.next_turn;
        self.next_turn += 1;
        let mut waits = seat.waits();
        self.waiting.remove(&waits.0);
        *waits = (turn, Instant::now());
        seat.set(phase);
        self.waiting.insert(turn, Arc::clone(seat));
    }

    /// Tells the one that has waited longest to go.
    fn evict(&mut self) -> bool {
        let Some((_, seat)) = self.waiting.pop_first() else { return false };
        seat.set(Phase::Leaving);
        self.n_leaving += 1;
        seat.evicted.notify_one();
        true
    }
}

impl Seat {
    fn waits(&self) -> MutexGuard<'_, (u64, Instant)> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    fn is(&self, phase: Phase) -> bool {
        self.phase.load(Ordering::Acquire) == phase as u8
    }
}

impl Place {
    /// A part of a head has come.
    fn head_begins(&self) {
        if self.seat.is(Phase::Idle) {
            let mut table = self.connections.table();
            // It may have been told to go meanwhile.
            if self.seat.is(Phase::Idle) {
                table.begin_waiting(&self.seat, Phase::Head);
            }
        }
    }

    /// A request is there.
    fn begin_work(self: &Arc<Self>) -> AtWork {
        let mut table = self.connections.table();
        let turn = self.seat.waits().0;
        if table.waiting.remove(&turn).is_some() {
            self.seat.set(Phase::Working);
        }
        drop(table);
        AtWork(Arc::clone(self))
    }

    /// Whether it has waited for longer than it may: for the rest of a head, or for a request.
    fn overdue(&self, header_timeout: Duration, idle_timeout: Duration) -> Overdue {
        let since = self.seat.waits().1;
        let (is_head, limit) = if self.seat.is(Phase::Head) {
            (true, header_timeout)
        } else if self.seat.is(Phase::Idle) {
            (false, idle_timeout)
        } else {
            return Overdue::LookAgain(Instant::now() + header_timeout.min(idle_timeout));
        };
        let deadline = since + limit;
        match Instant::now() {
            now if now < deadline => Overdue::LookAgain(deadline.min(now + header_timeout)),
            _ if is_head => Overdue::Head,
            _ => Overdue::Idle,
        }
    }
}

/// What there is to do about a connection that waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Overdue {
    /// Nothing before then.
    LookAgain(Instant),
    /// Its head doesn't come to an end.
    Head,
    /// It asks for nothing.
    Idle,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut table = self.0.connections.table();
        if self.0.seat.is(Phase::Working) {
            table.begin_waiting(&self.0.seat, Phase::Idle);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.connections.table();
        table.n_open -= 1;
        if self.seat.is(Phase::Leaving) {
            table.n_leaving -= 1;
        }
        let turn = self.seat.waits().0;
        if table.waiting.get(&turn).is_some_and(|seat| Arc::ptr_eq(seat, &self.seat)) {
            table.waiting.remove(&turn);
        }
        if table.n_open == 0 {
            self.connections.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests;
