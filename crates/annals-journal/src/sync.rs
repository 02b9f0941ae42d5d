//! The one place where this crate takes its locks and waits from.
//!
//! They are the standard library's; under `--cfg shuttle` they are shuttle's, so that the very code that ships is
//! explored. Shuttle has no clock: a wait with a deadline gives the other threads a turn there and then has timed out,
//! and a wait without one is a real wait, so that a wake-up that gets lost is reported as a deadlock.

use std::time::{Duration, Instant};

#[cfg(shuttle)]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(shuttle))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

/// How a wait ended. A wake-up may be spurious: whoever waits looks again at what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    Woken,
    TimedOut,
}

/// Takes the lock. Nothing in this crate panics while holding one, so a poisoned lock still guards whole data.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    match mutex.lock() {
        Ok(guard) => guard,
        Err(poisoned) => poisoned.into_inner(),
    }
}

/// How often a caller looks again while the holder is at work on another core: some microseconds in all, several times
/// what an append holds the lock for.
#[cfg(not(shuttle))]
const LOOKS: usize = 100;

/// Takes a lock that is held for a microsecond at a time.
///
/// The standard lock goes to sleep as soon as it sees that somebody else sleeps, so that from then on each append has to
/// wake the next one. Here callers look again for a moment first. Letting others run instead was slower: with more
/// threads than cores, whoever gives its core away has it back milliseconds later.
#[cfg(not(shuttle))]
pub(crate) fn lock_briefly_held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    use std::sync::TryLockError;

    for _ in 0..LOOKS {
        match mutex.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => (0..3).for_each(|_| std::hint::spin_loop()),
        }
    }
    lock(mutex)
}

/// Under shuttle every order of taking the lock is explored anyway.
#[cfg(shuttle)]
pub(crate) fn lock_briefly_held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    lock(mutex)
}

/// The moment `after` from now; `None`, which means never, when the clock has no such moment.
pub(crate) fn deadline(after: Duration) -> Option<Instant> {
    Instant::now().checked_add(after)
}

/// Waits until notified, or until `deadline`; without one, for as long as it takes.
#[cfg(not(shuttle))]
pub(crate) fn wait_deadline<'a, T>(
    _mutex: &'a Mutex<T>,
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    deadline: Option<Instant>,
) -> (MutexGuard<'a, T>, Waited) {
    use std::sync::PoisonError;

    let Some(deadline) = deadline else {
        let guard = condvar.wait(guard).unwrap_or_else(PoisonError::into_inner);
        return (guard, Waited::Woken);
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return (guard, Waited::TimedOut);
    }
    let (guard, timeout) = condvar.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner);
    let waited = if timeout.timed_out() { Waited::TimedOut } else { Waited::Woken };
    (guard, waited)
}

/// Waits until notified; with a deadline, lets the others run and has then timed out.
#[cfg(shuttle)]
pub(crate) fn wait_deadline<'a, T>(
    mutex: &'a Mutex<T>,
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    deadline: Option<Instant>,
) -> (MutexGuard<'a, T>, Waited) {
    if deadline.is_none() {
        let guard = match condvar.wait(guard) {
            Ok(guard) => guard,
            Err(poisoned) => poisoned.into_inner(),
        };
        return (guard, Waited::Woken);
    }
    drop(guard);
    shuttle::thread::yield_now();
    (lock(mutex), Waited::TimedOut)
}
