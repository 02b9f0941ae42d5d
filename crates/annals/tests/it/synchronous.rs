//! Synchronous recording over a store that misbehaves: each event is there once, or the caller has it back.

use std::sync::Arc;

use annals::{Audit, ErrorKind, Event, Filter};
use annals_testkit::{HeldStore, Memory, Threads};

fn event(number: u64) -> Event {
    Event::new("plan_applied").plan(format!("P-{number}"))
}

fn service() -> (Arc<HeldStore>, Audit) {
    let store = HeldStore::over(Memory::new().store());
    let audit = Audit::with_store(Arc::clone(&store) as _).unwrap();
    (store, audit)
}

#[test]
fn a_commit_whose_answer_is_lost_is_settled_and_not_repeated() {
    let (store, audit) = service();
    audit.record(event(0)).unwrap();
    store.lose_next_answers(1);
    let receipt = audit.record(event(1)).unwrap();
    assert_eq!(receipt.wait_durable(std::time::Duration::ZERO).unwrap().seq(), 1);
    assert_eq!(audit.count(&Filter::new()).unwrap(), 2);
}

#[test]
fn a_commit_that_did_not_happen_is_made_again() {
    let (store, audit) = service();
    store.fail_next(1, annals::store::ErrorKind::UnknownOutcome);
    assert_eq!(audit.record(event(0)).unwrap().wait_durable(std::time::Duration::ZERO).unwrap().seq(), 0);
    assert_eq!(audit.count(&Filter::new()).unwrap(), 1);
}

#[test]
fn an_outcome_that_stays_unknown_is_said_to_be_so() {
    let store = HeldStore::over(Memory::new().store());
    let given = Arc::clone(&store);
    let folder = tempfile::tempdir().unwrap();
    let settings = annals::Settings::new(folder.path()).mode(annals::Mode::Synchronous);
    let settings = settings.record_timeout(Some(std::time::Duration::from_millis(50)));
    let audit = Audit::with_opener(&settings, move || Ok(Arc::clone(&given) as _)).unwrap();
    store.lose_next_answers(1);
    store.break_down(annals::store::ErrorKind::Busy);
    // Not `Busy`, which would say that nothing was written.
    let error = audit.record(event(0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{error}");
    store.mend();
    assert_eq!(audit.count(&Filter::new()).unwrap(), 1);
}

#[test]
fn a_busy_database_is_waited_for() {
    let (store, audit) = service();
    store.fail_next(3, annals::store::ErrorKind::Busy);
    audit.record(event(0)).unwrap();
    assert_eq!((audit.count(&Filter::new()).unwrap(), store.n_appends()), (1, 4));
}

#[test]
fn any_other_trouble_gives_the_event_back() {
    let (store, audit) = service();
    store.fail_next(1, annals::store::ErrorKind::StorageFull);
    let error = audit.record(event(0)).unwrap_err();
    assert_eq!((error.kind(), error.into_event()), (ErrorKind::StorageFull, Some(event(0))));
    store.fail_next(1, annals::store::ErrorKind::RowRefused);
    let error = audit.record(event(1)).unwrap_err();
    assert_eq!((error.kind(), error.into_event()), (ErrorKind::Rejected, Some(event(1))));
    audit.record(event(2)).unwrap();
    assert_eq!(audit.count(&Filter::new()).unwrap(), 1);
}

#[test]
fn the_order_is_strict_across_threads() {
    let (_store, audit) = service();
    let mut threads = Threads::new();
    for number in 0..8 {
        let audit = audit.clone();
        threads.spawn(format!("recorder {number}"), move || {
            let seq = |receipt: annals::Receipt| receipt.wait_durable(std::time::Duration::ZERO).unwrap().seq();
            (0..200).map(|at| seq(audit.record(event(at)).unwrap())).collect::<Vec<u64>>()
        });
    }
    let mut all: Vec<u64> = Vec::new();
    for seqs in threads.join() {
        assert!(seqs.is_sorted(), "a thread's later event has an earlier number");
        all.extend(seqs);
    }
    all.sort_unstable();
    assert_eq!(all, (0..1_600).collect::<Vec<u64>>());
}
