//! Opening something exactly once, however many threads ask for it at the same moment.
//!
//! The rules, which no cell of the standard library gives together:
//! one attempt runs at a time, in the thread of whoever asked first, and everybody who comes while it runs waits for that attempt and gets its outcome;
//! an attempt that fails or panics poisons nothing, and the next caller makes a new one, which first waits out a back-off, so that no crowd retries in a row;
//! once open, asking is a single atomic load and takes no lock ([`OpenOnce::n_slow`] counts every visit to the locked part, which tests read);
//! after `close` nothing is opened any more, and asking answers an error of kind `Closed`.
//!
//! It does not know what it opens, and it starts no thread: the attempt runs in the thread of whoever asked first, so that it ends even when nobody waits for it any more,
//! and how long anybody waits is bounded by the opener, which must bound itself.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::sync::{Condvar, Mutex, lock, wait, wait_at_most};
use crate::{Error, ErrorKind};

/// The pause before the first repeated attempt; it doubles with each failure in a row.
const FIRST_BACK_OFF: Duration = Duration::from_millis(20);
/// The longest pause between two attempts.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

/// How to open it. Called by one thread at a time.
type Opener<T> = Box<dyn Fn() -> Result<T, Error> + Send + Sync>;

/// Something that is opened by whoever needs it first.
pub struct OpenOnce<T> {
    opener: Opener<T>,
    /// Set once, by the thread whose attempt succeeded, before it lets the waiters go.
    opened: OnceLock<T>,
    /// Who may attempt. Held for moments only, never while the opener runs.
    state: Mutex<State<T>>,
    /// Told when an attempt ends and when it is closed.
    changed: Condvar,
    /// Set once, under the lock of `state`; read without it, so that asking after the end takes no lock either.
    closed: AtomicBool,
    first_back_off: Duration,
    n_slow: AtomicU64,
    n_attempts: AtomicU64,
}

struct State<T> {
    /// The attempt that is running, which newcomers join.
    running: Option<Arc<Attempt<T>>>,
    /// Failures in a row, and when the last one ended.
    n_failures: u32,
    failed_at: Option<Instant>,
}

/// One attempt; its outcome is kept by those who waited for it, however late they wake.
struct Attempt<T> {
    outcome: OnceLock<Result<T, Error>>,
}

impl<T: Clone> OpenOnce<T> {
    /// Nothing is opened yet.
    pub fn new(opener: impl Fn() -> Result<T, Error> + Send + Sync + 'static) -> Self {
        Self::with_back_off(opener, FIRST_BACK_OFF)
    }

    /// The same with another first pause after a failure.
    pub fn with_back_off(
        opener: impl Fn() -> Result<T, Error> + Send + Sync + 'static,
        first_back_off: Duration,
    ) -> Self {
        Self {
            opener: Box::new(opener),
            opened: OnceLock::new(),
            state: Mutex::new(State { running: None, n_failures: 0, failed_at: None }),
            changed: Condvar::new(),
            closed: AtomicBool::new(false),
            first_back_off,
            n_slow: AtomicU64::new(0),
            n_attempts: AtomicU64::new(0),
        }
    }

    /// What was opened, opening it if nobody has. Waits for a running attempt and shares its outcome.
    ///
    /// An attempt's error is given to all who waited for it; after `close` the error is of kind `Closed`.
    pub fn get(&self) -> Result<T, Error> {
        if self.is_closed() {
            return Err(closed());
        }
        if let Some(opened) = self.opened.get() {
            return Ok(opened.clone());
        }
        let mut state = lock(&self.state);
        self.n_slow.fetch_add(1, Ordering::Relaxed);
        if self.is_closed() {
            return Err(closed());
        }
        if let Some(opened) = self.opened.get() {
            return Ok(opened.clone());
        }
        if let Some(attempt) = state.running.clone() {
            loop {
                if let Some(outcome) = attempt.outcome.get() {
                    return outcome.clone();
                }
                state = wait(&self.changed, state);
            }
        }
        let attempt = Arc::new(Attempt { outcome: OnceLock::new() });
        state.running = Some(Arc::clone(&attempt));
        let not_before = self.not_before(&state);
        // The attempt counts as running while its back-off lasts, so that a crowd joins it instead of queueing for attempts of its own.
        while let Some(left) =
            not_before.and_then(|moment| moment.checked_duration_since(Instant::now())).filter(|left| !left.is_zero())
        {
            if self.is_closed() {
                break;
            }
            state = wait_at_most(&self.changed, state, left);
        }
        let is_closed = self.is_closed();
        drop(state);
        let outcome = if is_closed { Err(closed()) } else { self.attempt() };
        self.finish(&attempt, outcome)
    }

    /// What was opened, if anybody has, closed or not. Opens nothing and takes no lock.
    pub fn opened(&self) -> Option<&T> {
        self.opened.get()
    }

    /// Lets nothing be opened from now on, waits for a running attempt, and answers what is open, for the caller to release.
    pub fn close(&self) -> Option<T> {
        let mut state = lock(&self.state);
        self.closed.store(true, Ordering::Release);
        self.changed.notify_all();
        while state.running.is_some() {
            state = wait(&self.changed, state);
        }
        self.opened.get().cloned()
    }

    /// How often the opener was called.
    pub fn n_attempts(&self) -> u64 {
        self.n_attempts.load(Ordering::Relaxed)
    }

    /// How often a caller had to go through the lock.
    pub fn n_slow(&self) -> u64 {
        self.n_slow.load(Ordering::Relaxed)
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn not_before(&self, state: &State<T>) -> Option<Instant> {
        let doublings = state.n_failures.checked_sub(1)?.min(16);
        let pause = self.first_back_off.saturating_mul(1 << doublings).min(LONGEST_BACK_OFF);
        state.failed_at.map(|failed_at| failed_at + pause)
    }

    fn attempt(&self) -> Result<T, Error> {
        self.n_attempts.fetch_add(1, Ordering::Relaxed);
        catch_unwind(AssertUnwindSafe(|| (self.opener)())).unwrap_or_else(|panic| {
            Err(Error::new(ErrorKind::Panicked, format!("opening panicked: {}", panic_text(panic.as_ref()))))
        })
    }

    fn finish(&self, attempt: &Attempt<T>, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Ok(opened) = &outcome {
            // One attempt runs at a time and none after a success, so the cell is empty.
            let _ = self.opened.set(opened.clone());
        }
        let mut state = lock(&self.state);
        state.running = None;
        if outcome.is_err() {
            state.n_failures = state.n_failures.saturating_add(1);
            state.failed_at = Some(Instant::now());
        }
        let _ = attempt.outcome.set(outcome.clone());
        self.changed.notify_all();
        outcome
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the store is closed")
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(all(test, shuttle))]
mod shuttle;
#[cfg(all(test, not(shuttle)))]
mod tests;
