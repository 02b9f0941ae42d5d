//! What is wrong with the checkpoints outside, or with the key: events are recorded all the same wherever the database is honest, nothing is sealed that could give one name two
//! histories, and it is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use annals::{Audit, Error, ErrorKind, Event, HealthState, KeyState, Mode, Settings};
use annals_testkit::{PATIENCE, until};
use annals_tlog::{Checkpoint, Note, SignerKey};

fn event() -> Event {
    Event::new("tool.invoked").tool("outside")
}

fn synchronous(data: &Path) -> Audit {
    Audit::with_settings(&Settings::new(data).mode(Mode::Synchronous)).unwrap()
}

fn record(data: &Path, n_events: usize) {
    let audit = synchronous(data);
    for _ in 0..n_events {
        audit.record(event()).unwrap();
    }
    audit.close().unwrap();
}

/// The folder of a log's only name.
fn folder(data: &Path) -> PathBuf {
    let mut logs = fs::read_dir(data.join("checkpoints")).unwrap();
    logs.next().unwrap().unwrap().path()
}

fn lines(data: &Path) -> PathBuf {
    let files = fs::read_dir(folder(data)).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "ndjson")).unwrap()
}

fn published_size(data: &Path) -> Option<u64> {
    let reader = Audit::with_settings(&Settings::new(data).mode(Mode::ReadOnly)).unwrap();
    let evidence = reader.evidence().unwrap().unwrap();
    assert_eq!(evidence.rolled_back, None);
    evidence.published_size
}

/// Records in every mode, and answers why nothing is sealed.
fn recorded_and_not_sealed(data: &Path) -> Error {
    let mut told = None;
    for mode in [Mode::Synchronous, Mode::Asynchronous, Mode::OneShot] {
        let audit = Audit::with_settings(&Settings::new(data).mode(mode)).unwrap();
        let receipt = audit.record(event()).unwrap();
        receipt.wait_durable(PATIENCE).unwrap();
        if mode != Mode::OneShot {
            let error = receipt.wait_sealed(Duration::from_millis(300)).unwrap_err();
            let health = audit.health();
            assert_eq!(health.state, HealthState::Degraded, "{health:?}");
            let because = health.unsealed_because.unwrap();
            assert!(error.kind() == ErrorKind::Timeout || because == error.to_string(), "{because}, {error}");
            audit.record(event()).unwrap().wait_durable(PATIENCE).unwrap();
            told = Some(error);
        }
        audit.close().unwrap();
    }
    told.unwrap()
}

#[test]
fn a_flipped_bit_in_the_newest_checkpoint_outside_stops_nobody() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    record(&data, 12);
    let mut size = 12;
    for at in 0..fs::read(folder(&data).join("latest")).unwrap().len() {
        let latest = folder(&data).join("latest");
        let mut flipped = fs::read(&latest).unwrap();
        let Some(byte) = flipped.get_mut(at) else { break };
        *byte ^= 1 << (at % 7);
        fs::write(&latest, &flipped).unwrap();
        record(&data, 1);
        size += 1;
        assert_eq!(published_size(&data), Some(size), "byte {at}");
        assert_ne!(fs::read(&latest).unwrap(), flipped, "it is good again");
    }
}

#[test]
fn a_flipped_bit_in_the_only_checkpoint_outside_is_told_and_stops_nobody() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    record(&data, 12);
    fs::remove_file(lines(&data)).unwrap();
    let latest = folder(&data).join("latest");
    let good = fs::read_to_string(&latest).unwrap();
    let flipped = good.replacen("\n12\n", "\n92\n", 1);
    fs::write(&latest, &flipped).unwrap();
    let error = recorded_and_not_sealed(&data);
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("latest") && error.to_string().contains("hint:"), "{error}");
    assert_eq!(fs::read_to_string(&latest).unwrap(), flipped, "kept for whoever looks");
    let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
    assert!(reader.evidence().unwrap().unwrap().published_problem.unwrap().contains("latest"));
    // As it was it is good again.
    fs::write(&latest, &good).unwrap();
    record(&data, 1);
    assert_eq!(published_size(&data), Some(18));
}

#[test]
fn what_can_not_be_read_outside_is_told_and_stops_nobody() {
    for what in ["a file for the folder", "a folder for the newest", "a pipe", "a file for the log's folder", "a loop"]
    {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("trail");
        record(&data, 3);
        let of_log = folder(&data);
        let in_the_way = match what {
            "a file for the folder" | "a loop" => data.join("checkpoints"),
            "a folder for the newest" | "a pipe" => of_log.join("latest"),
            _ => of_log,
        };
        let aside = home.path().join("aside");
        fs::rename(&in_the_way, &aside).unwrap();
        match what {
            "a folder for the newest" => fs::create_dir(&in_the_way).unwrap(),
            // Whoever opens it waits for somebody who writes.
            "a pipe" => {
                assert!(std::process::Command::new("mkfifo").arg(&in_the_way).status().unwrap().success());
            }
            "a loop" => std::os::unix::fs::symlink("checkpoints", &in_the_way).unwrap(),
            _ => fs::write(&in_the_way, "").unwrap(),
        }
        recorded_and_not_sealed(&data);
        let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
        let problem = reader.evidence().unwrap().unwrap().published_problem.unwrap();
        assert!(problem.contains("checkpoints") && problem.contains("could not be read"), "{what}: {problem}");
        // Once it is mended, what was recorded meanwhile is sealed.
        if in_the_way.is_dir() { fs::remove_dir(&in_the_way) } else { fs::remove_file(&in_the_way) }.unwrap();
        fs::rename(&aside, &in_the_way).unwrap();
        record(&data, 1);
        assert_eq!(published_size(&data), Some(9), "{what}");
    }
}

#[test]
fn a_checkpoint_that_was_stored_long_ago_and_never_published_is_told() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    record(&data, 3);
    let problem = || {
        let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
        reader.evidence().unwrap().unwrap().published_problem
    };
    assert_eq!(problem(), None);
    fs::remove_dir_all(data.join("checkpoints")).unwrap();
    assert_eq!(problem(), None, "it was stored a moment ago");
    let database = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    database.execute("UPDATE checkpoint SET signed_at = signed_at - 60000000000", []).unwrap();
    assert!(problem().unwrap().contains("of 3 events"));
}

/// Puts another key in the place of the log's, in the database and beside it.
fn exchange_key(data: &Path) {
    let text = fs::read_to_string(data.join("log.key")).unwrap();
    let old: SignerKey = text.trim().parse().unwrap();
    let new = SignerKey::from_seed(old.verifier().name().clone(), &[9; 32]);
    fs::write(data.join("log.key"), new.to_secret_text()).unwrap();
    let database = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    database.execute("UPDATE log_key SET vkey = ?1", [new.verifier().to_string()]).unwrap();
    let notes: Vec<(i64, String)> = database
        .prepare("SELECT size, note FROM checkpoint")
        .and_then(|mut notes| notes.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .unwrap();
    for (size, note) in notes {
        let note = Note::parse(note.as_bytes()).unwrap();
        let note = Checkpoint::unverified(&note).unwrap().sign(&[&new]).unwrap().to_string();
        database.execute("UPDATE checkpoint SET note = ?1 WHERE size = ?2", (note, size)).unwrap();
    }
}

#[test]
fn a_key_that_was_exchanged_seals_nothing_beside_what_the_old_one_has_signed() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    record(&data, 3);
    let before = fs::read_to_string(folder(&data).join("latest")).unwrap();
    exchange_key(&data);
    let error = recorded_and_not_sealed(&data);
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(error.to_string().contains("never had") && error.to_string().contains("annals verify"), "{error}");
    assert_eq!(fs::read_to_string(folder(&data).join("latest")).unwrap(), before, "the trace stays");
    let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
    let evidence = reader.evidence().unwrap().unwrap();
    assert_eq!((evidence.key.state, evidence.sealed_size), (KeyState::Here, Some(3)));
    assert!(evidence.published_problem.unwrap().contains("never had"));
    // Its owner may go on with it under another name.
    let audit = Audit::with_settings(&Settings::new(&data).accept_rollback()).unwrap();
    assert_eq!(audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap().size(), 10);
    assert_eq!(audit.health().state, HealthState::Ok);
    audit.close().unwrap();
}

#[test]
fn a_database_that_was_rebuilt_under_another_key_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    record(&data, 3);
    exchange_key(&data);
    let database = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    database
        .execute_batch(
            "DELETE FROM event WHERE seq = 2; UPDATE tile SET hashes = substr(hashes, 1, 64); DELETE FROM checkpoint",
        )
        .unwrap();
    let error = synchronous(&data).record(event()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RolledBack, "{error}");
}

#[test]
fn a_key_file_that_is_no_key_seals_nothing_and_can_be_left_behind() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    record(&data, 3);
    fs::write(data.join("log.key"), "no key").unwrap();
    let error = recorded_and_not_sealed(&data);
    assert!(error.to_string().contains("log.key") && error.to_string().contains("hint:"), "{error}");
    let audit = Audit::with_settings(&Settings::new(&data).accept_rollback()).unwrap();
    assert_eq!(audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap().size(), 10);
    audit.close().unwrap();
    assert_eq!(fs::read_to_string(data.join("log.key.damaged")).unwrap(), "no key");
}

#[test]
fn a_wait_for_a_checkpoint_without_a_writer_outlasts_others_who_hold_the_database() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    let settings = Settings::new(&data).mode(Mode::Synchronous).checkpoint_interval(Duration::from_hours(24));
    let audit = Audit::with_settings(&settings).unwrap();
    audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
    let receipt = audit.record(event()).unwrap();
    let holder = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let short = receipt.wait_sealed(Duration::from_millis(300)).unwrap_err();
    assert_eq!(short.kind(), ErrorKind::Timeout, "{short}");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| receipt.wait_sealed(PATIENCE));
        until("attempts have failed", PATIENCE, || audit.health().state == HealthState::Degraded);
        holder.execute_batch("ROLLBACK").unwrap();
        assert_eq!(waiting.join().unwrap().unwrap().size(), 2);
    });
}
