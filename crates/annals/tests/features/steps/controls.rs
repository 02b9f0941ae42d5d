//! Controls: what the scenarios check is checked over something broken, and has to be noticed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use annals::store::{Batch, Origin, Pending, Sheds};
use annals::{AuditSubscriber, EventBus, EventId, Timestamp};
use annals_testkit::{Gate, Threads, counted};
use cucumber::{given, then, when};

use super::{original, recording};
use crate::child;
use crate::store::{Twist, Twisted};
use crate::trail::Trail;

#[given("a service over a store that lies about being durable")]
fn lying(trail: &mut Trail) {
    let store = Twisted::new(trail.database(), Twist::Lies);
    trail.open_over(store);
}

#[given("a service over a store that forgets the events in the middle")]
fn forgetful(trail: &mut Trail) {
    let store = Twisted::new(trail.database(), Twist::ForgetsTheMiddle);
    // All of the events in one batch, so that there is a middle.
    trail.settings = trail.settings.clone().batch_linger(std::time::Duration::from_millis(200));
    trail.open_over(store);
}

#[when("a program keeps 100 events in memory alone and ends by abort")]
fn memory_alone(trail: &mut Trail) {
    child::run("memory and abort", &trail.data, "");
}

#[given("a service connected to a bus that drops every second event")]
fn dropping(trail: &mut Trail) {
    let audit = annals::Audit::with_settings(&trail.settings).unwrap();
    let (bus, behind) = (EventBus::new(), EventBus::new());
    trail.subscriptions.push(AuditSubscriber::connect(&behind, &audit).into_subscription());
    let n_emitted = std::sync::atomic::AtomicU64::new(0);
    trail.subscriptions.push(bus.subscribe(["auth_failure"], move |event| {
        if n_emitted.fetch_add(1, std::sync::atomic::Ordering::SeqCst).is_multiple_of(2) {
            behind.emit(event);
        }
        Ok(())
    }));
    trail.audit = Some(audit);
    trail.bus = Some(bus);
}

#[given("an opener without a guard is counted")]
fn unguarded(trail: &mut Trail) {
    let store = trail.database();
    drop(store);
    trail.openings = None;
}

#[when(regex = "^([0-9]+) threads open at once$")]
fn open_at_once(trail: &mut Trail, n_threads: usize) {
    let database = trail.data.join("annals.db");
    let (count, opener) =
        counted(move |_| annals_sqlite::SqliteStore::open(&database, annals_sqlite::OpenMode::ReadWriteCreate));
    let (gate, opener) = (Arc::new(Gate::new("unguarded", n_threads)), Arc::new(opener));
    let mut threads = Threads::new();
    for thread in 0..n_threads {
        let (gate, opener) = (Arc::clone(&gate), Arc::clone(&opener));
        threads.spawn(format!("opener {thread}"), move || {
            gate.wait();
            opener().map(drop)
        });
    }
    trail.lines = threads.join().into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
    trail.openings = Some(count);
}

#[then("no other error was met")]
fn no_other_error(trail: &mut Trail) {
    assert_eq!(trail.lines, Vec::<String>::new());
}

#[when("it goes past the service into the store")]
fn past_the_service(trail: &mut Trail) {
    let store = trail.database();
    let at = Timestamp::from(std::time::SystemTime::now());
    let mut payload = Vec::new();
    let stamp = annals_event::Stamp {
        id: EventId::v7(at, 1),
        created_at: at,
        space: "default",
        credential: "nobody",
        begun: false,
    };
    // What Annals writes of itself is not redacted; a caller's event must never go this way.
    annals_event::encode_own(&trail.secret_events[0], &stamp, &mut payload);
    let events = [Pending { pseq: 0, payload: &payload }];
    let batch = Batch {
        origin: Origin::Own { owner: None },
        events: &events,
        gaps: &[],
        sheds: Sheds::default(),
        credential: None,
    };
    store.append(&batch).unwrap();
    store.close().unwrap();
}

#[then(regex = "^the check \"(.+)\" fails$")]
fn check_fails(trail: &mut Trail, check: String) {
    let outcome = catch_unwind(AssertUnwindSafe(|| match check.as_str() {
        "a second process counts 100 events" => recording::second_process_counts(trail, 100),
        "a second process counts 101 events" => recording::second_process_counts(trail, 101),
        "the trail holds 100 events, numbered from 0 without a hole" => recording::dense(trail, 100),
        "the trail holds 2 events of type auth_failure" => recording::holds_type(trail, 2, "auth_failure".to_owned()),
        "the database was opened once" => original::opened_once(trail),
        "the rows say [REDACTED] and no file holds the secret" => original::redacted(trail),
        // A check that is not known must not count as one that failed.
        _ => std::process::abort(),
    }));
    assert!(outcome.is_err(), "the check holds over something broken, so that it checks nothing");
}
