//! Recording, and what the trail holds afterwards.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use annals::{Event, ReceiptState, Timestamp, json};
use annals_testkit::{PATIENCE, Threads, until};
use cucumber::{then, when};

use crate::child;
use crate::trail::{Trail, assert_dense, event, number};

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

/// Lets the clock go on by a step that every clock shows.
fn let_the_clock_go_on() -> Timestamp {
    let begun = now();
    until("the clock goes on", PATIENCE, || now().as_nanos() > begun.as_nanos() + 20_000_000);
    now()
}

#[when(regex = "^([0-9]+) (?:more )?events are recorded$")]
fn record_events(trail: &mut Trail, n_events: usize) {
    let receipts = trail.call("record", move |audit| {
        (0..n_events).map(|number| audit.record(event("caller", number)).unwrap()).collect::<Vec<_>>()
    });
    trail.receipts.extend(receipts);
}

#[when("an event is recorded")]
fn record_one(trail: &mut Trail) {
    trail.moments.insert("before", now());
    trail.record(event("caller", 0));
    trail.moments.insert("after", now());
}

#[when(regex = "^an event of type \"(.+)\" is recorded$")]
fn record_type(trail: &mut Trail, event_type: String) {
    trail.record(Event::new(event_type).actor("caller").resource("src/cart.rs"));
}

#[when("an event of Annals' own type is recorded")]
fn record_own(trail: &mut Trail) {
    trail.record(Event::new("audit.gap").actor("caller"));
}

#[when("an event with oversized details is recorded")]
fn record_large(trail: &mut Trail) {
    trail.record(Event::new("plan_applied").actor("caller").details(json!({ "text": "x".repeat(70_000) })));
}

#[when("an event with an integer of 2 ** 53 is recorded")]
fn record_integer(trail: &mut Trail) {
    trail.record(Event::new("plan_applied").actor("caller").details(json!({ "deep": [{ "n": 1_u64 << 53 }] })));
}

#[when("an event with a NUL in its tool is recorded")]
fn record_nul(trail: &mut Trail) {
    trail.record(Event::new("plan_applied").actor("caller").tool("write\0file"));
}

#[when(regex = "^([0-9]+) threads record ([0-9]+) events each$")]
pub(crate) fn record_from_threads(trail: &mut Trail, n_threads: usize, n_events: usize) {
    let mut threads = Threads::new();
    for thread in 0..n_threads {
        let (audit, name) = (trail.audit().clone(), format!("thread {thread}"));
        threads.spawn(name.clone(), move || {
            (0..n_events).map(|number| audit.record(event(&name, number)).unwrap()).collect::<Vec<_>>()
        });
    }
    trail.receipts.extend(threads.join().into_iter().flatten());
}

#[when("the commits are let go")]
fn release(trail: &mut Trail) {
    trail.released.store(true, Ordering::SeqCst);
    trail.store().release();
}

#[when("the database is mended")]
fn mend(trail: &mut Trail) {
    trail.store().mend();
}

#[when("time has passed with the commit at a standstill")]
fn standstill(trail: &mut Trail) {
    trail.store().wait_until_held(1);
    trail.moments.insert("standstill", let_the_clock_go_on());
}

#[then("there is nothing on disk")]
fn nothing_on_disk(trail: &mut Trail) {
    assert!(!trail.data.exists(), "`{}` was made", trail.data.display());
}

#[then("there is a journal on disk")]
fn journal_on_disk(trail: &mut Trail) {
    assert!(std::fs::read_dir(trail.data.join("journal")).unwrap().next().is_some());
}

#[then("no journal was made")]
fn no_journal(trail: &mut Trail) {
    assert!(!trail.data.join("journal").exists());
}

#[then(regex = "^all ([0-9]+) calls have returned and no event is durable$")]
fn none_durable(trail: &mut Trail, n_calls: usize) {
    trail.store().wait_until_held(1);
    assert_eq!(trail.receipts.len(), n_calls);
    assert!(trail.receipts.iter().all(|receipt| receipt.state() == ReceiptState::Accepted));
    assert_eq!(trail.rows().len(), 0);
}

#[then(regex = "^all ([0-9]+) events become durable$")]
pub(crate) fn become_durable(trail: &mut Trail, n_events: usize) {
    assert_eq!(trail.receipts.len(), n_events);
    last_become_durable(trail, n_events);
}

#[then("all accepted events become durable")]
fn accepted_become_durable(trail: &mut Trail) {
    assert!(!trail.receipts.is_empty());
    last_become_durable(trail, trail.receipts.len());
}

#[then(regex = "^the last ([0-9]+) events become durable$")]
fn last_become_durable(trail: &mut Trail, n_events: usize) {
    for receipt in &trail.receipts[trail.receipts.len() - n_events..] {
        receipt.wait_durable(PATIENCE).unwrap();
        assert!(matches!(receipt.state(), ReceiptState::Durable | ReceiptState::Sealed));
    }
    // The receipts are believed only as far as the rows say the same.
    let rows = trail.rows();
    for receipt in &trail.receipts[trail.receipts.len() - n_events..] {
        let found = rows.iter().filter(|row| row.id == receipt.id()).count();
        assert_eq!(found, 1, "event {} has {found} rows", receipt.id());
    }
}

#[then(regex = "^the trail holds ([0-9]+) events, numbered from 0 without a hole$")]
pub(crate) fn dense(trail: &mut Trail, n_events: usize) {
    assert_dense(&trail.rows(), n_events);
}

#[then(regex = "^the trail holds ([0-9]+) events? of type \"(.+)\"$")]
pub(crate) fn holds_type(trail: &mut Trail, n_events: usize, event_type: String) {
    let rows = trail.rows();
    assert_eq!(rows.len(), n_events);
    assert!(rows.iter().all(|row| row.event_type == event_type));
}

#[then(regex = "^each of ([0-9]+) threads finds its ([0-9]+) events in the order of its calls$")]
fn in_order(trail: &mut Trail, n_threads: usize, n_events: u64) {
    let rows = trail.rows();
    for thread in 0..n_threads {
        let name = format!("thread {thread}");
        let numbers: Vec<u64> =
            rows.iter().filter(|row| row.get(annals::Column::ActorName) == Some(&name)).map(number).collect();
        assert_eq!(numbers, (0..n_events).collect::<Vec<_>>(), "the events of {name}");
    }
}

#[then("its `created_at` is the moment of the call")]
fn created_at_the_call(trail: &mut Trail) {
    become_durable(trail, 1);
    let row = &trail.rows()[0];
    assert!((trail.moments["before"]..=trail.moments["after"]).contains(&row.created_at), "{}", row.created_at);
}

#[then("its `recorded_at` is later than the standstill")]
fn recorded_later(trail: &mut Trail) {
    let row = &trail.rows()[0];
    assert!(row.recorded_at >= trail.moments["standstill"]);
    assert!(row.created_at < trail.moments["standstill"]);
}

#[then(regex = "^it is refused as \"(.+)\" with a message about \"(.+)\"$")]
fn refused(trail: &mut Trail, kind: String, text: String) {
    let error = trail.error();
    assert_eq!(format!("{:?}", error.kind()), kind, "{error}");
    assert!(error.to_string().contains(&text), "{error}");
}

#[then("the event is given back")]
fn given_back(trail: &mut Trail) {
    let back = trail.error().event().cloned();
    assert_eq!(back, trail.handed_in);
    assert_eq!(trail.error.take().unwrap().into_event(), trail.handed_in);
}

#[then(regex = "^a second process counts ([0-9]+) events?$")]
pub(crate) fn second_process_counts(trail: &mut Trail, n_events: u64) {
    let lines = child::run_well("count", &trail.data, "");
    assert_eq!(lines, [n_events.to_string()]);
}

#[when("a second process records one event")]
pub(crate) fn second_process_records(trail: &mut Trail) {
    child::run_well("record one", &trail.data, "asynchronous");
}

#[when(regex = "^a service in (asynchronous|synchronous) mode records one event$")]
pub(crate) fn second_process_in_mode(trail: &mut Trail, mode: String) {
    child::run_well("record one", &trail.data, &mode);
}
