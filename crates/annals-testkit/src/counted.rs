//! Openers that are counted, to show that something is opened once, and by a control that the count can show otherwise.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long a lingering opener waits for a second call that should not come.
const LINGER: Duration = Duration::from_millis(400);

/// How often an opener was called.
#[derive(Clone, Debug, Default)]
pub struct Count(Arc<(Mutex<u64>, Condvar)>);

impl Count {
    /// The calls so far.
    pub fn n(&self) -> u64 {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, tells those who linger, and answers its number, from 1.
    fn add(&self) -> u64 {
        let mut calls = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *calls += 1;
        self.0.1.notify_all();
        *calls
    }

    /// Stays until there was a call after this one, or a moment has passed.
    fn linger(&self, number: u64) {
        let calls = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (calls, _) = self
            .0
            .1
            .wait_timeout_while(calls, LINGER, |calls| *calls <= number)
            .unwrap_or_else(PoisonError::into_inner);
        drop(calls);
    }
}

/// Wraps an opener, which is given the number of its call (from 1).
///
/// Each call lingers for a moment, or until another call comes: a guard that lets two through is caught by this every time and not by luck.
pub fn counted<T>(
    opener: impl Fn(u64) -> T + Send + Sync + 'static,
) -> (Count, impl Fn() -> T + Send + Sync + 'static) {
    let count = Count::default();
    let calls = count.clone();
    (count, move || {
        let number = calls.add();
        calls.linger(number);
        opener(number)
    })
}

#[cfg(test)]
mod tests;
