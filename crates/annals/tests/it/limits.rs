//! What happens at the edges: endless timeouts, hung stores, two who close at once, threads that end, numbers that are too large.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use annals::store::ErrorKind as StoreErrorKind;
use annals::{Audit, ErrorKind, Event, Filter, HealthState, Mode, Operation, PageRequest, Settings, json};
use annals_testkit::{HeldStore, Memory, PATIENCE, Threads, in_time};

fn event() -> Event {
    Event::new("plan_applied").plan("P-1")
}

/// A service over a store that misbehaves to order, with its journal in a folder of its own.
fn service(mode: Mode, timeout: Option<Duration>) -> (tempfile::TempDir, Arc<HeldStore>, Audit) {
    let folder = tempfile::tempdir().unwrap();
    let store = HeldStore::over(Memory::new().store());
    let opened = Arc::clone(&store);
    let settings =
        Settings::new(folder.path()).mode(mode).record_timeout(timeout).close_timeout(Duration::from_millis(50));
    let audit = Audit::with_opener(&settings, move || Ok(Arc::clone(&opened) as _)).unwrap();
    (folder, store, audit)
}

#[test]
fn endless_timeouts_are_taken_for_what_they_mean() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::new(folder.path()).close_timeout(Duration::MAX).batch_linger(Duration::ZERO);
    let audit = Audit::with_settings(&settings.record_timeout(Some(Duration::MAX))).unwrap();
    audit.record(event()).unwrap().wait_durable(Duration::MAX).unwrap();
    let mut tail = audit.tail(Filter::new(), Some(0)).unwrap();
    assert_eq!(tail.next(Duration::MAX).unwrap().unwrap().seq, 0);
    in_time("the drop", move || drop(audit));
    assert_eq!(Audit::open(folder.path()).unwrap().count(&Filter::new()).unwrap(), 1);
}

#[test]
fn a_database_that_was_rolled_back_fails_record_at_once() {
    let (_folder, store, audit) = service(Mode::Asynchronous, None);
    store.break_down(StoreErrorKind::Jump);
    let error = audit.record(event()).unwrap().wait_durable(PATIENCE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RolledBack, "{error}");
    let error = audit.record(event()).unwrap_err();
    assert_eq!((error.kind(), error.into_event()), (ErrorKind::RolledBack, Some(event())));
    assert_eq!(audit.health().state, HealthState::Failing);
}

#[test]
fn a_second_close_returns_when_the_first_has_released_everything() {
    let (_folder, store, audit) = service(Mode::Asynchronous, Some(PATIENCE));
    audit.record(event()).unwrap();
    store.hold();
    let mut threads = Threads::new();
    for closer in 0..2 {
        let (audit, store) = (audit.clone(), Arc::clone(&store));
        threads.spawn(format!("closer {closer}"), move || {
            audit.close().unwrap();
            store.n_closes()
        });
    }
    store.wait_until_held(1);
    store.release();
    assert_eq!(threads.join(), [1, 1], "whoever returns finds the store closed");
}

#[test]
fn closing_over_a_hung_store_ends_with_an_error() {
    let (_folder, store, audit) = service(Mode::Asynchronous, Some(Duration::from_millis(100)));
    store.hold();
    audit.record(event()).unwrap();
    store.wait_until_held(1);
    let closing = audit.clone();
    let error = in_time("the close", move || closing.close().unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(audit.record(event()).unwrap_err().kind(), ErrorKind::Closed);
    store.release();
}

#[test]
fn those_who_wait_for_a_turn_are_let_go_in_time() {
    let (_folder, store, audit) = service(Mode::Synchronous, Some(Duration::from_millis(300)));
    store.break_down(StoreErrorKind::Busy);
    let began = Instant::now();
    let mut threads = Threads::new();
    for thread in 0..16 {
        let audit = audit.clone();
        threads.spawn(format!("recorder {thread}"), move || audit.record(event()).unwrap_err());
    }
    for error in threads.join() {
        assert!(matches!(error.kind(), ErrorKind::Busy | ErrorKind::Overloaded), "{error}");
        assert_eq!(error.into_event(), Some(event()));
    }
    // One after another they would have taken 16 × 300 ms.
    assert!(began.elapsed() < Duration::from_millis(16 * 300 / 2), "{:?}", began.elapsed());
    assert_eq!(audit.health().state, HealthState::Degraded);
    store.mend();
    audit.record(event()).unwrap();
    let health = audit.health();
    assert_eq!((health.state, health.durable_seq), (HealthState::Ok, Some(0)));
}

#[test]
fn what_comes_while_others_write_goes_into_the_same_batch() {
    let (_folder, store, audit) = service(Mode::Asynchronous, Some(PATIENCE));
    let record = |n: usize| {
        for _ in 1..n {
            audit.record(event()).unwrap();
        }
        audit.record(event()).unwrap()
    };
    let n_appends_until_durable = |receipt: annals::Receipt| {
        receipt.wait_durable(PATIENCE).unwrap();
        store.n_appends()
    };
    assert_eq!(n_appends_until_durable(record(1)), 1);
    store.contend();
    record(1);
    store.wait_until_queued();
    let last = record(2);
    store.let_in();
    assert_eq!(n_appends_until_durable(last), 2);
    // The control: what comes while an append has begun is the next one's.
    store.hold();
    record(1);
    store.wait_until_held(1);
    let last = record(2);
    store.release();
    assert_eq!(n_appends_until_durable(last), 4);
    let pseqs: Vec<u64> =
        audit.query(&Filter::new(), &PageRequest::default()).unwrap().events.iter().map(|row| row.pseq).collect();
    assert_eq!(pseqs, [6, 5, 4, 3, 2, 1, 0], "each is there once");
}

thread_local! {
    static CURRENT: RefCell<Option<Operation>> = const { RefCell::new(None) };
}

#[test]
fn an_operation_that_ends_with_its_thread_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    let beginning = audit.clone();
    in_time("the thread", move || {
        let call = beginning.begin(Event::new("tool.invoked").tool("write_file")).unwrap();
        CURRENT.set(Some(call));
    });
    audit.flush().unwrap();
    assert_eq!(audit.count(&Filter::new().outcome(annals::Outcome::Cancelled)).unwrap(), 1);
}

#[test]
fn an_outcome_is_recorded_whatever_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&Settings::new(folder.path()).max_details(256)).unwrap();
    let text = "\0\u{1}\"".repeat(10_000);
    audit.begin(Event::new("tool.invoked")).unwrap().fail(&text).unwrap();
    audit.begin(Event::new("tool.invoked")).unwrap().deny(&"\0").unwrap();
    audit.flush().unwrap();
    assert_eq!(audit.count(&Filter::new().outcome(annals::Outcome::Failure)).unwrap(), 1);
    assert_eq!(audit.count(&Filter::new().outcome(annals::Outcome::Denied)).unwrap(), 1);
}

#[test]
fn a_service_for_reading_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&Settings::new(folder.path()).mode(Mode::ReadOnly)).unwrap();
    assert_eq!(audit.leave(event()).unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(audit.record(event()).unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_largest_event_fits_the_smallest_journal() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&Settings::new(folder.path()).journal_bytes(0)).unwrap();
    let text = "x".repeat(8 << 10);
    let largest = annals::Column::ALL
        .iter()
        .filter(|column| !matches!(column, annals::Column::Decision | annals::Column::Traceparent))
        .fold(Event::new("plan_applied").details(json!({ "body": "y".repeat((64 << 10) - 11) })), |event, column| {
            event.text(*column, &text)
        });
    audit.record(largest).unwrap().wait_durable(PATIENCE).unwrap();
}

#[test]
fn a_closed_service_is_not_well() {
    let (_folder, _store, audit) = service(Mode::Asynchronous, None);
    audit.close().unwrap();
    assert_eq!(audit.health().state, HealthState::Failing);
}
