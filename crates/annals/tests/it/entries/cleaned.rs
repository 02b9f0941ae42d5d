//! Cleaning up: what is stale goes for good, under the log, and the database is opened once whoever needs it first.

use std::sync::Arc;

use annals::{Audit, Caller, Filter, PageRequest, Settings, Timestamp};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::EventStore;
use annals_store::awareness::{Action, Desk, Entry, EntryId, EntryType, Record, Terms};
use annals_testkit::{Gate, Threads, counted};

use super::{notes, remember};

/// Entries of a space: so many stale ones, and one each that is trashed and expired, and not yet stale.
fn fill(audit: &Audit, space: &'static str, n_stale: u64) {
    let caller = Caller::new(space, "alice").unwrap();
    let work = move |desk: &mut dyn Desk| {
        let mut events = Vec::new();
        for n in 0..n_stale + 2 {
            let mut bytes = [0; 16];
            bytes[8..].copy_from_slice(&n.to_be_bytes());
            let mut entry = Entry::new(EntryId::v4(bytes), EntryType::Note, "test", Timestamp::from_nanos(1));
            let moment = Some(Timestamp::from_nanos(if n < n_stale { 10 } else { 20 }));
            if n % 2 == 0 {
                entry.deleted = moment;
            } else {
                entry.expires = moment;
            }
            let entry = desk.put(entry, &Terms::default(), &[])?;
            events.push(Record::change(space, Action::Created, &entry, "test"));
        }
        Ok(((), events))
    };
    audit.change::<(), (), _>(&caller, work).unwrap();
}

#[test]
fn what_is_stale_is_purged_with_an_event_each() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    fill(&audit, "team", 200);
    fill(&audit, "other", 3);
    remember(&audit, &Caller::new("team", "alice").unwrap(), 7).unwrap();
    let before = Timestamp::from_nanos(20);
    // Two who clean at once purge each entry once.
    let mut threads = Threads::new();
    for n in 0..2 {
        let audit = audit.clone();
        threads.spawn(format!("cleaner {n}"), move || audit.purge_stale(before).unwrap());
    }
    assert_eq!(threads.join().into_iter().sum::<u64>(), 203);
    assert_eq!(audit.purge_stale(before).unwrap(), 0);
    assert_eq!(audit.count(&Filter::new().event_type("entity_deleted")).unwrap(), 203);
    let purged = audit.query(&Filter::new().event_type("entity_deleted"), &PageRequest::default()).unwrap().events;
    assert!(purged.iter().all(|event| event.credential.as_deref() == Some("annals")), "{:?}", purged[0]);
    assert_eq!(notes(&audit, &Caller::new("team", "alice").unwrap()), [EntryId::v4([7; 16])]);
    audit.close().unwrap();
    let database = folder.path().join("annals.db");
    let report = annals::verify::verify(&database, &annals::verify::Options::default(), &mut |_| ()).unwrap();
    assert_eq!(report.findings, []);
    assert!(report.notes.iter().any(|note| note == "5 entries were held against the log"), "{:?}", report.notes);
}

#[test]
fn a_cleaner_and_nine_requests_at_once_open_the_database_once() {
    for is_guarded in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("annals.db");
        let (count, opener) = counted(move |_| -> Result<Arc<dyn EventStore>, annals_store::Error> {
            Ok(Arc::new(SqliteStore::open(&database, OpenMode::ReadWriteCreate)?))
        });
        let opener = Arc::new(opener);
        let service = || {
            let opener = Arc::clone(&opener);
            Audit::with_opener(&Settings::new(folder.path()), move || opener()).unwrap()
        };
        let shared = service();
        let gate = Arc::new(Gate::new("first callers", 10));
        let mut threads = Threads::new();
        for n in 0..10_u8 {
            // The control: each has a service of its own.
            let (gate, audit) = (Arc::clone(&gate), if is_guarded { shared.clone() } else { service() });
            threads.spawn(format!("caller {n}"), move || {
                let alice = Caller::new("team", "alice").unwrap();
                gate.wait();
                match n {
                    0 => drop(audit.purge_stale(Timestamp::from_nanos(1)).unwrap()),
                    1..=4 => drop(remember(&audit, &alice, n).unwrap()),
                    5 => drop(audit.count(&Filter::new()).unwrap()),
                    _ => drop(notes(&audit, &alice)),
                }
                if !is_guarded {
                    audit.close().unwrap();
                }
            });
        }
        threads.join();
        assert_eq!(count.n() == 1, is_guarded, "opened {} times", count.n());
        assert_eq!(notes(&shared, &Caller::new("team", "alice").unwrap()).len(), 4);
        shared.close().unwrap();
    }
}
