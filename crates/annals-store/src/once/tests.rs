//! Ten threads at one gate, openers that fail, panic and are abandoned, and the same harness on openers without the guard.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use annals_testkit::{Count, Door, Gate, PATIENCE, Threads, counted, in_time, until};

use super::OpenOnce;
use crate::sync::lock;
use crate::{Error, ErrorKind};

const N_CALLERS: usize = 10;

/// What the harness asks of anything that opens on demand; answers the number of the opening call.
trait Open: Send + Sync + 'static {
    fn get(&self) -> Result<u64, Error>;
}

impl Open for OpenOnce<u64> {
    fn get(&self) -> Result<u64, Error> {
        Self::get(self)
    }
}

/// The control: looks, and opens when there is nothing, without a guard between the two.
struct CheckThenOpen {
    opener: Box<dyn Fn() -> Result<u64, Error> + Send + Sync>,
    opened: Mutex<Option<u64>>,
}

impl Open for CheckThenOpen {
    fn get(&self) -> Result<u64, Error> {
        let seen = *lock(&self.opened);
        if let Some(opened) = seen {
            return Ok(opened);
        }
        let opened = (self.opener)()?;
        *lock(&self.opened) = Some(opened);
        Ok(opened)
    }
}

/// The other control: opens under a lock, so once, but after a failure each waiter tries for itself.
struct OneAfterAnother {
    opener: Box<dyn Fn() -> Result<u64, Error> + Send + Sync>,
    opened: Mutex<Option<u64>>,
}

impl Open for OneAfterAnother {
    fn get(&self) -> Result<u64, Error> {
        let mut opened = lock(&self.opened);
        if let Some(opened) = *opened {
            return Ok(opened);
        }
        let new = (self.opener)()?;
        *opened = Some(new);
        Ok(new)
    }
}

/// Releases ten callers by one gate; each asks so often. The answers, all callers' together.
fn crowd(open: &Arc<impl Open>, n_times: usize) -> Vec<Result<u64, Error>> {
    let gate = Arc::new(Gate::new("callers", N_CALLERS));
    let mut threads = Threads::new();
    for number in 0..N_CALLERS {
        let (open, gate) = (Arc::clone(open), Arc::clone(&gate));
        threads.spawn(format!("caller {number}"), move || {
            gate.wait();
            (0..n_times).map(|_| open.get()).collect::<Vec<_>>()
        });
    }
    threads.join().into_iter().flatten().collect()
}

fn kinds(answers: &[Result<u64, Error>]) -> Vec<Option<ErrorKind>> {
    answers.iter().map(|answer| answer.as_ref().err().map(Error::kind)).collect()
}

/// An opener whose first call waits behind a door and whose answer is given by its number.
fn behind_a_door(
    answer: impl Fn(u64) -> Result<u64, Error> + Send + Sync + 'static,
) -> (Arc<OpenOnce<u64>>, Arc<Door>, Arc<AtomicU64>) {
    let door = Arc::new(Door::shut_at_first("the opener"));
    let calls = Arc::new(AtomicU64::new(0));
    let once = OpenOnce::with_back_off(
        {
            let (door, calls) = (Arc::clone(&door), Arc::clone(&calls));
            move || {
                let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
                door.pass();
                answer(number)
            }
        },
        Duration::from_millis(1),
    );
    (Arc::new(once), door, calls)
}

/// Starts a crowd, and opens the door when all of it has joined the attempt.
fn crowd_in_one_attempt(once: &Arc<OpenOnce<u64>>, door: &Arc<Door>) -> Vec<Result<u64, Error>> {
    door.shut();
    let n_before = once.n_slow();
    let mut main = Threads::new();
    let same = Arc::clone(once);
    main.spawn("crowd", move || crowd(&same, 1));
    until("all callers to join the attempt", PATIENCE, || once.n_slow() == n_before + N_CALLERS as u64);
    door.open();
    main.join().remove(0)
}

fn failure(number: u64) -> Error {
    Error::new(ErrorKind::StorageFull, format!("attempt {number}"))
}

#[test]
fn ten_callers_at_once_open_once_and_all_succeed() {
    let (count, opener) = counted(Ok);
    let once = Arc::new(OpenOnce::new(opener));
    assert!(once.opened().is_none());
    let answers = crowd(&once, 1);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(1))), "{answers:?}");
    assert_eq!(count.n(), 1);
    assert_eq!(once.n_attempts(), 1);
    assert_eq!(once.opened(), Some(&1));
}

#[test]
fn the_control_without_the_guard_opens_more_than_once_and_shows_no_other_error() {
    let (count, opener): (Count, _) = counted(Ok);
    let open = Arc::new(CheckThenOpen { opener: Box::new(opener), opened: Mutex::new(None) });
    let answers = crowd(&open, 1);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(count.n() > 1, "the harness did not see the missing guard");
}

#[test]
fn after_opening_nobody_takes_the_lock() {
    let once = Arc::new(OpenOnce::new(|| Ok(7)));
    once.get().unwrap();
    let n_slow = once.n_slow();
    assert!(crowd(&once, 1_000).into_iter().all(|answer| answer.unwrap() == 7));
    assert_eq!(once.n_slow(), n_slow);
    // With the lock held by this thread the answer comes all the same.
    let state = once.state.lock().unwrap();
    let same = Arc::clone(&once);
    assert_eq!(in_time("reader", move || same.get()).unwrap(), 7);
    drop(state);
}

#[test]
fn all_who_waited_for_a_failed_attempt_get_its_error_and_the_next_call_opens() {
    let (once, door, calls) = behind_a_door(|number| if number == 1 { Err(failure(number)) } else { Ok(number) });
    let answers = crowd_in_one_attempt(&once, &door);
    for answer in &answers {
        let error = answer.as_ref().unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::StorageFull, "attempt 1"));
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1, "nobody tried again of itself");
    let answers = crowd_in_one_attempt(&once, &door);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(2))), "{answers:?}");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[test]
fn all_who_waited_for_a_panicking_attempt_get_an_error_and_nothing_is_poisoned() {
    let (once, door, calls) = behind_a_door(|number| if number == 1 { panic!("torn cable") } else { Ok(number) });
    let answers = crowd_in_one_attempt(&once, &door);
    for answer in &answers {
        let error = answer.as_ref().unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Panicked, "opening panicked: torn cable"));
    }
    assert_eq!(once.get().unwrap(), 2);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

/// How often thirty calls of ten impatient callers reach an opener that always fails.
fn n_attempts_of_an_impatient_crowd(calls: &AtomicU64, open: &Arc<impl Open>) -> u64 {
    let answers = crowd(open, 3);
    assert_eq!(kinds(&answers), vec![Some(ErrorKind::StorageFull); 30]);
    calls.load(Ordering::SeqCst)
}

#[test]
fn no_crowd_retries_in_a_row() {
    let calls = Arc::new(AtomicU64::new(0));
    let opener = {
        let calls = Arc::clone(&calls);
        move || Err(failure(calls.fetch_add(1, Ordering::SeqCst) + 1))
    };
    let once = Arc::new(OpenOnce::with_back_off(opener.clone(), Duration::from_millis(200)));
    let n_shared = n_attempts_of_an_impatient_crowd(&calls, &once);
    assert!((3..=8).contains(&n_shared), "{n_shared} attempts");
    calls.store(0, Ordering::SeqCst);
    let control = Arc::new(OneAfterAnother { opener: Box::new(opener), opened: Mutex::new(None) });
    assert_eq!(n_attempts_of_an_impatient_crowd(&calls, &control), 30);
}

#[test]
fn attempts_in_a_row_keep_a_growing_distance() {
    let calls: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let opener = {
        let calls = Arc::clone(&calls);
        move || -> Result<u64, Error> {
            calls.lock().unwrap().push(Instant::now());
            Err(failure(0))
        }
    };
    let once = OpenOnce::with_back_off(opener, Duration::from_millis(100));
    let start = Instant::now();
    for _ in 0..3 {
        once.get().unwrap_err();
    }
    let calls = calls.lock().unwrap();
    let pauses: Vec<Duration> = calls.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, least) in pauses.iter().zip([100, 200]) {
        assert!(*pause >= Duration::from_millis(least), "{pauses:?}");
    }
    assert!(calls[0] - start < Duration::from_millis(100), "the first attempt waits for nothing");
}

#[test]
fn an_abandoned_first_caller_does_not_restart_the_attempt() {
    let (once, door, calls) = behind_a_door(Ok);
    // The first caller's answer is wanted by nobody: its task was cancelled, its thread detached.
    let same = Arc::clone(&once);
    drop(std::thread::Builder::new().name("abandoned".into()).spawn(move || same.get()).unwrap());
    door.wait_for(1);
    let answers = {
        let n_before = once.n_slow();
        let mut main = Threads::new();
        let same = Arc::clone(&once);
        main.spawn("crowd", move || crowd(&same, 1));
        until("all callers to join the attempt", PATIENCE, || once.n_slow() == n_before + N_CALLERS as u64);
        door.open();
        main.join().remove(0)
    };
    assert!(answers.iter().all(|answer| matches!(answer, Ok(1))), "{answers:?}");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn closing_before_anything_was_opened_opens_nothing_ever() {
    let (count, opener) = counted(Ok);
    let once = Arc::new(OpenOnce::new(opener));
    assert_eq!(once.close(), None);
    assert_eq!(once.close(), None);
    assert_eq!(kinds(&crowd(&once, 2)), vec![Some(ErrorKind::Closed); 20]);
    assert_eq!(count.n(), 0);
}

#[test]
fn closing_gives_back_what_is_open_and_asking_afterwards_is_an_error() {
    let once = Arc::new(OpenOnce::new(|| Ok(3)));
    once.get().unwrap();
    assert_eq!(once.close(), Some(3));
    assert_eq!(once.close(), Some(3));
    assert_eq!(once.get().unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn closing_during_an_attempt_waits_for_it_and_gets_what_it_opened() {
    let (once, door, calls) = behind_a_door(Ok);
    let mut callers = Threads::new();
    for number in 0..3 {
        let same = Arc::clone(&once);
        callers.spawn(format!("caller {number}"), move || same.get());
    }
    door.wait_for(1);
    until("the others to join", PATIENCE, || once.n_slow() == 3);
    let mut closing = Threads::new();
    let same = Arc::clone(&once);
    closing.spawn("closing", move || same.close());
    until("the end to be announced", PATIENCE, || once.is_closed());
    // Whoever comes now is turned away at once, although the attempt still runs.
    let same = Arc::clone(&once);
    assert_eq!(in_time("too late", move || same.get()).unwrap_err().kind(), ErrorKind::Closed);
    door.open();
    assert_eq!(closing.join(), [Some(1)]);
    assert!(callers.join().into_iter().all(|answer| answer.unwrap() == 1));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn closing_ends_a_back_off_at_once() {
    let once = Arc::new(OpenOnce::<u64>::with_back_off(|| Err(failure(1)), Duration::from_hours(1)));
    once.get().unwrap_err();
    let mut callers = Threads::new();
    for number in 0..3 {
        let same = Arc::clone(&once);
        callers.spawn(format!("caller {number}"), move || same.get());
    }
    until("the callers to wait out the pause", PATIENCE, || once.n_slow() == 4);
    let start = Instant::now();
    let same = Arc::clone(&once);
    assert_eq!(in_time("closing", move || same.close()), None);
    assert_eq!(kinds(&callers.join()), vec![Some(ErrorKind::Closed); 3]);
    assert_eq!(once.n_attempts(), 1);
    assert!(start.elapsed() < Duration::from_millis(900), "it waited out the longest pause");
}
