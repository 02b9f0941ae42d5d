//! A thread is seen to sleep while it waits, and not while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::is_asleep;
use crate::{Door, PATIENCE, Threads, until};

#[test]
fn a_thread_at_a_shut_door_sleeps_and_a_busy_one_does_not() {
    assert!(!is_asleep("nobody"), "a thread that is not there does not sleep");
    let door = Arc::new(Door::shut_at_first("asleep"));
    let is_over = Arc::new(AtomicBool::new(false));
    let mut threads = Threads::new();
    let (at_door, over) = (Arc::clone(&door), Arc::clone(&is_over));
    threads.spawn("sleeper", move || at_door.pass());
    threads.spawn("busy", move || {
        while !over.load(Ordering::SeqCst) {
            std::hint::spin_loop();
        }
    });
    door.wait_for(1);
    until("the sleeper sleeps", PATIENCE, || is_asleep("sleeper"));
    until("the busy one is there", PATIENCE, || !is_asleep("busy"));
    assert!(!is_asleep("busy"));
    door.open();
    is_over.store(true, Ordering::SeqCst);
    threads.join();
}
