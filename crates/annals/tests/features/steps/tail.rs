//! Tails.

use std::time::Duration;

use annals::Filter;
use annals_testkit::{PATIENCE, Threads};
use cucumber::{then, when};

use super::recording::record_from_threads;
use crate::trail::{Trail, assert_dense};

#[when(regex = "^a tail is followed from the start while ([0-9]+) threads record ([0-9]+) events each$")]
fn follow(trail: &mut Trail, n_threads: usize, n_events: usize) {
    let audit = trail.audit().clone();
    let n_all = n_threads * n_events;
    let mut follower = Threads::new();
    follower.spawn("follower", move || {
        let mut following = audit.tail(Filter::new(), Some(0)).unwrap();
        (0..n_all).map(|_| following.next(PATIENCE).unwrap().expect("the tail missed an event")).collect::<Vec<_>>()
    });
    record_from_threads(trail, n_threads, n_events);
    trail.shown = follower.join().remove(0);
}

#[then(regex = "^the tail showed ([0-9]+) events, numbered from 0 without a hole$")]
fn showed(trail: &mut Trail, n_events: usize) {
    assert_dense(&trail.shown, n_events);
}

#[when("a tail is opened at the end")]
fn open(trail: &mut Trail) {
    trail.tail = Some(trail.call("tail", |audit| audit.tail(Filter::new(), None)).unwrap());
}

#[then(regex = "^the tail shows the numbers ([0-9]+) to ([0-9]+) and then nothing$")]
fn shows_numbers(trail: &mut Trail, first: u64, last: u64) {
    let following = trail.tail.as_mut().unwrap();
    for seq in first..=last {
        assert_eq!(following.next(PATIENCE).unwrap().map(|event| event.seq), Some(seq));
    }
    assert_eq!(following.next(Duration::from_millis(1)).unwrap(), None);
}

#[then(regex = "^the tail ends with an error of kind \"(.+)\"$")]
fn ends(trail: &mut Trail, kind: String) {
    let error = trail.tail.as_mut().unwrap().next(PATIENCE).unwrap_err();
    assert_eq!(format!("{:?}", error.kind()), kind);
}
