//! Files for ever: what version 1 wrote is opened, drained and read by every later version, and a newer format is refused by its name.

use std::fs;
use std::path::{Path, PathBuf};

use annals::{Audit, Column, ErrorKind, Event, Filter, Limit, Order, PageRequest, StoredEvent};
use annals_testkit::PATIENCE;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/v1").join(name)
}

/// A data directory with the files of version 1, as a process of then left it.
fn data_of_version_1(parts: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in parts {
        let from = fixture(part);
        if from.is_dir() {
            fs::create_dir(folder.path().join(part)).unwrap();
            for entry in fs::read_dir(from).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), folder.path().join(part).join(entry.file_name())).unwrap();
            }
        } else {
            fs::copy(from, folder.path().join(part)).unwrap();
        }
    }
    folder
}

fn everything(audit: &Audit) -> Vec<StoredEvent> {
    let request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    audit.query(&Filter::new(), &request).unwrap().events
}

fn record_one(audit: &Audit) {
    audit.record(Event::new("session.ended").actor("witness")).unwrap().wait_durable(PATIENCE).unwrap();
}

#[test]
fn a_database_of_version_1_is_read_as_it_was_written() {
    let folder = data_of_version_1(&["annals.db"]);
    // Who only reads brings nothing up to date.
    let before = fs::read(folder.path().join("annals.db")).unwrap();
    let reader = Audit::with_settings(&annals::Settings::new(folder.path()).mode(annals::Mode::ReadOnly)).unwrap();
    assert_eq!(everything(&reader).len(), 7);
    reader.close().unwrap();
    assert_eq!(fs::read(folder.path().join("annals.db")).unwrap(), before);
    let audit = Audit::open(folder.path()).unwrap();
    let rows: Vec<String> = everything(&audit)
        .iter()
        .map(|event| {
            let mut row = String::new();
            annals_event::json::write(event, &mut row);
            row
        })
        .collect();
    let exported = fs::read_to_string(fixture("export.ndjson")).unwrap();
    assert_eq!(rows.len(), 8, "what it held, and the event that says that it is in a tree now");
    assert_eq!(everything(&audit)[7].event_type, "audit.tree_begun");
    for (row, line) in rows.iter().zip(exported.lines()) {
        // The command adds the cursor, which belongs to the answer and not to the event.
        let (event, _cursor) = line.rsplit_once(",\"cursor\":").unwrap();
        assert_eq!(row.trim_end_matches('}'), event.trim_end_matches('}'));
    }
    record_one(&audit);
    assert_eq!(everything(&audit).last().unwrap().seq, 8);
}

#[test]
fn journals_of_version_1_are_drained_once_and_in_order() {
    let folder = data_of_version_1(&["annals.db", "journal"]);
    let audit = Audit::open(folder.path()).unwrap();
    record_one(&audit);
    let events = everything(&audit);
    let drained: Vec<&StoredEvent> =
        events.iter().filter(|event| event.seq > 7 && event.get(Column::ActorName) != Some("witness")).collect();
    assert_eq!(drained.len(), 5, "{drained:?}");
    let plan = drained.iter().find(|event| event.event_type == "plan_applied").unwrap();
    assert_eq!((plan.pseq, plan.get(Column::PlanId)), (0, Some("P-8")));
    let killed: Vec<&&StoredEvent> = drained.iter().filter(|event| event.producer != plan.producer).collect();
    assert_eq!(killed.iter().map(|event| event.pseq).collect::<Vec<u64>>(), [0, 1, 2, 3]);
    // What was drained is what the caller had written: the same lines went into the database directly.
    for (journal, direct) in killed.iter().zip(&events) {
        assert_eq!(
            (&journal.event_type, &journal.texts, &journal.details),
            (&direct.event_type, &direct.texts, &direct.details)
        );
    }
    audit.close().unwrap();
    assert_eq!(fs::read_dir(folder.path().join("journal")).unwrap().count(), 0);
}

#[test]
fn events_of_version_1_are_recorded_from_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    for line in fs::read_to_string(fixture("events.ndjson")).unwrap().lines() {
        audit.record(annals_event::json::from_object(line).unwrap()).unwrap();
    }
    audit.flush().unwrap();
    let then = data_of_version_1(&["annals.db"]);
    let then = everything(&Audit::open(then.path()).unwrap());
    for (now, then) in everything(&audit).iter().zip(&then) {
        assert_eq!((&now.event_type, &now.texts, &now.details), (&then.event_type, &then.texts, &then.details));
        assert_eq!(
            (now.phase, now.outcome, now.duration_ms, now.occurred_at),
            (then.phase, then.outcome, then.duration_ms, then.occurred_at)
        );
    }
}

#[test]
fn a_newer_database_is_refused_by_its_version_and_left_alone() {
    let folder = data_of_version_1(&["annals.db", "journal"]);
    let path = folder.path().join("annals.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 4_711).unwrap();
    let before = fs::read(&path).unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    let error = audit.query(&Filter::new(), &PageRequest::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerFormat, "{error}");
    assert!(error.to_string().contains("4711") && error.to_string().contains("annals.db"), "{error}");
    let error = audit.record(Event::new("session.ended")).unwrap().wait_durable(PATIENCE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerFormat, "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_journal_is_left_alone_and_does_not_hold_up_the_others() {
    let folder = data_of_version_1(&["annals.db", "journal"]);
    let path = folder.path().join("journal/dc1254d7b098be10a5a467c85a65aadb-0.seg");
    let mut bytes = fs::read(&path).unwrap();
    for identity in [0, 128] {
        bytes[identity + 8..identity + 10].copy_from_slice(&9_u16.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[identity..identity + 124]);
        bytes[identity + 124..identity + 128].copy_from_slice(&checksum.to_le_bytes());
    }
    fs::write(&path, &bytes).unwrap();
    let mut adoption = annals_journal::adopt(&folder.path().join("journal"), annals_event::PAYLOAD_FORMAT).unwrap();
    let error = adoption.next_orphan(&|_| false).unwrap().unwrap_err();
    assert_eq!(error.kind(), annals_journal::ErrorKind::NewerFormat, "{error}");
    assert!(error.to_string().contains('9'), "{error}");
    assert!(adoption.next_orphan(&|_| false).is_none());
    let audit = Audit::open(folder.path()).unwrap();
    record_one(&audit);
    // Seven rows, the event that says that they are in a tree now, the other journal's event, and the one just recorded.
    assert_eq!(audit.count(&Filter::new()).unwrap(), 10);
    audit.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), bytes);
}
