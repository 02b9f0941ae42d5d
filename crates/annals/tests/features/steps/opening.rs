//! Services and what they stand on.

use std::time::Duration;

use annals::store::ErrorKind;
use annals::{Audit, Mode};
use cucumber::given;

use crate::trail::Trail;

/// What a scenario calls an error of the store.
fn kind(name: &str) -> ErrorKind {
    match name {
        "busy" => ErrorKind::Busy,
        "corrupt" => ErrorKind::Corrupt,
        "disk full" => ErrorKind::StorageFull,
        "input/output error" => ErrorKind::Io,
        "read-only" => ErrorKind::ReadOnly,
        _ => unreachable!("no error is called `{name}`"),
    }
}

#[given("a service")]
fn service(trail: &mut Trail) {
    trail.audit = Some(Audit::with_settings(&trail.settings).unwrap());
}

#[given(regex = "^a service in (synchronous|asynchronous) mode$")]
fn service_in_mode(trail: &mut Trail, mode: String) {
    let mode = if mode == "synchronous" { Mode::Synchronous } else { Mode::Asynchronous };
    trail.settings = trail.settings.clone().mode(mode);
    service(trail);
}

#[given("a service over a store of the caller's own")]
fn service_over_a_store(trail: &mut Trail) {
    let held = annals_testkit::HeldStore::over(trail.database());
    trail.audit = Some(Audit::with_store(std::sync::Arc::clone(&held) as _).unwrap());
    trail.store = Some(held);
}

#[given("a service whose commits are held")]
fn held(trail: &mut Trail) {
    trail.open_over_held().hold();
}

#[given(regex = "^a service whose next ([0-9]+) commits fail as (.+)$")]
fn failing(trail: &mut Trail, n_commits: usize, name: String) {
    trail.open_over_held().fail_next(n_commits, kind(&name));
}

#[given(regex = "^the next commit fails as (.+)$")]
fn next_fails(trail: &mut Trail, name: String) {
    trail.store().fail_next(1, kind(&name));
}

#[given(regex = "^a service whose commits fail as (.+)$")]
fn broken(trail: &mut Trail, name: String) {
    trail.open_over_held().break_down(kind(&name));
}

#[given(regex = "^a service whose next ([0-9]+) commits lose their answer$")]
fn losing(trail: &mut Trail, n_commits: usize) {
    trail.open_over_held().lose_next_answers(n_commits);
}

#[given(regex = "^a service whose next ([0-9]+) commits panic$")]
fn panicking(trail: &mut Trail, n_commits: usize) {
    trail.open_over_held().panic_next(n_commits);
}

#[given("a service whose next commit is refused for its row")]
fn refusing(trail: &mut Trail) {
    trail.open_over_held().fail_next(1, ErrorKind::RowRefused);
}

#[given(regex = "^a queue of ([0-9]+) events$")]
fn queue(trail: &mut Trail, n_events: usize) {
    trail.settings = trail.settings.clone().queue_maxsize(n_events);
}

#[given(regex = "^a journal of ([0-9]+) KiB$")]
fn journal(trail: &mut Trail, n_kib: u64) {
    trail.settings = trail.settings.clone().journal_bytes(n_kib << 10);
}

#[given(regex = "^a record timeout of ([0-9]+) ms$")]
fn record_timeout(trail: &mut Trail, ms: u64) {
    trail.settings = trail.settings.clone().record_timeout(Some(Duration::from_millis(ms)));
}

#[given(regex = "^a close timeout of ([0-9]+) ms$")]
fn close_timeout(trail: &mut Trail, ms: u64) {
    trail.settings = trail.settings.clone().close_timeout(Duration::from_millis(ms));
}

#[given(regex = "^events of type \"(.+)\" may be dropped$")]
fn sheddable(trail: &mut Trail, event_type: String) {
    trail.settings = trail.settings.clone().sheddable([event_type]);
}

#[given(regex = "^a service that knows the type \"(.+)\"$")]
fn knows(trail: &mut Trail, event_type: String) {
    trail.settings = trail.settings.clone().event_types([event_type]);
    service(trail);
}
