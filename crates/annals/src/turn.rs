//! The turn of synchronous recording: one event after another, across all threads.
//!
//! A plain lock would do, but for a deadline: whoever waits behind others that wait for the database must be let go in time, with its event.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use crate::audit::lock;

/// Who may write now.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    is_taken: Mutex<bool>,
    given_back: Condvar,
}

/// The turn, held until dropped.
#[must_use]
pub(crate) struct Held<'a>(&'a Turn);

impl Turn {
    /// Waits for the turn until the deadline; without one for as long as it takes.
    pub(crate) fn take(&self, deadline: Option<Instant>) -> Option<Held<'_>> {
        let mut is_taken = lock(&self.is_taken);
        while *is_taken {
            is_taken = match deadline {
                None => self.given_back.wait(is_taken).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    self.given_back.wait_timeout(is_taken, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        *is_taken = true;
        Some(Held(self))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *lock(&self.0.is_taken) = false;
        self.0.given_back.notify_one();
    }
}
