//! The event bus.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use annals::{AuditSubscriber, Emitted, Event, EventBus, Subscription};
use cucumber::{given, then, when};

use crate::trail::Trail;

/// A handler that notes its name and its thread.
pub(crate) fn noting(bus: &EventBus, called: &Arc<Mutex<Vec<String>>>, name: &'static str) -> Subscription {
    let called = Arc::clone(called);
    bus.subscribe(["plan_applied"], move |_| {
        note(&called, name);
        Ok(())
    })
}

/// Notes that a handler was called.
pub(crate) fn note(called: &Mutex<Vec<String>>, name: &str) {
    let line = format!("{name} in {:?}", thread::current().id());
    called.lock().unwrap_or_else(PoisonError::into_inner).push(line);
}

/// What was noted, without the threads where all of them are this one.
#[track_caller]
pub(crate) fn noted_here(trail: &Trail) -> Vec<String> {
    let here = format!(" in {:?}", thread::current().id());
    let called = trail.called.lock().unwrap_or_else(PoisonError::into_inner);
    called.iter().map(|line| line.strip_suffix(&here).expect("called in another thread").to_owned()).collect()
}

#[given("a service connected to a bus")]
fn connected(trail: &mut Trail) {
    let audit = annals::Audit::with_settings(&trail.settings).unwrap();
    let bus = EventBus::new();
    trail.subscriptions.push(AuditSubscriber::connect(&bus, &audit).into_subscription());
    trail.audit = Some(audit);
    trail.bus = Some(bus);
}

#[given(regex = "^a service connected to a bus for the types \"(.+)\"$")]
fn connected_for(trail: &mut Trail, types: String) {
    let audit = annals::Audit::with_settings(&trail.settings).unwrap();
    let bus = EventBus::new();
    let subscriber = AuditSubscriber::connect_types(&bus, &audit, types.split(", "));
    trail.subscriptions.push(subscriber.into_subscription());
    trail.audit = Some(audit);
    trail.bus = Some(bus);
}

#[when(regex = "^\"(.+)\" is emitted$")]
fn emit(trail: &mut Trail, event_type: String) {
    let emitted: Emitted = trail.bus.as_ref().unwrap().emit(&Event::new(event_type).actor("emitter"));
    trail.lines.push(format!("{} {} {}", emitted.n_called, emitted.n_failed, emitted.n_panicked));
}

#[given("a bus with the handlers a, b and c")]
fn three(trail: &mut Trail) {
    let bus = EventBus::new();
    for name in ["a", "b", "c"] {
        trail.subscriptions.push(noting(&bus, &trail.called, name));
    }
    trail.bus = Some(bus);
}

#[then(regex = "^the handlers (.+) were called in this thread$")]
fn called(trail: &mut Trail, names: String) {
    assert_eq!(noted_here(trail), names.split(", ").collect::<Vec<_>>());
}

#[then(regex = "^the bus has counted ([0-9]+) failures?$")]
fn counted(trail: &mut Trail, n_failures: u64) {
    assert_eq!(trail.bus.as_ref().unwrap().n_failures(), n_failures);
}
