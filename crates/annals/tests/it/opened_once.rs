//! The database is opened once, however many need it first, and whatever happens to the first of them.
//!
//! Ten callers are released by one gate: one records, so that the writer's thread needs the database, and nine read.
//! The opener is counted and lingers, so that a guard that lets two through is caught every time; the control runs the same callers over an opener without a guard.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use annals::store::{ErrorKind, EventStore};
use annals::{Audit, Event, Filter, PageRequest, Settings};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_testkit::{Count, Door, Gate, PATIENCE, Threads, counted, is_asleep, open_files_under, until};
use tempfile::TempDir;

/// How many callers are released at once.
const N_CALLERS: usize = 10;

type Opened = Result<Arc<dyn EventStore>, annals::store::Error>;

fn open(data: &Path) -> Opened {
    Ok(Arc::new(SqliteStore::open(&data.join("annals.db"), OpenMode::ReadWriteCreate)?))
}

/// A data directory that is there, so that whatever opens the database can.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    std::fs::create_dir(&data).unwrap();
    (folder, data)
}

/// A service with this opener, and how often it was called.
fn service(data: &Path, opener: impl Fn(u64) -> Opened + Send + Sync + 'static) -> (Count, Audit) {
    let (count, opener) = counted(opener);
    (count, Audit::with_opener(&Settings::new(data), opener).unwrap())
}

fn event() -> Event {
    Event::new("plan_applied").plan("P-7")
}

/// What one of the ten does with the service; the first makes the writer need the database.
fn use_service(audit: &Audit, caller: usize) -> Result<(), annals::Error> {
    match caller {
        0 => audit.record(event())?.wait_durable(PATIENCE).map(drop),
        _ if caller.is_multiple_of(2) => audit.count(&Filter::new()).map(drop),
        _ => audit.query(&Filter::new(), &PageRequest::default()).map(drop),
    }
}

/// Callers that were released by one gate; they are named `caller 0` and so on.
struct Callers<T> {
    threads: Threads<T>,
    n_past_the_gate: Arc<AtomicUsize>,
    numbers: std::ops::Range<usize>,
}

/// Releases these callers at once.
fn release<T: Send + 'static>(
    numbers: std::ops::Range<usize>,
    work: impl Fn(usize) -> T + Send + Sync + 'static,
) -> Callers<T> {
    let gate = Arc::new(Gate::new("callers", numbers.len()));
    let n_past_the_gate = Arc::new(AtomicUsize::new(0));
    let work = Arc::new(work);
    let mut threads = Threads::new();
    for caller in numbers.clone() {
        let (gate, n_past, work) = (Arc::clone(&gate), Arc::clone(&n_past_the_gate), Arc::clone(&work));
        threads.spawn(format!("caller {caller}"), move || {
            gate.wait();
            n_past.fetch_add(1, Ordering::SeqCst);
            work(caller)
        });
    }
    Callers { threads, n_past_the_gate, numbers }
}

impl<T: Send + 'static> Callers<T> {
    /// Waits until all of them wait for the attempt that is running, the one that runs it included: asleep at several looks in a row, since a thread may sleep for
    /// a moment on its way.
    fn wait_until_all_wait(&self) {
        let mut n_looks = 0;
        until("all callers wait for the attempt", PATIENCE, || {
            let all_wait = self.n_past_the_gate.load(Ordering::SeqCst) == self.numbers.len()
                && self.numbers.clone().all(|caller| is_asleep(&format!("caller {caller}")));
            n_looks = if all_wait { n_looks + 1 } else { 0 };
            n_looks >= 20
        });
    }
}

#[test]
fn ten_callers_at_once_open_it_once() {
    for _ in 0..5 {
        let (_folder, data) = folder();
        let database = data.clone();
        let (count, audit) = service(&data, move |_| open(&database));
        let user = audit.clone();
        for answer in release(0..N_CALLERS, move |caller| use_service(&user, caller)).threads.join() {
            answer.unwrap();
        }
        assert_eq!(count.n(), 1);
        assert_eq!(audit.count(&Filter::new()).unwrap(), 1);
        audit.close().unwrap();
        assert_eq!(open_files_under(&data), Vec::<PathBuf>::new());
    }
}

#[test]
fn the_control_without_a_guard_opens_more_than_once_and_meets_no_other_error() {
    let (_folder, data) = folder();
    let database = data.clone();
    let (count, opener) = counted(move |_| open(&database));
    let answers = release(0..N_CALLERS, move |_| -> Result<u64, annals::store::Error> {
        let store = opener()?;
        let n_events = store.count(&Filter::new())?;
        store.close()?;
        Ok(n_events)
    });
    for answer in answers.threads.join() {
        assert_eq!(answer.unwrap(), 0);
    }
    assert!(count.n() > 1, "the harness would not notice a second opening");
}

/// A service whose first opening waits at a door and then goes wrong, with ten callers who all wait for it.
fn first_attempt(
    fails: impl Fn() -> annals::store::Error + Send + Sync + 'static,
) -> (TempDir, Count, Audit, Vec<Result<(), annals::Error>>) {
    let (folder, data) = folder();
    let door = Arc::new(Door::shut_at_first("first attempt"));
    let (held, database) = (Arc::clone(&door), data.clone());
    let (count, audit) = service(&data, move |number| {
        if number == 1 {
            held.pass();
            return Err(fails());
        }
        open(&database)
    });
    let user = audit.clone();
    let callers = release(0..N_CALLERS, move |caller| match caller {
        // The writer waits for the attempt as well; the caller who records does not, and so waits for nothing here.
        0 => {
            let receipt = user.record(event())?;
            receipt.wait_durable(PATIENCE).map(drop)
        }
        _ => use_service(&user, caller),
    });
    door.wait_for(1);
    callers.wait_until_all_wait();
    until("the writer waits for the attempt", PATIENCE, || is_asleep("audit-writer"));
    assert_eq!(count.n(), 1);
    door.open();
    let answers = callers.threads.join();
    (folder, count, audit, answers)
}

/// That the nine readers got the first attempt's error, and that it was opened by the next who needed it.
fn all_got_the_error_and_the_next_call_opens(
    count: &Count,
    audit: &Audit,
    answers: Vec<Result<(), annals::Error>>,
    text: &str,
) {
    let mut answers = answers.into_iter();
    answers.next().unwrap().expect("the writer tries again, so that the event becomes durable");
    for answer in answers {
        let error = answer.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
    assert_eq!(audit.count(&Filter::new()).unwrap(), 1);
    assert_eq!(count.n(), 2);
    audit.close().unwrap();
}

#[test]
fn all_who_waited_for_a_failed_attempt_get_its_error_and_the_next_call_opens() {
    let (_folder, count, audit, answers) =
        first_attempt(|| annals::store::Error::new(ErrorKind::Io, "the first attempt was told to fail"));
    all_got_the_error_and_the_next_call_opens(&count, &audit, answers, "the first attempt was told to fail");
}

#[test]
fn all_who_waited_for_an_attempt_that_panicked_get_an_error_and_the_next_call_opens() {
    let (_folder, count, audit, answers) = first_attempt(|| panic!("the first attempt was told to panic"));
    all_got_the_error_and_the_next_call_opens(&count, &audit, answers, "the first attempt was told to panic");
}

#[test]
fn a_cancelled_caller_takes_nothing_with_it() {
    let (_folder, data) = folder();
    let door = Arc::new(Door::shut_at_first("opening"));
    let (held, database) = (Arc::clone(&door), data.clone());
    let (count, audit) = service(&data, move |_| {
        held.pass();
        open(&database)
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    // The first caller is a task of async code, whose blocking half runs the opener.
    let first = audit.clone();
    let blocking_half: Arc<Mutex<Option<tokio::task::AbortHandle>>> = Arc::default();
    let kept = Arc::clone(&blocking_half);
    let task = runtime.spawn(async move {
        let half = tokio::task::spawn_blocking(move || first.count(&Filter::new()).map(drop));
        *kept.lock().unwrap() = Some(half.abort_handle());
        half.await
    });
    door.wait_for(1);
    let user = audit.clone();
    let callers = release(0..N_CALLERS - 1, move |caller| use_service(&user, caller));
    callers.wait_until_all_wait();
    task.abort();
    blocking_half.lock().unwrap().take().unwrap().abort();
    assert!(runtime.block_on(task).unwrap_err().is_cancelled());
    // Not even its runtime is there any more when the opener comes back.
    runtime.shutdown_background();
    door.open();
    for answer in callers.threads.join() {
        answer.unwrap();
    }
    assert_eq!(count.n(), 1);
    audit.close().unwrap();
    assert_eq!(open_files_under(&data), Vec::<PathBuf>::new());
}

#[test]
fn closing_while_it_is_being_opened_leaves_no_file_open() {
    let (_folder, data) = folder();
    let door = Arc::new(Door::shut_at_first("opening"));
    let (held, database) = (Arc::clone(&door), data.clone());
    let (count, audit) = service(&data, move |_| {
        held.pass();
        open(&database)
    });
    let user = audit.clone();
    let callers = release(1..N_CALLERS, move |caller| use_service(&user, caller));
    callers.wait_until_all_wait();
    let mut closing = Threads::new();
    let closer = audit.clone();
    closing.spawn("closer", move || closer.close());
    until("the end waits for the attempt", PATIENCE, || is_asleep("closer"));
    door.open();
    closing.join().remove(0).unwrap();
    // Who waited for the attempt may have had its store before the end, or met the end; nobody hangs, and nobody opens it again.
    for answer in callers.threads.join() {
        assert!(answer.is_ok() || answer.is_err_and(|error| error.kind() == annals::ErrorKind::Closed));
    }
    assert_eq!(count.n(), 1);
    assert_eq!(audit.count(&Filter::new()).unwrap_err().kind(), annals::ErrorKind::Closed);
    assert_eq!(open_files_under(&data), Vec::<PathBuf>::new());
}
