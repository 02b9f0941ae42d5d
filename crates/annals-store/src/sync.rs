//! The synchronisation primitives of this crate: the standard library's, or those of the model checker when it explores.
//!
//! The model checker has no time: under it a wait with a limit never times out, so its tests set every pause to zero.
//!
//! A poisoned lock is taken all the same: what these locks guard is changed in single steps that leave it whole, and a panic elsewhere must not stop the record.

use std::sync::PoisonError;
use std::time::Duration;

#[cfg(not(shuttle))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

#[cfg(shuttle)]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};

/// Takes the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits to be told.
pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Waits to be told, or for this long.
pub(crate) fn wait_at_most<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>, at_most: Duration) -> MutexGuard<'a, T> {
    condvar.wait_timeout(guard, at_most).unwrap_or_else(PoisonError::into_inner).0
}
