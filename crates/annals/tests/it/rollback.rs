//! A database that was put back: refused with both sizes, read all the same, and gone on with under a new name when somebody asks for that.

use std::fs;
use std::path::Path;

use annals::{Audit, Error, ErrorKind, Event, Filter, Limit, Mode, Order, PageRequest, Settings, StoredEvent};
use annals_testkit::{Child, Line, PATIENCE, role, say, until};
use annals_tlog::{Checkpoint, Note, VerifierKey};

fn event() -> Event {
    Event::new("tool.invoked").tool("roll")
}

/// Records so many and closes, which seals.
fn record(settings: &Settings, n_events: usize) -> Result<(), Error> {
    let audit = Audit::with_settings(&settings.clone().mode(Mode::Synchronous))?;
    for _ in 0..n_events {
        audit.record(event())?;
    }
    audit.close()
}

fn copy_database(from: &Path, to: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let name = format!("annals.db{suffix}");
        let _ = fs::remove_file(to.join(&name));
        if from.join(&name).exists() {
            fs::copy(from.join(&name), to.join(&name)).unwrap();
        }
    }
}

fn everything(data: &Path) -> Vec<StoredEvent> {
    let reader = Audit::with_settings(&Settings::new(data).mode(Mode::ReadOnly)).unwrap();
    let request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    reader.query(&Filter::new(), &request).unwrap().events
}

/// A log of five events of which an older copy with two was put back, and its public key.
fn rolled_back(folder: &Path) -> (std::path::PathBuf, String) {
    let (data, aside) = (folder.join("trail"), folder.join("aside"));
    fs::create_dir(&aside).unwrap();
    record(&Settings::new(&data), 2).unwrap();
    copy_database(&data, &aside);
    record(&Settings::new(&data), 3).unwrap();
    let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
    let vkey = reader.evidence().unwrap().unwrap().key.vkey.unwrap();
    reader.close().unwrap();
    copy_database(&aside, &data);
    (data, vkey)
}

#[test]
fn what_was_put_back_is_refused_with_both_sizes_and_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (data, _) = rolled_back(folder.path());
    for mode in [Mode::Synchronous, Mode::Asynchronous] {
        let audit = Audit::with_settings(&Settings::new(&data).mode(mode)).unwrap();
        let error = match audit.record(event()) {
            Err(error) => error,
            Ok(receipt) => receipt.wait_durable(PATIENCE).unwrap_err(),
        };
        assert_eq!(error.kind(), ErrorKind::RolledBack, "{error}");
        assert!(!error.is_retryable());
        let text = error.to_string();
        assert!(text.contains("has 2 events") && text.contains("covers 5"), "{text}");
        assert!(text.contains("--accept-rollback") && text.contains("hint:"), "{text}");
        // The next one fails at once.
        assert_eq!(audit.record(event()).unwrap_err().kind(), ErrorKind::RolledBack);
        drop(audit);
    }
    assert_eq!(everything(&data).len(), 2);
    let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
    let evidence = reader.evidence().unwrap().unwrap();
    assert_eq!((evidence.n_events, evidence.published_size), (2, Some(5)));
    assert!(evidence.rolled_back.unwrap().contains("covers 5"));
}

#[test]
fn accepted_it_goes_on_under_a_new_name_that_the_old_key_leads_to() {
    let folder = tempfile::tempdir().unwrap();
    let (data, old_key) = rolled_back(folder.path());
    record(&Settings::new(&data).accept_rollback(), 1).unwrap();
    let events = everything(&data);
    assert_eq!(events[2].event_type, "audit.continued");
    let details: annals::Value = events[2].details.as_deref().unwrap().parse().unwrap();
    let old: VerifierKey = old_key.parse().unwrap();
    assert_eq!(details["reason"], "rollback_accepted");
    assert_eq!((details["origin"].as_str(), details["size"].as_u64()), (Some(old.name().as_str()), Some(2)));
    // The last checkpoint that anybody knows is in it, and is good.
    let known = Note::parse(details["checkpoint"].as_str().unwrap().as_bytes()).unwrap();
    let known = Checkpoint::open(&known, &old.name().into(), std::slice::from_ref(&old)).unwrap();
    assert_eq!(known.head().size, 5);
    let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
    let evidence = reader.evidence().unwrap().unwrap();
    assert_eq!((evidence.rolled_back, evidence.sealed_size), (None, Some(4)));
    assert_ne!(evidence.origin, old.name().as_str());
    // The first checkpoint of the new name is signed by the old key too.
    let log = evidence.origin.strip_prefix("annals/").unwrap().to_owned();
    let mut files = fs::read_dir(data.join("checkpoints").join(log)).unwrap().map(|entry| entry.unwrap().path());
    let month = files.find(|path| path.extension().is_some_and(|extension| extension == "ndjson")).unwrap();
    let line: annals::Value = fs::read_to_string(month).unwrap().lines().next().unwrap().parse().unwrap();
    let first = Note::parse(line["note"].as_str().unwrap().as_bytes()).unwrap();
    let new: VerifierKey = evidence.key.vkey.unwrap().parse().unwrap();
    assert_eq!(first.verify(&[old.clone(), new]).unwrap().signers.len(), 2);
    let old_log = old.name().as_str().strip_prefix("annals/").unwrap();
    assert!(data.join(format!("log.key.{old_log}")).exists());
    // It is an ordinary log again, without being asked.
    record(&Settings::new(&data), 1).unwrap();
    // Accepting where nothing was rolled back changes nothing.
    record(&Settings::new(&data).accept_rollback(), 1).unwrap();
    assert_eq!(everything(&data).iter().filter(|event| event.event_type == "audit.continued").count(), 1);
}

#[test]
fn a_log_whose_key_is_lost_goes_on_under_a_new_one_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    record(&Settings::new(&data), 2).unwrap();
    fs::remove_file(data.join("log.key")).unwrap();
    record(&Settings::new(&data).accept_rollback(), 1).unwrap();
    let events = everything(&data);
    let details: annals::Value = events[2].details.as_deref().unwrap().parse().unwrap();
    assert_eq!((events.len(), details["reason"].as_str()), (4, Some("key_lost")));
    let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
    assert_eq!(reader.evidence().unwrap().unwrap().sealed_size, Some(4));
}

#[test]
fn a_journal_of_before_is_adopted_and_what_the_log_lost_of_it_is_declared() {
    let data_of = || std::path::PathBuf::from(std::env::var("DATA").unwrap());
    if role().is_some() {
        let audit = Audit::open(data_of()).unwrap();
        for number in 0..4 {
            audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
            say(format!("{number}"));
            // The parent copies the database after the second.
            if number == 1 {
                until("the parent has copied", PATIENCE, || data_of().with_extension("copied").exists());
            }
        }
        // The database is not to be had for the last one, which stays in the journal.
        let holder = rusqlite::Connection::open(data_of().join("annals.db")).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        audit.record(event()).unwrap();
        say("left");
        loop {
            std::thread::park();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, aside) = (folder.path().join("trail"), folder.path().join("aside"));
    fs::create_dir(&aside).unwrap();
    let test = "rollback::a_journal_of_before_is_adopted_and_what_the_log_lost_of_it_is_declared";
    let mut child = Child::playing(test, "recorder", [("DATA", &data)]);
    while child.next_line() != Line::Text("1".to_owned()) {}
    copy_database(&data, &aside);
    fs::write(data.with_extension("copied"), "").unwrap();
    while child.next_line() != Line::Text("left".to_owned()) {}
    child.kill();
    copy_database(&aside, &data);
    let audit = Audit::with_settings(&Settings::new(&data).accept_rollback()).unwrap();
    audit.record(event()).unwrap().wait_durable(PATIENCE).unwrap();
    until("the journal is adopted", PATIENCE, || {
        audit.waiting().unwrap().iter().all(|journal| journal.state == annals::WaitingState::Live)
    });
    audit.close().unwrap();
    let events = everything(&data);
    let producer = events[0].producer;
    let of_child: Vec<u64> = events.iter().filter(|event| event.producer == producer).map(|event| event.pseq).collect();
    // What the journal still held is back; what it had given up already is declared as lost by the target.
    let gaps: Vec<annals::Value> = events
        .iter()
        .filter(|event| event.event_type == "audit.gap")
        .map(|event| event.details.as_deref().unwrap().parse().unwrap())
        .collect();
    assert_eq!((&of_child[..2], of_child.last()), (&[0, 1][..], Some(&4)), "{of_child:?}");
    let n_lost = 5 - of_child.len() as u64;
    if n_lost == 0 {
        assert_eq!(gaps.len(), 0, "{gaps:?}");
    } else {
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!((gaps[0]["reason"].as_str(), gaps[0]["count"].as_u64()), (Some("target_lost"), Some(n_lost)));
    }
}

/// Takes the last rows away, as somebody does who knows SQL and not more.
fn cut_rows(data: &Path, from: u64) {
    let database = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    let n = database.execute(&format!("DELETE FROM event WHERE seq >= {from}"), []).unwrap();
    assert!(n > 0);
}

#[track_caller]
fn assert_sound(data: &Path) {
    let report = annals::verify::verify(&data.join("annals.db"), &annals::verify::Options::default(), &mut |_| {});
    let report = report.unwrap();
    assert_eq!(report.findings, [], "{report:#?}");
}

#[test]
fn a_cut_log_that_is_accepted_verifies_and_its_loss_is_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    record(&Settings::new(&data), 20).unwrap();
    // Other producers, one of which is cut off altogether.
    for _ in 0..2 {
        let audit = Audit::open(&data).unwrap();
        for _ in 0..10 {
            audit.record(event()).unwrap();
        }
        audit.close().unwrap();
    }
    cut_rows(&data, 25);
    assert_eq!(record(&Settings::new(&data), 1).unwrap_err().kind(), ErrorKind::RolledBack);
    record(&Settings::new(&data).accept_rollback(), 3).unwrap();
    assert_sound(&data);
    let details: annals::Value = everything(&data)[25].details.as_deref().unwrap().parse().unwrap();
    assert_eq!((details["reason"].as_str(), details["size"].as_u64()), (Some("rollback_accepted"), Some(25)));
    // A second time, over the first.
    cut_rows(&data, 22);
    record(&Settings::new(&data).accept_rollback(), 3).unwrap();
    assert_sound(&data);
    record(&Settings::new(&data), 3).unwrap();
    assert_sound(&data);
}

#[test]
fn a_cut_over_a_change_of_key_is_accepted_and_sound() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    record(&Settings::new(&data), 20).unwrap();
    let audit = Audit::with_settings(&Settings::new(&data).mode(Mode::Synchronous)).unwrap();
    audit.rotate_key().unwrap();
    audit.close().unwrap();
    record(&Settings::new(&data), 20).unwrap();
    cut_rows(&data, 10);
    record(&Settings::new(&data).accept_rollback(), 3).unwrap();
    assert_sound(&data);
    record(&Settings::new(&data), 30).unwrap();
    assert_sound(&data);
}

#[test]
fn a_cut_over_an_erasure_is_accepted_and_later_erasures_work() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let settings = Settings::new(&data).mode(Mode::Synchronous);
    let erase = |user: &str| {
        let audit = Audit::with_settings(&settings).unwrap();
        let erased = audit.erase(&annals::Erasure::of_user(user, "case 12").unwrap(), &mut |_| {}).unwrap();
        audit.close().unwrap();
        erased
    };
    let of = |users: &[&str]| {
        let audit = Audit::with_settings(&settings.clone().accept_rollback()).unwrap();
        for user in users {
            audit.record(event().user(*user)).unwrap();
        }
        audit.close().unwrap();
    };
    of(&["ada"; 10]);
    of(&["grace"; 10]);
    assert_eq!(erase("grace").n_events, 10);
    cut_rows(&data, 10);
    // The same places get other rows, the same event among them.
    of(&["edith"; 9]);
    assert_eq!(erase("ada").n_events, 10);
    assert_sound(&data);
    assert_eq!(erase("edith").n_events, 9);
    assert_sound(&data);
}

/// Records on while the log gets another name, until it is killed.
fn record_under_the_old_name(data: &Path) -> ! {
    let audit = Audit::open(data).unwrap();
    let receipt = audit.record(event()).unwrap();
    receipt.wait_sealed(PATIENCE).unwrap();
    say(receipt.id().to_string());
    until("the log has another name", PATIENCE, || data.with_extension("renamed").exists());
    for _ in 0..3 {
        let receipt = audit.record(event()).unwrap();
        say(receipt.id().to_string());
        assert_eq!(receipt.wait_durable(std::time::Duration::ZERO).unwrap_err().kind(), ErrorKind::Timeout);
    }
    until("it is told", PATIENCE, || {
        audit.health().last_error.is_some_and(|error| error.contains("replaced") && error.contains("hint:"))
    });
    assert_eq!(audit.health().queued, 3);
    say("told");
    loop {
        std::thread::park();
    }
}

#[test]
fn what_a_process_recorded_under_the_old_name_is_adopted_once() {
    let data_of = || std::path::PathBuf::from(std::env::var("DATA").unwrap());
    if role().is_some() {
        record_under_the_old_name(&data_of());
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let this = "rollback::what_a_process_recorded_under_the_old_name_is_adopted_once";
    let mut child = Child::playing(this, "recorder", [("DATA", &data)]);
    let mut promised = vec![child.line()];
    // Somebody else goes on under a new name meanwhile.
    fs::remove_file(data.join("log.key")).unwrap();
    record(&Settings::new(&data).accept_rollback(), 1).unwrap();
    fs::write(data.with_extension("renamed"), "").unwrap();
    promised.extend((0..3).map(|_| child.line()));
    assert_eq!(child.line(), "told");
    assert_sound(&data);
    child.kill();
    for _ in 0..2 {
        let audit = Audit::open(&data).unwrap();
        audit.record(event()).unwrap().wait_durable(PATIENCE).unwrap();
        until("the journal is adopted", PATIENCE, || {
            audit.waiting().unwrap().iter().all(|journal| journal.state == annals::WaitingState::Live)
        });
        audit.close().unwrap();
    }
    let events = everything(&data);
    for id in &promised {
        assert_eq!(events.iter().filter(|event| event.id.to_string() == *id).count(), 1, "{id}");
    }
    assert_eq!(events.iter().filter(|event| event.event_type == "audit.gap").count(), 0);
    assert_sound(&data);
}

#[test]
fn a_copy_from_before_the_first_checkpoint_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let (data, aside) = (folder.path().join("trail"), folder.path().join("aside"));
    fs::create_dir(&aside).unwrap();
    // Opened and not recorded into: there is a database, and no key yet.
    fs::create_dir(&data).unwrap();
    let store = annals_sqlite::SqliteStore::open(&data.join("annals.db"), annals_sqlite::OpenMode::ReadWriteCreate);
    annals_store::EventStore::close(&store.unwrap()).unwrap();
    copy_database(&data, &aside);
    record(&Settings::new(&data), 3).unwrap();
    copy_database(&aside, &data);
    record(&Settings::new(&data).accept_rollback(), 2).unwrap();
    assert_sound(&data);
    record(&Settings::new(&data), 2).unwrap();
    assert_sound(&data);
}

#[test]
fn a_copy_from_before_changes_of_key_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let (data, aside) = (folder.path().join("trail"), folder.path().join("aside"));
    fs::create_dir(&aside).unwrap();
    record(&Settings::new(&data), 3).unwrap();
    copy_database(&data, &aside);
    let audit = Audit::with_settings(&Settings::new(&data).mode(Mode::Synchronous)).unwrap();
    audit.rotate_key().unwrap();
    audit.record(Event::new("tool.invoked")).unwrap();
    audit.rotate_key().unwrap();
    audit.close().unwrap();
    record(&Settings::new(&data), 3).unwrap();
    copy_database(&aside, &data);
    record(&Settings::new(&data).accept_rollback(), 2).unwrap();
    assert_sound(&data);
}
