//! Queueing: one at a time, in turn, and never for ever.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use annals_store::Opening;

use super::{PATIENCE, Turnstile};
use crate::location::Location;
use crate::opening::Patience;

fn place() -> (tempfile::TempDir, Location) {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::new(&folder.path().join("annals.db")).unwrap();
    (folder, location)
}

#[test]
fn one_writes_at_a_time() {
    let (_folder, location) = place();
    let (n_inside, n_turns) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // Each has descriptors of its own, as a process has.
                let turnstile = Turnstile::open(&location).unwrap();
                for _ in 0..100 {
                    let Some(_turn) = turnstile.enter(Patience::USUAL) else { continue };
                    assert_eq!(n_inside.fetch_add(1, Ordering::SeqCst), 0);
                    n_turns.fetch_add(1, Ordering::SeqCst);
                    n_inside.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert!(n_turns.load(Ordering::SeqCst) > 0);
}

#[test]
fn waiting_ends_and_is_short_from_then_on() {
    let (_folder, location) = place();
    let (one, two) = (Turnstile::open(&location).unwrap(), Turnstile::open(&location).unwrap());
    let turn = one.enter(Patience::USUAL).unwrap();
    let started = Instant::now();
    // `write` is held for ever, as by a stopped process; what is left is the place in the queue.
    let place = two.enter(Patience::USUAL).unwrap();
    let first = started.elapsed();
    assert!(first >= PATIENCE, "a lock that is handed on in time is waited for: {first:?}");
    drop(place);
    let started = Instant::now();
    drop(two.enter(Patience::USUAL).unwrap());
    assert!(started.elapsed() < PATIENCE, "waited {:?} again", started.elapsed());
    drop(turn);
    drop(two.enter(Patience::USUAL).unwrap());
    assert!(!two.write.is_stuck.load(Ordering::SeqCst), "free again");
}

#[test]
fn a_busy_process_does_not_starve_another() {
    let (_folder, location) = place();
    let stop = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let greedy = Turnstile::open(&location).unwrap();
            while !stop.load(Ordering::SeqCst) {
                if let Some(_turn) = greedy.enter(Patience::USUAL) {
                    // Holds it for most of the time, as a full batch does.
                    let until = Instant::now() + Duration::from_millis(10);
                    while Instant::now() < until {
                        std::hint::spin_loop();
                    }
                }
            }
        });
        let patient = Turnstile::open(&location).unwrap();
        let n_served = (0..20).filter(|_| patient.enter(Patience::USUAL).is_some()).count();
        stop.store(true, Ordering::SeqCst);
        assert_eq!(n_served, 20);
    });
}

#[test]
fn patience_is_one_for_all_locks() {
    let (_folder, location) = place();
    let (one, two) = (Turnstile::open(&location).unwrap(), Turnstile::open(&location).unwrap());
    let _held = (one.turn.take(Patience::USUAL).unwrap(), one.write.take(Patience::USUAL).unwrap());
    let at_most = Duration::from_millis(60);
    let patience = Patience::of(&Opening::default().waiting_at_most(at_most));
    let started = Instant::now();
    assert!(two.enter(patience).is_none());
    let waited = started.elapsed();
    assert!(at_most <= waited && waited < PATIENCE, "waited {waited:?} for two locks");
    assert!(two.enter(patience).is_none(), "and then only tries");
}
