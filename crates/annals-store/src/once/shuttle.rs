//! The state machine under a model checker: random and PCT schedules over callers, a failing or panicking opener, and `close`.
//!
//! Run with `RUSTFLAGS="--cfg shuttle" cargo nextest run -p annals-store --lib shuttle`.
//! A lost wake-up shows as a deadlock, which the checker reports. The same harness runs on three broken variants and must catch each of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;

use super::OpenOnce;
use crate::{Error, ErrorKind};

/// Of each kind. Each panicking attempt is also printed by the panic hook, which costs far more than the schedule: fewer of those.
const N_SCHEDULES: usize = 2_000;
const N_PANICKING_SCHEDULES: usize = 500;
/// So many times more in the long run.
const FULL: usize = 10;

/// What the harness asks of anything that opens on demand; answers the number of the opening call.
trait Open: Send + Sync + 'static {
    fn over(opener: impl Fn() -> Result<u64, Error> + Send + Sync + 'static) -> Self;
    fn get(&self) -> Result<u64, Error>;
    fn close(&self) -> Option<u64>;
}

impl Open for OpenOnce<u64> {
    fn over(opener: impl Fn() -> Result<u64, Error> + Send + Sync + 'static) -> Self {
        Self::with_back_off(opener, Duration::ZERO)
    }

    fn get(&self) -> Result<u64, Error> {
        Self::get(self)
    }

    fn close(&self) -> Option<u64> {
        Self::close(self)
    }
}

/// How the opener behaves at its first call.
#[derive(Clone, Copy)]
enum First {
    Opens,
    Fails,
    Panics,
}

/// Whether somebody closes meanwhile.
#[derive(Clone, Copy, PartialEq)]
enum Closing {
    Never,
    Meanwhile,
}

/// Three callers who each ask twice, and perhaps one who closes. Checks everything that is promised in every schedule.
fn scenario<O: Open>(first: First, closing: Closing) {
    let calls = Arc::new(AtomicU64::new(0));
    let inside = Arc::new(AtomicU64::new(0));
    let succeeded = Arc::new(AtomicU64::new(0));
    let opener = {
        let (calls, inside, succeeded) = (Arc::clone(&calls), Arc::clone(&inside), Arc::clone(&succeeded));
        move || {
            assert_eq!(succeeded.load(Ordering::SeqCst), 0, "opened again after a success");
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two attempts at a time");
            let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
            thread::yield_now();
            inside.fetch_sub(1, Ordering::SeqCst);
            match first {
                First::Fails if number == 1 => return Err(Error::new(ErrorKind::StorageFull, "attempt 1")),
                First::Panics if number == 1 => std::panic::panic_any("attempt 1"),
                _ => {}
            }
            succeeded.fetch_add(1, Ordering::SeqCst);
            Ok(number)
        }
    };
    let open = Arc::new(O::over(opener));
    let callers: Vec<_> = (0..3)
        .map(|_| {
            let (open, calls) = (Arc::clone(&open), Arc::clone(&calls));
            thread::spawn(move || {
                for _ in 0..2 {
                    let n_before = calls.load(Ordering::SeqCst);
                    check_answer(&open.get(), n_before, first, closing);
                }
            })
        })
        .collect();
    let closer = (closing == Closing::Meanwhile).then(|| {
        let open = Arc::clone(&open);
        thread::spawn(move || open.close())
    });
    for caller in callers {
        caller.join().unwrap();
    }
    let given_back = closer.map(|closer| closer.join().unwrap());
    let n_succeeded = succeeded.load(Ordering::SeqCst);
    match given_back {
        None => assert_eq!(n_succeeded, 1, "six calls and one failure, and never open"),
        Some(opened) => {
            assert_eq!(opened.is_some(), n_succeeded == 1, "`close` gives back what is open, or nothing is");
            assert_eq!(open.get().unwrap_err().kind(), ErrorKind::Closed);
            assert_eq!(open.close(), opened);
        }
    }
}

/// An error is that of the attempt this caller waited for: the first one, and only for a caller who came before it had ended.
fn check_answer(answer: &Result<u64, Error>, n_before: u64, first: First, closing: Closing) {
    match (answer, first) {
        (Ok(number), First::Opens) => assert_eq!(*number, 1),
        (Ok(number), _) => assert_eq!(*number, 2),
        (Err(error), _) if error.kind() == ErrorKind::Closed => assert!(closing == Closing::Meanwhile),
        (Err(error), First::Fails) => {
            assert_eq!(error.kind(), ErrorKind::StorageFull);
            assert!(n_before <= 1, "got the error of an attempt that was over");
        }
        (Err(error), First::Panics) => {
            assert_eq!(error.kind(), ErrorKind::Panicked);
            assert!(n_before <= 1, "got the error of an attempt that was over");
        }
        (Err(error), First::Opens) => panic!("an opener that never fails failed: {error}"),
    }
}

#[track_caller]
fn explore<O: Open>(first: First, closing: Closing) {
    let n_schedules = if matches!(first, First::Panics) { N_PANICKING_SCHEDULES } else { N_SCHEDULES };
    let n_schedules = annals_testkit::rounds(n_schedules, n_schedules * FULL);
    shuttle::check_random(move || scenario::<O>(first, closing), n_schedules);
    shuttle::check_pct(move || scenario::<O>(first, closing), n_schedules, 3);
}

/// What the harness says of a variant that it must catch.
#[track_caller]
fn caught<O: Open>(first: First) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| explore::<O>(first, Closing::Never)))
        .expect_err("the harness did not catch it");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}

#[test]
fn every_schedule_opens_once() {
    explore::<OpenOnce<u64>>(First::Opens, Closing::Never);
}

#[test]
fn every_schedule_survives_a_failed_attempt() {
    explore::<OpenOnce<u64>>(First::Fails, Closing::Never);
}

#[test]
fn every_schedule_survives_a_panicking_attempt() {
    explore::<OpenOnce<u64>>(First::Panics, Closing::Never);
}

#[test]
fn every_schedule_ends_when_it_is_closed_meanwhile() {
    explore::<OpenOnce<u64>>(First::Opens, Closing::Meanwhile);
    explore::<OpenOnce<u64>>(First::Fails, Closing::Meanwhile);
}

/// Control: looks, and opens when there is nothing, without a guard between the two.
struct CheckThenOpen {
    opener: Box<dyn Fn() -> Result<u64, Error> + Send + Sync>,
    opened: Mutex<Option<u64>>,
}

impl Open for CheckThenOpen {
    fn over(opener: impl Fn() -> Result<u64, Error> + Send + Sync + 'static) -> Self {
        Self { opener: Box::new(opener), opened: Mutex::new(None) }
    }

    fn get(&self) -> Result<u64, Error> {
        if let Some(opened) = *self.opened.lock().unwrap() {
            return Ok(opened);
        }
        let opened = (self.opener)()?;
        *self.opened.lock().unwrap() = Some(opened);
        Ok(opened)
    }

    fn close(&self) -> Option<u64> {
        *self.opened.lock().unwrap()
    }
}

/// Controls: one attempt at a time, but who waits for it is forgotten (`FORGETFUL`) or is given its error for ever after (`not FORGETFUL`).
struct Careless<const FORGETFUL: bool> {
    opener: Box<dyn Fn() -> Result<u64, Error> + Send + Sync>,
    state: Mutex<(bool, Option<Result<u64, Error>>)>,
    changed: Condvar,
}

impl<const FORGETFUL: bool> Open for Careless<FORGETFUL> {
    fn over(opener: impl Fn() -> Result<u64, Error> + Send + Sync + 'static) -> Self {
        Self { opener: Box::new(opener), state: Mutex::new((false, None)), changed: Condvar::new() }
    }

    fn get(&self) -> Result<u64, Error> {
        let mut state = self.state.lock().unwrap();
        while state.0 && state.1.is_none() {
            state = self.changed.wait(state).unwrap();
        }
        if let Some(outcome) = &state.1 {
            return outcome.clone();
        }
        state.0 = true;
        drop(state);
        let outcome = (self.opener)();
        self.state.lock().unwrap().1 = Some(outcome.clone());
        if FORGETFUL {
            self.changed.notify_one();
        } else {
            self.changed.notify_all();
        }
        outcome
    }

    fn close(&self) -> Option<u64> {
        None
    }
}

#[test]
fn the_control_without_the_guard_is_caught() {
    let message = caught::<CheckThenOpen>(First::Opens);
    assert!(message.contains("two attempts at a time") || message.contains("opened again"), "{message}");
}

#[test]
fn the_control_that_forgets_waiters_is_caught() {
    let message = caught::<Careless<true>>(First::Opens);
    assert!(message.contains("deadlock"), "{message}");
}

#[test]
fn the_control_that_keeps_an_old_error_is_caught() {
    let message = caught::<Careless<false>>(First::Fails);
    assert!(message.contains("never open") || message.contains("was over"), "{message}");
}
