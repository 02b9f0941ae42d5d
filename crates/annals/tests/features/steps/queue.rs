//! Queues that are full.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annals::{Event, ReceiptState, json};
use annals_testkit::{PATIENCE, Threads, is_asleep, until};
use cucumber::{then, when};

use crate::child;
use crate::trail::{Trail, event};

#[when("another thread records one more and has to wait")]
fn one_more(trail: &mut Trail) {
    let (audit, released) = (trail.audit().clone(), Arc::clone(&trail.released));
    let is_calling = Arc::new(AtomicBool::new(false));
    let calling = Arc::clone(&is_calling);
    let mut threads = Threads::new();
    threads.spawn("one more", move || {
        calling.store(true, Ordering::SeqCst);
        audit.record(event("one more", 0)).unwrap();
        if released.load(Ordering::SeqCst) { "after".to_owned() } else { "before".to_owned() }
    });
    until("the call waits", PATIENCE, || is_calling.load(Ordering::SeqCst) && is_asleep("one more"));
    assert_eq!(trail.audit().health().queued, 10, "the eleventh event was taken into a queue of ten");
    trail.waiting = Some(threads);
}

#[then("the waiting call returns, and not before the commits were let go")]
fn one_more_returned(trail: &mut Trail) {
    assert_eq!(trail.waiting.take().unwrap().join(), ["after"]);
}

#[when("the event that was given back is recorded again")]
fn again(trail: &mut Trail) {
    let event = trail.handed_in.clone().unwrap();
    trail.record(event);
}

#[when("events with 60000 bytes of details are recorded until one is refused")]
fn until_refused(trail: &mut Trail) {
    while trail.error.is_none() {
        trail.record(Event::new("plan_applied").details(json!({ "text": "x".repeat(60_000) })));
        assert!(trail.receipts.len() < 10, "no bound on the journal's bytes");
    }
}

#[then(regex = "^the ([0-9]+) calls have returned with receipts that say \"Shed\"$")]
fn shed_receipts(trail: &mut Trail, n_events: usize) {
    let shed = trail.receipts.split_off(trail.receipts.len() - n_events);
    assert!(shed.iter().all(|receipt| receipt.state() == ReceiptState::Shed));
    let error = shed[0].wait_durable(PATIENCE).unwrap_err();
    assert_eq!(error.kind(), annals::ErrorKind::Shed);
}

#[then(regex = "^the service has counted ([0-9]+) events as shed$")]
fn shed_counted(trail: &mut Trail, n_events: u64) {
    assert_eq!(trail.audit().health().shed, n_events);
}

#[then(regex = "^a gap is declared because of \"(.+)\" for ([0-9]+) events?$")]
fn gap(trail: &mut Trail, reason: String, n_events: u64) {
    let mut gaps: Vec<annals::Value> = Vec::new();
    // What was dropped behind the last event is declared in the commit after that event's.
    until("the gap is declared", PATIENCE, || {
        let rows = trail.rows();
        let declared = rows.iter().filter(|row| row.event_type == "audit.gap");
        gaps = declared.map(|row| serde_json::from_str(row.details.as_deref().unwrap()).unwrap()).collect();
        n_events <= gaps.iter().filter_map(|gap| gap["count"].as_u64()).sum::<u64>()
    });
    assert!(gaps.iter().all(|gap| gap["reason"] == reason.as_str()), "{gaps:?}");
    assert_eq!(gaps.iter().filter_map(|gap| gap["count"].as_u64()).sum::<u64>(), n_events, "{gaps:?}");
}

#[then(regex = "^the trail holds ([0-9]+) events of callers and ([0-9]+) gap$")]
fn callers_and_gaps(trail: &mut Trail, n_events: usize, n_gaps: usize) {
    let rows = trail.rows();
    let n_own = rows.iter().filter(|row| row.event_type == "audit.gap").count();
    assert_eq!((rows.len() - n_own, n_own), (n_events, n_gaps));
}

#[when("a program drops 5 of 15 events and is killed before it could write")]
fn killed_after_shedding(trail: &mut Trail) {
    let mut child = child::program("shed", &trail.data, "");
    assert_eq!(child.line(), "5");
    child.kill();
}
