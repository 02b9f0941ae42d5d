//! Recording under a name: once, whatever the client sends again.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use annals::{Audit, Caller, ErrorKind, Event, Mode, ReceiptState, Settings, json};

fn caller(space: &str, credential: &str) -> Caller {
    Caller::new(space, credential).unwrap()
}

fn event(n: u64) -> Event {
    Event::new("tool.invoked").tool("t").details(json!({ "n": n }))
}

#[test]
fn the_same_key_is_the_same_write_in_any_process_and_mode() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    let ann = caller("default", "ann");
    let mut first = None;
    for mode in [Mode::Asynchronous, Mode::Synchronous, Mode::Asynchronous] {
        let audit = Audit::with_settings(&Settings::new(&data).mode(mode)).unwrap();
        let receipts = audit.accept_once(&[event(1), event(2)], "k", &ann).unwrap();
        assert!(receipts.iter().all(|receipt| receipt.state() != ReceiptState::Accepted), "durable when answered");
        let said: Vec<_> = receipts
            .iter()
            .map(|receipt| receipt.wait_durable(Duration::ZERO).unwrap())
            .map(|durable| (durable.id(), durable.seq()))
            .collect();
        assert_eq!(*first.get_or_insert_with(|| said.clone()), said);
        assert_eq!(audit.head().unwrap().n_events, 2);
        receipts[1].wait_sealed(Duration::from_secs(20)).unwrap();
        audit.close().unwrap();
    }
}

#[test]
fn another_body_is_a_conflict_and_another_caller_another_key() {
    let home = tempfile::tempdir().unwrap();
    let audit = Audit::open(home.path().join("trail")).unwrap();
    let ann = caller("default", "ann");
    audit.accept_once(&[event(1)], "k", &ann).unwrap();
    for other in [vec![event(2)], vec![event(1), event(2)], vec![event(1).outcome(annals::Outcome::Success)]] {
        let refused = audit.accept_once(&other, "k", &ann).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    }
    for whose in [caller("default", "bob"), caller("other", "ann")] {
        audit.accept_once(&[event(2)], "k", &whose).unwrap();
    }
    assert_eq!(audit.head().unwrap().n_events, 3);
    // A bad event, and a bad key, write nothing and use nothing up.
    let bad = [event(3), Event::new("tool.invokd")];
    assert!(audit.accept_once(&bad, "k2", &ann).unwrap_err().invalid().is_some());
    for key in ["", "a b", "é", &"x".repeat(201)] {
        assert_eq!(audit.accept_once(&[event(3)], key, &ann).unwrap_err().kind(), ErrorKind::Invalid, "{key}");
    }
    audit.accept_once(&[event(3)], "k2", &ann).unwrap();
    assert_eq!(audit.head().unwrap().n_events, 4);
}

#[test]
fn many_threads_with_one_key_write_once_beside_the_journal() {
    let home = tempfile::tempdir().unwrap();
    let audit = Audit::open(home.path().join("trail")).unwrap();
    let (ann, barrier) = (caller("default", "ann"), Arc::new(Barrier::new(6)));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            let (audit, ann, barrier) = (audit.clone(), ann.clone(), Arc::clone(&barrier));
            scope.spawn(move || {
                for n in 0..30 {
                    barrier.wait();
                    audit.accept_once(&[event(n)], &format!("k{n}"), &ann).unwrap();
                    audit.accept(event(n), &ann).unwrap();
                }
            });
        }
    });
    audit.flush().unwrap();
    assert_eq!(audit.head().unwrap().n_events, 30 + 6 * 30);
}

#[test]
fn what_goes_in_by_a_key_alone_is_sealed_too() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    let settings = Settings::new(&data).checkpoint_interval(Duration::from_millis(50));
    let audit = Audit::with_settings(&settings).unwrap();
    let receipts = audit.accept_once(&[event(1)], "k", &caller("default", "ann")).unwrap();
    let began = std::time::Instant::now();
    while receipts[0].state() != ReceiptState::Sealed {
        assert!(began.elapsed() < Duration::from_secs(30), "the writer was told to seal");
        std::thread::yield_now();
    }
}
