//! Sealing: how soon, by which key, what happens without one, and what a full disk does to it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use annals::{Audit, ErrorKind, Event, Filter, HealthState, KeyState, Mode, ReceiptState, Settings};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{EventStore, Kept};
use annals_testkit::{PATIENCE, SmallDisk, until};
use annals_tlog::{Checkpoint, Note, VerifierKey};

fn event() -> Event {
    Event::new("tool.invoked").tool("seal")
}

/// So that nothing is sealed but what somebody asks for.
fn seldom(data: &Path) -> Settings {
    Settings::new(data).checkpoint_interval(Duration::from_hours(24))
}

/// What the database has: size, number of checkpoints, the newest one.
fn stored(data: &Path) -> (u64, Vec<annals_store::StoredCheckpoint>) {
    let store = SqliteStore::open(&data.join("annals.db"), OpenMode::ReadOnly).unwrap();
    let evidence = store.evidence().unwrap();
    (evidence.standing().unwrap().tree.size, evidence.checkpoints(0, 1_000).unwrap())
}

/// The note that was published, verified with this key.
fn published(data: &Path, vkey: &str) -> Checkpoint {
    let key: VerifierKey = vkey.parse().unwrap();
    let log = key.name().as_str().strip_prefix("annals/").unwrap();
    let note = fs::read(data.join("checkpoints").join(log).join("latest")).unwrap();
    Checkpoint::open(&Note::parse(&note).unwrap(), &key.name().into(), std::slice::from_ref(&key)).unwrap()
}

#[test]
fn the_interval_seals_what_grew_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::with_settings(&Settings::new(&data).checkpoint_interval(Duration::from_millis(20))).unwrap();
    let receipt = audit.record(event()).unwrap();
    until("the interval seals it", PATIENCE, || receipt.state() == ReceiptState::Sealed);
    let evidence = audit.evidence().unwrap().unwrap();
    assert_eq!((evidence.n_events, evidence.sealed_size, evidence.published_size), (1, Some(1), Some(1)));
    assert_eq!(evidence.key.state, KeyState::Here);
    assert_eq!(audit.health().sealed_size, Some(1));
    assert_eq!(audit.health().state, HealthState::Ok);
    audit.close().unwrap();
    let (size, checkpoints) = stored(&data);
    assert_eq!((size, checkpoints.len()), (1, 1));
    assert_eq!(checkpoints[0].kept, Kept::Close, "closing names it, and signs no other of the same tree");
    assert_eq!(published(&data, &evidence.key.vkey.unwrap()).head().size, 1);
}

#[test]
fn whoever_waits_has_it_sealed_at_once_in_every_mode() {
    for mode in [Mode::Asynchronous, Mode::Synchronous] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        let audit = Audit::with_settings(&seldom(&data).mode(mode)).unwrap();
        audit.record(event()).unwrap().wait_durable(PATIENCE).unwrap();
        for number in 1..4_u64 {
            let receipt = audit.record(event()).unwrap();
            let sealed = if number == 2 {
                futures_block_on(receipt.wait_sealed_async()).unwrap()
            } else {
                receipt.wait_sealed(PATIENCE).unwrap()
            };
            assert_eq!((sealed.seq(), sealed.id()), (number, receipt.id()));
            assert!(number < sealed.size());
            assert_eq!(receipt.state(), ReceiptState::Sealed);
        }
        audit.close().unwrap();
        assert_eq!(stored(&data).0, 4);
    }
}

/// Runs a future on a small executor of another crate.
fn futures_block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn closing_seals_the_rest() {
    for mode in [Mode::Asynchronous, Mode::Synchronous] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        let audit = Audit::with_settings(&seldom(&data).mode(mode)).unwrap();
        for _ in 0..10 {
            audit.record(event()).unwrap();
        }
        audit.close().unwrap();
        let (size, checkpoints) = stored(&data);
        let newest = checkpoints.last().unwrap();
        assert_eq!((size, newest.size, newest.kept), (10, 10, Kept::Close));
    }
}

#[test]
fn who_only_reads_seals_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    Audit::open(&data).unwrap().record(event()).unwrap().wait_durable(PATIENCE).unwrap();
    let before = stored(&data).1.len();
    let audit = Audit::open(&data).unwrap();
    assert_eq!(audit.count(&Filter::new()).unwrap(), 1);
    audit.close().unwrap();
    let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
    assert_eq!(reader.checkpoint().unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(reader.evidence().unwrap().unwrap().sealed_size, Some(1));
    assert_eq!(stored(&data).1.len(), before);
}

#[test]
fn without_the_key_events_are_recorded_and_not_sealed_and_health_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::open(&data).unwrap();
    audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
    let vkey = audit.evidence().unwrap().unwrap().key.vkey.unwrap();
    audit.close().unwrap();
    let (key, aside) = (data.join("log.key"), folder.path().join("aside"));
    fs::rename(&key, &aside).unwrap();
    for other in [false, true] {
        if other {
            // Another log's key in its place signs nothing either.
            let elsewhere = folder.path().join("elsewhere");
            Audit::open(&elsewhere).unwrap().record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
            fs::copy(elsewhere.join("log.key"), &key).unwrap();
        }
        let audit = Audit::open(&data).unwrap();
        let receipt = audit.record(event()).unwrap();
        receipt.wait_durable(PATIENCE).unwrap();
        let error = receipt.wait_sealed(PATIENCE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoKey, "{error}");
        assert!(error.to_string().contains("log.key") && error.to_string().contains("annals key import"), "{error}");
        let health = audit.health();
        assert_eq!(health.state, HealthState::Degraded);
        assert_eq!(health.unsealed_because.as_deref(), Some(error.to_string().as_str()));
        assert_eq!(audit.record(event()).unwrap().state(), ReceiptState::Accepted);
        let state = audit.evidence().unwrap().unwrap().key.state;
        assert_eq!(state, if other { KeyState::Other } else { KeyState::Missing });
        audit.close().unwrap();
        let (size, checkpoints) = stored(&data);
        assert_eq!((size, checkpoints.last().unwrap().size), (if other { 5 } else { 3 }, 1));
    }
    // The key comes back, by its text, and only it.
    let audit = Audit::open(&data).unwrap();
    let strangers = fs::read_to_string(&key).unwrap();
    for bad in ["", "PRIVATE+KEY+x", strangers.as_str()] {
        let error = audit.import_key(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(bad.is_empty() || !error.to_string().contains(bad.trim()), "{error}");
    }
    assert_eq!(audit.import_key(&fs::read_to_string(&aside).unwrap()).unwrap().state, KeyState::Here);
    assert_eq!(audit.checkpoint().unwrap().size, 5);
    assert_eq!(audit.health().state, HealthState::Ok);
    assert_eq!(published(&data, &vkey).head().size, 5);
}

#[test]
fn a_key_is_never_made_for_a_log_that_was_sealed_before() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::open(&data).unwrap();
    audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
    audit.close().unwrap();
    fs::remove_file(data.join("log.key")).unwrap();
    let database = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    // Somebody takes the pinned key away, then the checkpoints in the database; those outside still tell.
    for cut in ["DELETE FROM log_key", "DELETE FROM checkpoint"] {
        database.execute_batch(cut).unwrap();
        let audit = Audit::open(&data).unwrap();
        let error = audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoKey, "{error}");
        audit.close().unwrap();
        assert!(!data.join("log.key").exists());
    }
}

#[test]
fn a_new_key_is_an_event_and_a_note_signed_by_both() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::open(&data).unwrap();
    audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
    let old = audit.evidence().unwrap().unwrap().key.vkey.unwrap();
    let rotation = audit.rotate_key().unwrap();
    let new = audit.evidence().unwrap().unwrap().key.vkey.unwrap();
    assert_ne!(old, new);
    for key in [&old, &new] {
        assert_eq!(published(&data, key).head().size, rotation.size);
    }
    assert_eq!(audit.count(&Filter::new().event_type("audit.key_rotated")).unwrap(), 1);
    audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
    assert_eq!(published(&data, &new).head().size, rotation.size + 1);
    audit.close().unwrap();
    assert_eq!(stored(&data).1.iter().filter(|kept| kept.kept == Kept::Named).count(), 2);
}

#[test]
fn a_full_disk_keeps_the_log_unsealed_until_there_is_room() {
    SmallDisk::run("sealing::a_full_disk_keeps_the_log_unsealed_until_there_is_room", 24 << 20, |disk| {
        let data = disk.path().join("trail");
        let audit = Audit::with_settings(&Settings::new(&data).mode(Mode::Synchronous)).unwrap();
        audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
        let receipt = audit.record(event()).unwrap();
        let filling = disk.fill();
        let error = receipt.wait_sealed(PATIENCE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
        assert_eq!(audit.health().state, HealthState::Degraded);
        drop(filling);
        assert_eq!(receipt.wait_sealed(PATIENCE).unwrap().size(), 2);
        assert_eq!(audit.health().state, HealthState::Ok);
        audit.close().unwrap();
    });
}
