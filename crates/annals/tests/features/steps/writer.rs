//! The writer's life, and what it survives.

use annals::{Event, HealthState};
use annals_testkit::{PATIENCE, until};
use cucumber::gherkin::Step;
use cucumber::{then, when};

use crate::child;
use crate::trail::Trail;

#[when("a program counts its writer threads on its way")]
fn count_threads(trail: &mut Trail) {
    trail.lines = child::run_well("writer threads", &trail.data, "");
}

#[then("it saw these writer threads")]
fn saw_threads(trail: &mut Trail, step: &Step) {
    let expected: Vec<String> = step.table.as_ref().unwrap().rows.iter().map(|row| row.join("|")).collect();
    assert_eq!(trail.lines, expected);
}

#[when("a program records 10 events in synchronous mode and lists its threads")]
fn list_threads(trail: &mut Trail) {
    trail.lines = child::run_well("list threads", &trail.data, "");
}

#[then("it had 1 thread, and none was named \"audit-writer\"")]
fn no_writer(trail: &mut Trail) {
    assert_eq!(trail.lines, ["1", "0"]);
}

#[then(regex = "^the service says it is (degraded|failing) because of \"(.+)\"$")]
fn in_trouble(trail: &mut Trail, state: String, text: String) {
    let expected = if state == "failing" { HealthState::Failing } else { HealthState::Degraded };
    until("the service tells of its trouble", PATIENCE, || {
        let health = trail.audit().health();
        health.state == expected && health.last_error.is_some_and(|error| error.contains(&text))
    });
    assert_eq!(trail.audit().health().queued, trail.receipts.len() as u64);
}

#[when("the service is well again")]
fn well_again(trail: &mut Trail) {
    until("the service is well again", PATIENCE, || trail.audit().health().state == HealthState::Ok);
}

#[then("the service says it is well")]
fn well(trail: &mut Trail) {
    // Events are durable a moment before their place in the queue is free.
    until("the queue is empty", PATIENCE, || trail.audit().health().queued == 0);
    let health = trail.audit().health();
    assert_eq!((health.state, health.last_error), (HealthState::Ok, None));
}

#[then(regex = "^([0-9]+) dead letter is kept$")]
fn dead_letters(trail: &mut Trail, n_events: u64) {
    assert_eq!(trail.audit().n_dead_letters().unwrap(), n_events);
    assert_eq!(trail.audit().health().dead_letters, Some(n_events));
}

#[when(regex = "^another service beside it is asked to record a \"(.+)\"$")]
fn another_service(trail: &mut Trail, event_type: String) {
    let other = annals::Audit::open(&trail.data).unwrap();
    trail.error = Some(other.record(Event::new(event_type)).unwrap_err());
}
