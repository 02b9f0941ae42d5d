//! Meeting points with a deadline: a gate that opens when enough threads stand before it, and a door that the test opens.
//!
//! The standard library's barrier waits for ever, so that one thread that never comes hangs the whole run without a word.
//! These panic instead, and say who was missing. They are built on the standard library alone, since a model checker has no time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::PATIENCE;

/// Lets nobody through until a number of threads have come; then all at once, and can be used again.
#[derive(Debug)]
pub struct Gate {
    name: String,
    size: usize,
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    n_here: usize,
    /// How often it has opened; those who wait leave when it changes.
    n_rounds: u64,
}

impl Gate {
    /// A gate for so many threads; the name stands in the failure.
    pub fn new(name: impl Into<String>, size: usize) -> Self {
        Self { name: name.into(), size, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits for the others.
    #[track_caller]
    pub fn wait(&self) {
        let mut state = held(&self.state);
        state.n_here += 1;
        if state.n_here == self.size {
            state.n_here = 0;
            state.n_rounds += 1;
            self.changed.notify_all();
            return;
        }
        let round = state.n_rounds;
        let (state, late) = wait_while(&self.changed, state, |state| state.n_rounds == round);
        assert!(!late, "gate `{}`: only {} of {} threads came within {PATIENCE:?}", self.name, state.n_here, self.size);
    }
}

/// Holds whoever passes while it is shut, and tells the test how many stand before it.
#[derive(Debug)]
pub struct Door {
    name: String,
    state: Mutex<DoorState>,
    changed: Condvar,
}

#[derive(Debug)]
struct DoorState {
    is_open: bool,
    n_waiting: usize,
    n_passed: u64,
}

impl Door {
    /// A door that is open.
    pub fn open_at_first(name: impl Into<String>) -> Self {
        Self::new(name.into(), true)
    }

    /// A door that is shut.
    pub fn shut_at_first(name: impl Into<String>) -> Self {
        Self::new(name.into(), false)
    }

    fn new(name: String, is_open: bool) -> Self {
        Self { name, state: Mutex::new(DoorState { is_open, n_waiting: 0, n_passed: 0 }), changed: Condvar::new() }
    }

    /// Goes through, or waits until it is opened.
    #[track_caller]
    pub fn pass(&self) {
        let mut state = held(&self.state);
        state.n_waiting += 1;
        self.changed.notify_all();
        let (mut state, late) = wait_while(&self.changed, state, |state| !state.is_open);
        state.n_waiting -= 1;
        state.n_passed += 1;
        self.changed.notify_all();
        drop(state);
        assert!(!late, "door `{}` was not opened within {PATIENCE:?}", self.name);
    }

    /// Waits until so many threads stand before the shut door.
    #[track_caller]
    pub fn wait_for(&self, n_threads: usize) {
        let state = held(&self.state);
        let (state, late) = wait_while(&self.changed, state, |state| state.n_waiting < n_threads);
        let n_waiting = state.n_waiting;
        drop(state);
        assert!(!late, "door `{}`: only {n_waiting} of {n_threads} threads came within {PATIENCE:?}", self.name);
    }

    /// Lets everybody through from now on.
    pub fn open(&self) {
        held(&self.state).is_open = true;
        self.changed.notify_all();
    }

    /// Holds everybody from now on.
    pub fn shut(&self) {
        held(&self.state).is_open = false;
    }

    /// How many went through so far.
    pub fn n_passed(&self) -> u64 {
        held(&self.state).n_passed
    }
}

/// A thread that panicked at its deadline leaves counts that are still whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until the condition is over, and says whether that took too long.
fn wait_while<'a, T>(
    changed: &Condvar,
    guard: MutexGuard<'a, T>,
    condition: impl Fn(&T) -> bool,
) -> (MutexGuard<'a, T>, bool) {
    let deadline = Instant::now() + PATIENCE;
    let mut guard = guard;
    while condition(&guard) {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return (guard, true);
        }
        guard = changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    (guard, false)
}

#[cfg(test)]
mod tests;
