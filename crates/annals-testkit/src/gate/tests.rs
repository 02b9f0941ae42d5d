//! A gate lets nobody through early; a door holds and lets go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Door, Gate};
use crate::Threads;

#[test]
fn a_gate_lets_nobody_through_before_all_have_come_and_serves_again() {
    let gate = Arc::new(Gate::new("all", 4));
    let n_before = Arc::new(AtomicUsize::new(0));
    let mut threads = Threads::new();
    for number in 0..4 {
        let (gate, n_before) = (Arc::clone(&gate), Arc::clone(&n_before));
        threads.spawn(format!("walker {number}"), move || {
            for round in 1..=50 {
                n_before.fetch_add(1, Ordering::SeqCst);
                gate.wait();
                assert_eq!(n_before.load(Ordering::SeqCst), round * 4);
                gate.wait();
            }
        });
    }
    threads.join();
}

#[test]
fn a_shut_door_holds_until_it_is_opened() {
    let door = Arc::new(Door::shut_at_first("vault"));
    let mut threads = Threads::new();
    for number in 0..3 {
        let door = Arc::clone(&door);
        threads.spawn(format!("visitor {number}"), move || door.pass());
    }
    door.wait_for(3);
    assert_eq!(door.n_passed(), 0);
    door.open();
    threads.join();
    assert_eq!(door.n_passed(), 3);
    door.shut();
    let mut late = Threads::new();
    let same = Arc::clone(&door);
    late.spawn("late", move || same.pass());
    door.wait_for(1);
    assert_eq!(door.n_passed(), 3);
    door.open();
    late.join();
}
