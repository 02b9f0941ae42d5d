//! What the original got wrong.

use std::sync::{Arc, OnceLock};

use annals::store::EventStore;
use annals::{Audit, AuditSubscriber, Column, Event, EventBus, Filter, Mode, Settings, json};
use annals_testkit::{Child, Gate, Threads, counted};
use cucumber::{given, then, when};

use super::bus::{note, noted_here, noting};
use crate::child;
use crate::store::{Twist, Twisted};
use crate::trail::{Trail, event, files_under, read_all};

/// What must be in no file.
const SECRET: &str = "hunter2-aX9kQ7";

#[when(regex = "^4 readers page through the trail while 2 threads record ([0-9]+) events each$")]
fn read_while_writing(trail: &mut Trail, n_events: usize) {
    let gate = Arc::new(Gate::new("readers and writers", 6));
    let mut threads = Threads::new();
    for reader in 0..4 {
        let (audit, gate) = (trail.audit().clone(), Arc::clone(&gate));
        threads.spawn(format!("reader {reader}"), move || {
            gate.wait();
            let mut n_seen = 0;
            while n_seen < 2 * n_events {
                let rows = read_all(&audit);
                assert!(rows.iter().map(|row| row.seq).eq(0..rows.len() as u64), "a hole");
                assert!(rows.len() >= n_seen, "events that were there are gone");
                n_seen = rows.len();
            }
        });
    }
    for writer in 0..2 {
        let (audit, gate) = (trail.audit().clone(), Arc::clone(&gate));
        threads.spawn(format!("writer {writer}"), move || {
            gate.wait();
            for number in 0..n_events {
                audit.record(event("writer", number)).unwrap();
                if number % 20 == 0 {
                    audit.flush().unwrap();
                }
            }
            audit.flush().unwrap();
        });
    }
    trail.lines = threads.join_caught().into_iter().filter(|(_, end)| end.is_err()).map(|(name, _)| name).collect();
}

#[then("no reader met an error, and each saw a trail without a hole")]
fn readers_were_well(trail: &mut Trail) {
    assert_eq!(trail.lines, Vec::<String>::new());
}

#[then(regex = "^4 readers find ([0-9]+) events while the commit is held$")]
fn read_while_held(trail: &mut Trail, n_events: u64) {
    trail.store().wait_until_held(1);
    let mut threads = Threads::new();
    for reader in 0..4 {
        let audit = trail.audit().clone();
        threads.spawn(format!("reader {reader}"), move || audit.count(&Filter::new()).unwrap());
    }
    assert_eq!(threads.join(), [n_events; 4]);
    trail.store().release();
}

#[given("a service whose writer dies at its first event")]
fn dying(trail: &mut Trail) {
    let store = Twisted::new(trail.database(), Twist::KillsTheWriter);
    trail.open_over(store);
}

#[then(regex = "^([0-9]+) more calls come back with errors that give the event back$")]
fn calls_come_back(trail: &mut Trail, n_calls: usize) {
    annals_testkit::until("the writer is dead", annals_testkit::PATIENCE, || {
        trail.audit().health().state == annals::HealthState::Failing
    });
    for number in 0..n_calls {
        trail.record(event("caller", number));
        let error = trail.error.take().expect("a dead writer's service accepts nothing");
        assert_eq!(error.kind(), annals::ErrorKind::Io);
        assert_eq!(error.into_event(), trail.handed_in);
    }
}

#[then("flush and close come back with an error")]
fn ends_come_back(trail: &mut Trail) {
    trail.call("flush", |audit| audit.flush()).unwrap_err();
    trail.call("close", |audit| audit.close()).unwrap_err();
}

#[then("the ids of the receipts are the ids of the rows")]
fn same_ids(trail: &mut Trail) {
    let receipts: Vec<_> = trail.receipts.iter().map(annals::Receipt::id).collect();
    let rows: Vec<_> = trail.rows().iter().map(|row| row.id).collect();
    assert_eq!(receipts, rows);
    assert_eq!(receipts.iter().collect::<std::collections::HashSet<_>>().len(), rows.len());
}

#[given("a service whose opening is counted")]
fn counting(trail: &mut Trail) {
    std::fs::create_dir_all(&trail.data).unwrap();
    let database = trail.data.join("annals.db");
    let (count, opener) = counted(move |_| {
        let store = annals_sqlite::SqliteStore::open(&database, annals_sqlite::OpenMode::ReadWriteCreate)?;
        Ok(Arc::new(store) as Arc<dyn EventStore>)
    });
    trail.audit = Some(Audit::with_opener(&trail.settings, opener).unwrap());
    trail.openings = Some(count);
}

#[when(regex = "^([0-9]+) threads use the service for the first time at once$")]
fn first_use(trail: &mut Trail, n_threads: usize) {
    let gate = Arc::new(Gate::new("first use", n_threads));
    let mut threads = Threads::new();
    for thread in 0..n_threads {
        let (audit, gate) = (trail.audit().clone(), Arc::clone(&gate));
        threads.spawn(format!("user {thread}"), move || {
            gate.wait();
            if thread % 2 == 0 {
                audit.record(event("user", thread)).unwrap().wait_durable(annals_testkit::PATIENCE).map(drop)
            } else {
                audit.count(&Filter::new()).map(drop)
            }
        });
    }
    for answer in threads.join() {
        answer.unwrap();
    }
}

#[then("the database was opened once")]
pub(crate) fn opened_once(trail: &mut Trail) {
    assert_eq!(trail.openings.as_ref().unwrap().n(), 1);
}

#[when(regex = "^([0-9]+) programs each record 200 events from 2 threads into one trail$")]
fn many_programs(trail: &mut Trail, n_programs: usize) {
    let mut programs: Vec<Child> = (0..n_programs)
        .map(|program| child::program("record from threads", &trail.data, &format!("program {program}")))
        .collect();
    for program in &mut programs {
        trail.lines.extend(program.rest());
        assert!(program.wait().success());
    }
}

#[then("none of them met an error")]
fn no_error(trail: &mut Trail) {
    assert_eq!(trail.lines, ["no error"; 3]);
}

#[when("the subscription of b is dropped")]
fn unsubscribe(trail: &mut Trail) {
    drop(trail.subscriptions.remove(1));
}

#[then("what handler b had held is released")]
fn released(trail: &mut Trail) {
    // The scenario's own handle and those of a and c.
    assert_eq!(Arc::strong_count(&trail.called), 3);
    // And its place in the list is gone with it, so that a bus that lives long does not grow.
    assert_eq!(format!("{:?}", trail.bus.as_ref().unwrap()), "EventBus { n_handlers: 2, .. }");
}

#[given("a bus with a handler that unsubscribes itself, subscribes another and emits again")]
fn mutating(trail: &mut Trail) {
    let bus = EventBus::new();
    let own = Arc::new(std::sync::Mutex::new(None));
    let (called, inner, mine, kept) =
        (Arc::clone(&trail.called), bus.clone(), Arc::clone(&own), Arc::clone(&trail.kept));
    let subscription = bus.subscribe(["plan_applied"], move |event| {
        note(&called, "mutating");
        mine.lock().unwrap().take();
        kept.lock().unwrap().push(noting(&inner, &called, "other"));
        inner.emit(event);
        Ok(())
    });
    *own.lock().unwrap() = Some(subscription);
    trail.subscriptions.push(noting(&bus, &trail.called, "last"));
    trail.bus = Some(bus);
}

#[then("each of them was called as often as its subscription says")]
fn called_as_subscribed(trail: &mut Trail) {
    // First emit: the handler, and within it an emit that finds it gone and the other there; then the rest of the first snapshot. Second emit: the two that are left.
    assert_eq!(noted_here(trail), ["mutating", "last", "other", "last", "last", "other"]);
}

#[when(regex = "^([0-9]+) threads take the bus from one place at once and emit \"(.+)\"$")]
fn racing_container(trail: &mut Trail, n_threads: usize, event_type: String) {
    // The container makes its bus when somebody first asks, and connects it once.
    let container: Arc<OnceLock<(EventBus, AuditSubscriber)>> = Arc::default();
    let gate = Arc::new(Gate::new("container", n_threads));
    let mut threads = Threads::new();
    for thread in 0..n_threads {
        let (audit, gate, container) = (trail.audit().clone(), Arc::clone(&gate), Arc::clone(&container));
        let event = Event::new(&event_type).actor(format!("thread {thread}"));
        threads.spawn(format!("taker {thread}"), move || {
            gate.wait();
            let (bus, _) = container.get_or_init(|| {
                let bus = EventBus::new();
                let subscriber = AuditSubscriber::connect(&bus, &audit);
                (bus, subscriber)
            });
            bus.clone().emit(&event).n_called
        });
    }
    assert_eq!(threads.join(), vec![1; n_threads]);
}

#[given("a secret in the details, in a URL and in a text")]
fn secret(trail: &mut Trail) {
    let event = Event::new("resource_modified")
        .actor("caller")
        .resource(format!("https://me:{SECRET}@example.org/file"))
        .policy(format!("run with password={SECRET} please"))
        .details(json!({ "headers": [{ "Authorization": format!("Bearer {SECRET}") }], "db_password": SECRET }));
    trail.secret_events = vec![event];
}

#[when(regex = "^it goes in by (.+)$")]
fn goes_in(trail: &mut Trail, way: String) {
    let event = trail.secret_events[0].clone();
    let settings = Settings::new(&trail.data);
    if way == "synchronous" {
        Audit::with_settings(&settings.mode(Mode::Synchronous)).unwrap().record(event).unwrap();
        return;
    }
    if way == "leave" {
        Audit::with_settings(&settings).unwrap().leave(event).unwrap();
        assert_no_secret(trail);
        child::run_well("record one", &trail.data, "asynchronous");
        return;
    }
    // The commit is held so that the journal holds the event while its bytes are looked at.
    let held = trail.open_over_held();
    held.hold();
    let audit = trail.audit().clone();
    let bus = EventBus::new();
    let _subscriber = AuditSubscriber::connect(&bus, &audit);
    match way.as_str() {
        "record" => drop(audit.record(event).unwrap()),
        "begin" => audit.begin(event).unwrap().succeed().map(drop).unwrap(),
        "an outcome" => {
            let operation = audit.begin(event).unwrap();
            operation.fail(&format!("cannot reach https://me:{SECRET}@example.org/")).map(drop).unwrap();
        }
        "the bus" => assert_eq!(bus.emit(&event).n_failed, 0),
        _ => unreachable!("there is no way in called `{way}`"),
    }
    held.wait_until_held(1);
    assert_no_secret(trail);
    held.release();
    trail.call("close", |audit| audit.close()).unwrap();
}

#[then("the rows say [REDACTED] and no file holds the secret")]
pub(crate) fn redacted(trail: &mut Trail) {
    assert_no_secret(trail);
    let rows: Vec<_> = trail.rows().into_iter().filter(|row| row.get(Column::ActorName) == Some("caller")).collect();
    assert!(!rows.is_empty());
    for row in rows {
        assert!(row.n_redacted >= 2, "{row:?}");
        for column in [Column::Resource, Column::Policy] {
            assert!(row.get(column).unwrap().contains("[REDACTED]"), "{row:?}");
        }
        assert!(row.details.is_none_or(|details| details.contains("[REDACTED]")));
    }
}

/// That no file of the data directory has the secret's bytes, whatever it is for.
#[track_caller]
fn assert_no_secret(trail: &Trail) {
    let files = files_under(&trail.data);
    assert!(files.iter().any(|(_, bytes)| !bytes.is_empty()), "nothing was written, so that nothing was looked at");
    for (path, bytes) in files {
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "`{}` holds the secret", path.display());
    }
}

#[given("a bus with a handler that fails, one that panics and one that is well")]
fn failing_handlers(trail: &mut Trail) {
    let bus = EventBus::new();
    trail.subscriptions.push(bus.subscribe(["plan_applied"], |_| Err("the handler was told to fail".into())));
    trail.subscriptions.push(bus.subscribe(["plan_applied"], |_| panic!("the handler was told to panic")));
    trail.subscriptions.push(noting(&bus, &trail.called, "well"));
    trail.bus = Some(bus);
}

#[then("the emitter was told of 3 calls, 1 failure and 1 panic")]
fn told(trail: &mut Trail) {
    assert_eq!(trail.lines, ["3 1 1"]);
}

#[then("the handler that is well was called")]
fn well_was_called(trail: &mut Trail) {
    assert_eq!(noted_here(trail), ["well"]);
}
