//! After it was opened, the store is reached without a lock.

use std::sync::Arc;

use annals_event::Event;
use annals_store::Filter;
use annals_testkit::{Gate, PATIENCE, Threads};

use super::Audit;
use crate::HealthState;

/// Ten threads of callers, each of which uses the service so many times; the writer uses it beside them.
fn use_from_ten_threads(audit: &Audit, n_times: usize) {
    let gate = Arc::new(Gate::new("users", 10));
    let mut threads = Threads::new();
    for thread in 0..10 {
        let (audit, gate) = (audit.clone(), Arc::clone(&gate));
        threads.spawn(format!("user {thread}"), move || {
            gate.wait();
            for _ in 0..n_times {
                if thread == 0 {
                    audit.record(Event::new("plan_applied")).unwrap().wait_durable(PATIENCE).unwrap();
                } else {
                    audit.count(&Filter::new()).unwrap();
                }
            }
        });
    }
    threads.join();
}

#[test]
fn once_open_no_access_takes_a_lock() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path().join("trail")).unwrap();
    assert_eq!(audit.core().store.n_slow(), 0);
    use_from_ten_threads(&audit, 1);
    let n_first = audit.core().store.n_slow();
    // The counter counts: somebody has opened it, and so has gone through the lock.
    assert!((1..=11).contains(&n_first), "{n_first} visits by ten callers and the writer");
    use_from_ten_threads(&audit, 50);
    assert_eq!(audit.core().store.n_slow(), n_first);
    assert_eq!(audit.core().store.n_attempts(), 1);
    audit.close().unwrap();
}

#[test]
fn a_database_that_cannot_be_opened_is_no_good_health() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    std::fs::create_dir(&data).unwrap();
    // A folder where the file should be.
    std::fs::create_dir(data.join("annals.db")).unwrap();
    let audit = Audit::open(&data).unwrap();
    assert_eq!((audit.health().state, audit.health().last_error), (HealthState::Ok, None), "nobody has tried yet");
    let told = audit.count(&Filter::new()).unwrap_err().to_string();
    let health = audit.pulse();
    assert_ne!(health.state, HealthState::Ok);
    assert_eq!((health.last_error, health.queued), (Some(told), 0));
    std::fs::remove_dir(data.join("annals.db")).unwrap();
    audit.start().unwrap();
    assert_eq!((audit.pulse().state, audit.pulse().last_error), (HealthState::Ok, None));
    audit.close().unwrap();
}

#[test]
fn a_journal_that_cannot_be_made_is_no_good_health() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("journal"), b"no folder").unwrap();
    let audit = Audit::open(&data).unwrap();
    audit.record(Event::new("plan_applied")).unwrap_err();
    assert!(audit.pulse().state != HealthState::Ok && audit.pulse().last_error.is_some());
    std::fs::remove_file(data.join("journal")).unwrap();
    audit.record(Event::new("plan_applied")).unwrap().wait_durable(PATIENCE).unwrap();
    assert_eq!((audit.pulse().state, audit.pulse().last_error), (HealthState::Ok, None));
    audit.close().unwrap();
}

#[test]
fn what_another_process_recorded_counts_as_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) =
        (Audit::open(folder.path().join("trail")).unwrap(), Audit::open(folder.path().join("trail")).unwrap());
    ours.record(Event::new("plan_applied")).unwrap().wait_durable(PATIENCE).unwrap();
    for _ in 0..3 {
        theirs.record(Event::new("plan_applied")).unwrap().wait_durable(PATIENCE).unwrap();
    }
    assert_eq!((ours.health().durable_seq, ours.pulse().durable_seq), (Some(3), Some(0)));
    ours.close().unwrap();
    theirs.close().unwrap();
}
