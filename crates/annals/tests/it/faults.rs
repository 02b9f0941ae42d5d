//! Real faults, one test each: full disks, locks held elsewhere, files that may not be written, damage.
//!
//! | fault | what the user gets |
//! | --- | --- |
//! | the disk is full at open | an error of kind `StorageFull` with path and hint, the event given back |
//! | the disk runs full while recording | `record` goes on into reserved space, health says degraded, all is durable within 5 s once there is room |
//! | the write lock is held elsewhere for 10 s | `record` returns meanwhile; durable within 1 s after |
//! | the data directory's folder is missing, may not be written, is read-only | an error of that kind with path and hint |
//! | the database is damaged | refused at once; the journal keeps what was accepted |
//! | a journal is damaged | everything before the damage is recovered, the rest is a declared gap |

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use annals::{Audit, Error, ErrorKind, Event, Filter, HealthState, PageRequest, Settings, json};
use annals_testkit::{Child, PATIENCE, SmallDisk, Threads, role, say, until};

fn event(number: u64) -> Event {
    Event::new("tool.invoked").actor("faulty").tool("write_file").details(json!({ "number": number }))
}

/// Opens, records one event and waits for it.
fn record_one(data: &Path) -> Result<u64, Error> {
    let audit = Audit::with_settings(&Settings::new(data).record_timeout(Some(Duration::from_secs(1))))?;
    Ok(audit.record(event(0))?.wait_durable(Duration::from_secs(5))?.seq())
}

fn count(data: &Path, filter: &Filter) -> u64 {
    Audit::open(data).unwrap().count(filter).unwrap()
}

/// Lets a process record, which adopts what waits.
fn adopt(data: &Path) {
    let audit = Audit::open(data).unwrap();
    audit.record(Event::new("session.ended").actor("witness")).unwrap().wait_durable(PATIENCE).unwrap();
    audit.close().unwrap();
}

#[test]
fn a_full_disk_at_open_is_said_with_its_path_and_the_event_comes_back() {
    SmallDisk::run("faults::a_full_disk_at_open_is_said_with_its_path_and_the_event_comes_back", 4 << 20, |disk| {
        let data = disk.path().join("trail");
        let filling = disk.fill();
        let audit = Audit::open(&data).unwrap();
        let error = audit.record(event(7)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
        assert!(error.to_string().contains(data.to_str().unwrap()) && error.to_string().contains("hint:"), "{error}");
        assert_eq!(error.into_event(), Some(event(7)));
        drop(filling);
    });
}

#[test]
fn a_disk_that_runs_full_while_recording_loses_nothing() {
    SmallDisk::run("faults::a_disk_that_runs_full_while_recording_loses_nothing", 24 << 20, |disk| {
        let data = disk.path().join("trail");
        let settings = Settings::new(&data)
            .journal_bytes(4 << 20)
            .queue_maxsize(100_000)
            .record_timeout(Some(Duration::from_mins(1)));
        let audit = Audit::with_settings(&settings).unwrap();
        for number in 0..1_000 {
            audit.record(event(number)).unwrap();
        }
        audit.flush().unwrap();
        let filling = disk.fill();
        // The journal's space is reserved: these go on being accepted.
        let mut receipt = None;
        let mut number = 1_000;
        while audit.health().state == HealthState::Ok {
            assert!(number < 200_000, "the database never noticed that the disk is full");
            receipt = Some(audit.record(event(number)).unwrap());
            number += 1;
            if number % 1_000 == 0 {
                // The writer needs a moment to meet the end of the disk.
                let _ = receipt.as_ref().unwrap().wait_durable(Duration::from_millis(20));
            }
        }
        let health = audit.health();
        assert_eq!(health.state, HealthState::Degraded, "{health:?}");
        assert!(
            health.queued > 0 && health.last_error.as_deref().is_some_and(|error| error.contains("hint:")),
            "{health:?}"
        );
        for _ in 0..100 {
            receipt = Some(audit.record(event(number)).unwrap());
            number += 1;
        }
        drop(filling);
        let space_returned = Instant::now();
        receipt.unwrap().wait_durable(Duration::from_secs(5)).unwrap();
        assert!(space_returned.elapsed() <= Duration::from_secs(5));
        assert_eq!(audit.count(&Filter::new()).unwrap(), number);
        assert_eq!(audit.health().state, HealthState::Ok);
        audit.close().unwrap();
    });
}

#[test]
fn a_write_lock_held_elsewhere_for_ten_seconds_delays_durability_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    record_one(&data).unwrap();
    let other = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let audit = Audit::open(&data).unwrap();
    let receipts: Vec<_> = (0..100).map(|number| audit.record(event(number)).unwrap()).collect();
    // `record` has returned a hundred times; the wait is for the ten seconds that the lock is held.
    let error = receipts[99].wait_durable(Duration::from_secs(10)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    let health = audit.health();
    assert_eq!((health.state, health.queued), (HealthState::Degraded, 100), "{health:?}");
    assert!(10_000 <= health.oldest_queued_ms, "{health:?}");
    other.execute_batch("COMMIT").unwrap();
    receipts[99].wait_durable(Duration::from_secs(1)).unwrap();
    assert_eq!(audit.health().state, HealthState::Ok);
    audit.close().unwrap();
}

#[test]
fn a_missing_folder_is_said_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("no").join("trail");
    let error = record_one(&data).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains(data.to_str().unwrap()) && error.to_string().contains("hint:"), "{error}");
    assert!(!data.parent().unwrap().exists(), "a slip in a path must not make a tree");
}

#[test]
fn a_read_only_disk_is_said_with_its_path() {
    SmallDisk::run("faults::a_read_only_disk_is_said_with_its_path", 64 << 20, |disk| {
        let data = disk.path().join("trail");
        record_one(&data).unwrap();
        disk.make_read_only();
        let error = record_one(&data).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
        assert!(error.to_string().contains(data.to_str().unwrap()) && error.to_string().contains("hint:"), "{error}");
        // Reading goes on.
        let settings = Settings::new(&data).mode(annals::Mode::ReadOnly);
        assert_eq!(Audit::with_settings(&settings).unwrap().count(&Filter::new()).unwrap(), 1);
        disk.make_writable();
    });
}

#[test]
fn a_folder_that_may_not_be_written_is_said_with_its_path() {
    let test = "faults::a_folder_that_may_not_be_written_is_said_with_its_path";
    if role().is_some() {
        let error = record_one(Path::new(&std::env::var("DATA").unwrap())).unwrap_err();
        say(format!("{:?} {error}", error.kind()));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    fs::create_dir(&data).unwrap();
    for path in [folder.path(), &data] {
        let mut permissions = fs::metadata(path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o555);
        fs::set_permissions(path, permissions).unwrap();
    }
    let mut child = as_nobody(test, &data);
    let said = child.line();
    assert!(
        said.starts_with("Permission ") && said.contains(data.to_str().unwrap()) && said.contains("hint:"),
        "{said}"
    );
    for path in [&data, folder.path()] {
        let mut permissions = fs::metadata(path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
        fs::set_permissions(path, permissions).unwrap();
    }
}

/// Plays the test's role as a user who may do little: root may write everywhere, so that it would see no fault.
fn as_nobody(test: &str, data: &Path) -> Child {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    if !is_root {
        return Child::playing(test, "nobody", [("DATA", data)]);
    }
    // A copy, since the folder of the test binary may be closed to others.
    let copy = data.parent().unwrap().join("test-binary");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(copy);
    Child::playing_by(command, test, "nobody", [("DATA", data)])
}

#[test]
fn a_damaged_database_is_refused_and_the_journal_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("annals.db"), b"this is no database, and never was one; it is only text".repeat(100)).unwrap();
    let audit = Audit::open(&data).unwrap();
    // Lazy: the journal takes events until the writer has looked.
    let receipt = audit.record(event(0)).unwrap();
    let error = receipt.wait_durable(PATIENCE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let error = audit.record(event(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("annals.db") && error.into_event() == Some(event(1)));
    assert_eq!(audit.health().state, HealthState::Failing);
    assert_eq!(audit.close().unwrap_err().kind(), ErrorKind::Corrupt);
    // Nobody touched the file, and the accepted event is still there for whoever puts a sound database back.
    assert!(fs::read(data.join("annals.db")).unwrap().starts_with(b"this is no database"));
    fs::remove_file(data.join("annals.db")).unwrap();
    adopt(&data);
    assert_eq!(count(&data, &Filter::new()), 2);
}

/// Leaves a journal of a dead process with this many events, and answers its segments.
fn leave_journal(test: &str, data: &Path) -> Vec<PathBuf> {
    let mut child = Child::playing(test, "leaver", [("DATA", data)]);
    assert_eq!(child.line(), "recorded");
    child.kill();
    let mut segments: Vec<PathBuf> =
        fs::read_dir(data.join("journal")).unwrap().map(|entry| entry.unwrap().path()).collect();
    segments.retain(|path| path.extension().is_some_and(|extension| extension == "seg"));
    segments.sort();
    segments
}

#[test]
fn a_damaged_journal_gives_what_stands_before_the_damage_and_declares_the_rest() {
    let test = "faults::a_damaged_journal_gives_what_stands_before_the_damage_and_declares_the_rest";
    if role().is_some() {
        let data = PathBuf::from(std::env::var("DATA").unwrap());
        fs::create_dir(&data).unwrap();
        // A folder in the database's place: nothing can become durable, so that everything stays in the journal.
        fs::create_dir(data.join("annals.db")).unwrap();
        let audit = Audit::open(&data).unwrap();
        for number in 0..100 {
            audit.record(event(number)).unwrap();
        }
        say("recorded");
        std::thread::park();
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let segments = leave_journal(test, &data);
    assert_eq!(segments.len(), 1);
    let mut bytes = fs::read(&segments[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&segments[0], &bytes).unwrap();
    fs::remove_dir(data.join("annals.db")).unwrap();
    adopt(&data);
    let audit = Audit::open(&data).unwrap();
    let gaps = audit.query(&Filter::new().event_type("audit.gap"), &PageRequest::default()).unwrap().events;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    let gap: annals::Value = gaps[0].details.as_deref().unwrap().parse().unwrap();
    assert_eq!(gap["reason"], "damaged", "{gap}");
    let first = gap["first_pseq"].as_u64().unwrap();
    let n_before = audit.count(&Filter::new().event_type("tool.invoked")).unwrap();
    // Every event but the damaged one is there: one bit costs one event, and that is said.
    assert_eq!((n_before, gap["last_pseq"].as_u64(), gap["count"].as_u64()), (99, Some(first), Some(1)), "{gap}");
}

#[test]
fn a_full_queue_lets_the_caller_go_with_its_event_when_nothing_moves() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    record_one(&data).unwrap();
    let other = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let settings = Settings::new(&data).queue_maxsize(10).record_timeout(Some(Duration::from_millis(200)));
    let audit = Audit::with_settings(&settings).unwrap();
    for number in 0..10 {
        audit.record(event(number)).unwrap();
    }
    let error = audit.record(event(10)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded, "{error}");
    assert_eq!(error.into_event(), Some(event(10)));
    // One that waits gets its room as soon as the writer makes some.
    let mut threads = Threads::new();
    let waiting = Audit::with_settings(&Settings::new(&data)).unwrap();
    drop(waiting);
    let recorder = audit.clone();
    threads.spawn("blocked recorder", move || {
        loop {
            match recorder.record(event(11)) {
                Ok(receipt) => return receipt,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Overloaded, "{error}"),
            }
        }
    });
    other.execute_batch("COMMIT").unwrap();
    threads.join().pop().unwrap().wait_durable(PATIENCE).unwrap();
    until("the queue is empty", PATIENCE, || audit.health().queued == 0);
    audit.close().unwrap();
    assert_eq!(count(&data, &Filter::new()), 12);
}
