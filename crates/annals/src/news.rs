//! Waiting for whatever may be new in the log: apart from what else changes, so that others' events wake nobody who waits for his own.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// Counts how often there may have been something new.
#[derive(Debug, Default)]
pub(crate) struct News {
    n_told: Mutex<u64>,
    changed: Condvar,
}

impl News {
    /// There may be something new.
    pub(crate) fn tell(&self) {
        *self.n_told.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    /// How often that was said: asked before a look, and handed to [`Self::wait`] after it.
    pub(crate) fn n_told(&self) -> u64 {
        *self.n_told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is said once more than so often, or for the deadline.
    pub(crate) fn wait(&self, n_known: u64, deadline: Instant) {
        let mut n_told = self.n_told.lock().unwrap_or_else(PoisonError::into_inner);
        while *n_told == n_known {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            n_told = self.changed.wait_timeout(n_told, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
