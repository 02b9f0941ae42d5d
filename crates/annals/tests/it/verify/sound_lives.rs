//! Honest logs that went through something: killed processes, drops, dead letters, an older format, a medium that can't be written. None is accused.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use annals::store::{EventStore as _, Origin, Pending, Refused};
use annals::verify::{Options, verify};
use annals::{Audit, Event, EventId, Filter, Mode, Outcome, PageRequest, ReceiptState, Settings, Timestamp};
use annals_event::{Stamp, encode_own};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_testkit::{Child, Line, PATIENCE, role, say, until};
use rusqlite::Connection;

use super::support::{assert_sound, copied, database, event, record_more, recorded, report};

fn data_of_role() -> PathBuf {
    env::var_os("DATA").unwrap().into()
}

/// Says what a verification says: `sound` and the number of events, or what is accused.
fn say_report(data: &Path) {
    match verify(&database(data), &Options::default(), &mut |_| ()) {
        Ok(report) if report.findings.is_empty() => say(format!("sound {}", report.n_events)),
        Ok(report) => say(format!("{:?}", report.findings)),
        Err(error) => say(error.to_string()),
    }
}

#[test]
fn a_log_with_no_event_at_all_is_sound() {
    let data = tempfile::tempdir().unwrap();
    SqliteStore::open(&database(data.path()), OpenMode::ReadWriteCreate).unwrap().close().unwrap();
    let report = report(data.path());
    assert_sound(&report);
    assert_eq!((report.n_events, report.sealed_size, report.n_checked), (0, 0, 0));
}

#[test]
fn dead_letters_accuse_nobody() {
    let data = recorded(20);
    let store = SqliteStore::open(&database(data.path()), OpenMode::ReadWriteCreate).unwrap();
    for pseq in 0..3 {
        let created_at = Timestamp::from_nanos(1_790_000_000_000_000_000);
        let stamp =
            Stamp { id: EventId::v7(created_at, pseq), created_at, space: "default", credential: "test", begun: false };
        let mut payload = Vec::new();
        encode_own(&event(pseq), &stamp, &mut payload);
        let origin = Origin::Producer(annals::ProducerId::from_bytes([9; 16]));
        let event = Pending { pseq, payload: &payload };
        store.bury(&Refused { origin, event, reason: "a test", credential: None }).unwrap().unwrap();
    }
    store.close().unwrap();
    assert_sound(&report(data.path()));
    record_more(data.path(), 20..25);
    let report = report(data.path());
    assert_sound(&report);
    assert_eq!(report.n_gaps, 3);
}

#[test]
fn dropped_events_accuse_nobody() {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings::new(data.path()).queue_maxsize(4).record_timeout(None);
    let audit = Audit::with_settings(&settings).unwrap();
    audit.record(event(0)).unwrap().wait_durable(PATIENCE).unwrap();
    let holder = Connection::open(database(data.path())).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let n_shed = (0..10).filter(|n| audit.offer(event(*n)).unwrap().state() == ReceiptState::Shed).count();
    assert!(n_shed > 0);
    holder.execute_batch("ROLLBACK").unwrap();
    let gaps = Filter::new().event_type("audit.gap");
    until("the drops are declared", PATIENCE, || audit.count(&gaps).unwrap() > 0);
    audit.close().unwrap();
    let report = report(data.path());
    assert_sound(&report);
    assert!(report.n_gaps > 0);
}

#[test]
fn ends_that_nobody_knows_accuse_nobody() {
    let data = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&Settings::new(data.path()).mode(Mode::Synchronous)).unwrap();
    (0..3).for_each(|_| drop(audit.begin(Event::new("tool.invoked").tool("forgotten")).unwrap()));
    audit.record(event(0).outcome(Outcome::Unknown)).unwrap();
    audit.close().unwrap();
    let reader = Audit::with_settings(&Settings::new(data.path()).mode(Mode::ReadOnly)).unwrap();
    let events = reader.query(&Filter::new(), &PageRequest::default()).unwrap().events;
    assert!(events.iter().any(|event| event.outcome == Some(Outcome::Unknown)));
    assert_sound(&report(data.path()));
}

#[test]
fn a_journal_that_was_adopted_accuses_nobody() {
    if role().is_some() {
        let audit = Audit::open(data_of_role()).unwrap();
        audit.record(event(0)).unwrap().wait_durable(PATIENCE).unwrap();
        // The database is not to be had for the others, which stay in the journal.
        let holder = Connection::open(database(&data_of_role())).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        (1..50).for_each(|n| drop(audit.record(event(n)).unwrap()));
        say("left");
        loop {
            std::thread::park();
        }
    }
    let data = tempfile::tempdir().unwrap();
    let test = "verify::sound_lives::a_journal_that_was_adopted_accuses_nobody";
    let mut child = Child::playing(test, "killed", [("DATA", data.path())]);
    assert_eq!(child.next_line(), Line::Text("left".to_owned()));
    child.kill();
    assert_sound(&report(data.path()));
    let audit = Audit::open(data.path()).unwrap();
    audit.record(event(50)).unwrap().wait_durable(PATIENCE).unwrap();
    let calls = Filter::new().event_type("tool.invoked");
    until("the journal is adopted", PATIENCE, || audit.count(&calls).unwrap() == 51);
    audit.close().unwrap();
    let report = report(data.path());
    assert_sound(&report);
    assert_eq!(report.n_events, report.sealed_size);
}

#[test]
fn a_log_that_another_process_writes_and_leaves_by_a_kill_is_sound() {
    if role().is_some() {
        let settings = Settings::new(data_of_role()).checkpoint_interval(Duration::from_millis(1));
        let audit = Audit::with_settings(&settings).unwrap();
        for n in 0.. {
            audit.record(event(n)).unwrap().wait_durable(PATIENCE).unwrap();
            say("recorded");
        }
    }
    let data = tempfile::tempdir().unwrap();
    let test = "verify::sound_lives::a_log_that_another_process_writes_and_leaves_by_a_kill_is_sound";
    let mut child = Child::playing(test, "writer", [("DATA", data.path())]);
    let mut sizes = Vec::new();
    for _ in 0..12 {
        assert_eq!(child.next_line(), Line::Text("recorded".to_owned()));
        let report = report(data.path());
        assert_sound(&report);
        sizes.push(report.n_events);
    }
    assert!(sizes.is_sorted() && sizes[0] < sizes[11], "it was written meanwhile: {sizes:?}");
    child.kill();
    assert_sound(&report(data.path()));
    record_more(data.path(), 0..1);
    assert_sound(&report(data.path()));
}

#[test]
fn a_wal_on_a_medium_that_cant_be_written_is_read_from_a_private_copy() {
    if role().is_some() {
        let data = data_of_role();
        assert!(fs::write(data.join("new"), "").is_err(), "the medium can't be written");
        say_report(&data);
        return;
    }
    let data = recorded(20);
    let reader = Connection::open(database(data.path())).unwrap();
    let _: i64 = reader.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    record_more(data.path(), 20..25);
    let medium = copied(data.path());
    fs::remove_file(medium.path().join("annals.db-shm")).unwrap();
    assert!(fs::metadata(medium.path().join("annals.db-wal")).unwrap().len() > 0);
    let scratch = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    let mount = "mount --bind \"$DATA\" \"$DATA\" && mount -o remount,bind,ro \"$DATA\" && exec \"$0\" \"$@\"";
    command.args(["--mount", "--map-root-user", "sh", "-c", mount]).arg(env::current_exe().unwrap());
    let test = "verify::sound_lives::a_wal_on_a_medium_that_cant_be_written_is_read_from_a_private_copy";
    let environment = [("DATA", medium.path()), ("TMPDIR", scratch.path())];
    let mut child = Child::playing_by(command, test, "on a read-only medium", environment);
    assert_eq!(child.next_line(), Line::Text("sound 25".to_owned()));
    assert_eq!(child.next_line(), Line::End);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn an_old_store_whose_events_entered_the_tree_is_sound() {
    let data = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/v1/annals.db");
    fs::copy(fixture, database(data.path())).unwrap();
    let before = verify(&database(data.path()), &Options::default(), &mut |_| ()).unwrap_err();
    assert!(before.to_string().contains("(hint: record something"), "{before}");
    record_more(data.path(), 0..3);
    let report = report(data.path());
    assert_sound(&report);
    assert_eq!((report.n_events, report.sealed_size), (11, 11));
    assert!(report.notes.iter().any(|note| note.contains("7 events before the tree")), "{:?}", report.notes);
}
