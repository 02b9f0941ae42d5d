//! After it was opened, the store is reached without a lock.

use std::sync::Arc;

use annals_event::Event;
use annals_store::Filter;
use annals_testkit::{Gate, PATIENCE, Threads};

use super::Audit;

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
