//! A session without an end closes after a day of silence, by whichever process records next. The test gives the clock by which the past was recorded.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use annals::{Audit, Column, Event, Filter, Mode, Outcome, PageRequest, Phase, Settings, StoredEvent, Timestamp};
use annals_sqlite::{Clock, OpenMode, SqliteStore};
use annals_testkit::{PATIENCE, until};

const HOUR: Duration = Duration::from_hours(1);

/// Records these so long ago.
fn record_ago(data: &Path, age: Duration, events: &[Event]) {
    fs::create_dir_all(data).unwrap();
    let clock = Clock::new(move || Timestamp::from(SystemTime::now() - age));
    let store = SqliteStore::open_with_clock(&data.join("annals.db"), OpenMode::ReadWriteCreate, clock).unwrap();
    // Over a given store nobody looks around, which would be with the clock of today.
    let audit = Audit::with_store(Arc::new(store)).unwrap();
    for event in events {
        audit.record(event.clone()).unwrap();
    }
    audit.close().unwrap();
}

/// Records an event as a process of this kind would, and ends.
fn record_now(data: &Path, mode: Mode) {
    let audit = Audit::with_settings(&Settings::new(data).mode(mode)).unwrap();
    audit.record(Event::new("session.notified").session("witness")).unwrap().wait_durable(PATIENCE).unwrap();
    if mode == Mode::Asynchronous {
        // Its writer looks around once in ten seconds, and for the first time when it starts.
        until("the look", PATIENCE, || !ends(data).is_empty());
    }
    audit.close().unwrap();
}

/// The ends that nobody reported.
fn ends(data: &Path) -> Vec<StoredEvent> {
    let audit = Audit::with_settings(&Settings::new(data).mode(Mode::ReadOnly)).unwrap();
    let filter = Filter::new().event_type("session.ended").outcome(Outcome::Unknown);
    audit.query(&filter, &PageRequest::default()).unwrap().events
}

fn created(session: &str) -> Event {
    Event::new("session.created").session(session).client("claude-code").project("shop").user("ada")
}

#[test]
fn a_day_without_an_event_ends_a_session_whoever_records_next() {
    for mode in [Mode::Asynchronous, Mode::Synchronous, Mode::OneShot] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        let intent = Event::new("tool.invoked").session("s").operation("o").phase(Phase::Intent);
        record_ago(&data, 25 * HOUR, &[created("s"), intent]);
        record_now(&data, mode);
        let ended = ends(&data);
        assert_eq!(ended.len(), 1, "{mode:?}");
        for (column, text) in [
            (Column::SessionId, "s"),
            (Column::Client, "claude-code"),
            (Column::ProjectName, "shop"),
            (Column::UserIdentity, "ada"),
        ] {
            assert_eq!(ended[0].get(column), Some(text), "{mode:?}");
        }
        record_now(&data, mode);
        assert_eq!(ends(&data).len(), 1, "{mode:?}: once");
        let audit = Audit::open(&data).unwrap();
        let calls = audit
            .query(&Filter::new().event_type("tool.invoked").outcome(Outcome::Unknown), &PageRequest::default())
            .unwrap();
        assert_eq!(calls.events.len(), 1, "{mode:?}: its call ended with it");
    }
}

#[test]
fn less_than_a_day_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    record_ago(&data, 30 * HOUR, &[created("began long ago")]);
    record_ago(&data, 23 * HOUR, &[Event::new("tool.invoked").session("began long ago"), created("young")]);
    record_now(&data, Mode::Synchronous);
    assert!(ends(&data).is_empty());
}

#[test]
fn processes_of_one_event_look_around_now_and_then() {
    let ago = |seconds: u64| SystemTime::now() - Duration::from_secs(seconds);
    // A clock that was set back must not keep everybody from looking.
    for last_look in [ago(61), SystemTime::now() + 48 * HOUR] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        record_ago(&data, 25 * HOUR, &[created("s")]);
        let looked = data.join("journal/looked");
        fs::create_dir(data.join("journal")).unwrap();
        let file = File::create(&looked).unwrap();
        for recently in [ago(0), ago(30)] {
            file.set_modified(recently).unwrap();
            record_now(&data, Mode::OneShot);
            assert!(ends(&data).is_empty(), "somebody has just looked");
        }
        file.set_modified(last_look).unwrap();
        record_now(&data, Mode::OneShot);
        assert_eq!(ends(&data).len(), 1);
        let looked_at = fs::metadata(&looked).unwrap().modified().unwrap();
        assert!(ago(30) < looked_at && looked_at <= SystemTime::now(), "the next one need not");
    }
}
