//! Erased means gone: a raw search through every file of the data directory finds nothing of it, or the command says `pending`.
//!
//! Every value that could identify somebody is a marker of its own, in every text column, in details small and large, in session ids, among the dead letters, and in events whose index
//! pages split after they came. The control is an erasure without its scrub: the same search must find markers then, or it proves nothing.

mod crash;
mod load;
mod older;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use annals::{Audit, Column, Erased, Erasing, Erasure, Event, EventId, Mode, PendingBytes, Settings, Timestamp, json};
use annals_event::{Stamp, encode_own, leaf_group};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{EventStore, Origin, Pending, Refused, TypePattern};

/// What every marker of the user begins with that is erased; of others with something else.
const GONE: &str = "Zq7Gone";
const STAYS: &str = "Zq7Stays";
const REASON: &str = "case 12 of 2026";

/// Settings without a journal.
fn settings(data: &Path) -> Settings {
    Settings::new(data).mode(Mode::Synchronous)
}

/// An event with this marker, and its number, in every column that has room for it and is in a group.
fn marked(marker: &str, user: &str, n: usize) -> Event {
    let mut event = Event::new("tool.invoked").user(user);
    for column in Column::ALL {
        let is_free = !matches!(column, Column::UserIdentity | Column::Traceparent | Column::Decision);
        if is_free && leaf_group(*column).is_some() {
            event = event.text(*column, format!("{marker}-{}-{}", scattered(n), column.name()));
        }
    }
    // Some spill over into pages of their own.
    let filling = "x".repeat(if n.is_multiple_of(17) { 9_000 } else { n % 100 });
    event.details(
        json!({ "first": format!("{marker}-{n}-begin"), "filling": filling, "last": format!("{marker}-{n}-end") }),
    )
}

/// A number that comes to lie anywhere in an index.
fn scattered(n: usize) -> String {
    format!("{:016x}", (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Every file below a folder that holds these bytes, with how often.
fn found(folder: &Path, bytes: &[u8]) -> BTreeMap<PathBuf, usize> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(self::found(&path, bytes));
            continue;
        }
        // A file may go while it is looked for.
        let Ok(content) = fs::read(&path) else { continue };
        let n = count(&content, bytes);
        if n > 0 {
            found.insert(path, n);
        }
    }
    found
}

/// How often these bytes are there. Jumps from one first byte to the next, since files are large in the long run.
fn count(content: &[u8], bytes: &[u8]) -> usize {
    let (mut rest, mut n) = (content, 0);
    while rest.skip_until(bytes[0]).unwrap() > 0 {
        n += usize::from(rest.starts_with(&bytes[1..]));
    }
    n
}

#[track_caller]
fn check_gone(data: &Path, bytes: &[u8]) {
    // The index of words has everything in lower case.
    for bytes in [bytes, &bytes.to_ascii_lowercase()] {
        let left = found(data, bytes);
        assert!(left.is_empty(), "`{}` is still there: {left:?}", String::from_utf8_lossy(bytes));
    }
}

/// Records these rounds of events, two of `GONE` among six of others.
fn fill(audit: &Audit, from: usize, n_rounds: usize) {
    for n in from..from + n_rounds {
        for k in 0..6 {
            let (marker, user) = if k % 3 == 0 { (GONE, GONE) } else { (STAYS, "grace") };
            audit.record(marked(marker, user, n * 6 + k)).unwrap();
        }
    }
}

/// Has the index of words come to the end of the log, beside whoever writes to it.
fn index(data: &Path) {
    let store = SqliteStore::open(&data.join("annals.db"), OpenMode::ReadWriteCreate).unwrap();
    while store.index_words().unwrap() > 0 {}
    store.close().unwrap();
    assert!(!found(data, GONE.to_ascii_lowercase().as_bytes()).is_empty(), "nothing of it is in the index");
}

fn erase(audit: &Audit, erasure: &Erasure) -> Erased {
    audit.erase(erasure, &mut |_| {}).unwrap()
}

fn of_gone() -> Erasure {
    Erasure::of_user(GONE, REASON).unwrap()
}

/// Puts an event of this user aside, as if the database had refused it.
fn bury(database: &Path, pseq: u64, user: &str) {
    let store = SqliteStore::open(database, OpenMode::ReadWriteCreate).unwrap();
    let created_at = Timestamp::from_nanos(1_790_000_000_000_000_000);
    let id = EventId::v7(created_at, pseq);
    let stamp = Stamp { id, created_at, space: "default", credential: user, begun: false };
    let mut payload = Vec::new();
    encode_own(&marked(user, user, 0), &stamp, &mut payload);
    let producer = annals::ProducerId::from_bytes([9; 16]);
    let event = Pending { pseq, payload: &payload };
    store
        .bury(&Refused { origin: Origin::Producer(producer), event, reason: "a test", credential: None })
        .unwrap()
        .unwrap();
    store.close().unwrap();
}

/// That the log is sound, and as empty as it says.
#[track_caller]
fn check_sound(data: &Path) {
    let Ok(report) = annals::verify::verify(&data.join("annals.db"), &annals::verify::Options::default(), &mut |_| {})
    else {
        return;
    };
    assert_eq!(report.verdict(), None, "{:?}", report.findings);
}

#[test]
fn an_erased_user_is_nowhere_in_the_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::with_settings(&settings(&data)).unwrap();
    fill(&audit, 0, 40);
    audit.record(Event::new("session.created").user(GONE).session(format!("{GONE}-open"))).unwrap();
    let intent = Event::new("tool.invoked").user(GONE).session(format!("{GONE}-open")).operation("op-1");
    audit.record(intent.phase(annals::Phase::Intent)).unwrap();
    audit.close().unwrap();
    bury(&data.join("annals.db"), 0, GONE);
    bury(&data.join("annals.db"), 1, STAYS);
    let audit = Audit::with_settings(&settings(&data)).unwrap();
    // What comes later splits the pages that the events of before lie in.
    fill(&audit, 40, 80);
    index(&data);
    assert!(!found(&data, GONE.as_bytes()).is_empty());
    let mut steps = Vec::new();
    let erased = audit.erase(&of_gone(), &mut |step| steps.push(step)).unwrap();
    assert_eq!((erased.n_events, erased.n_dead_letters, erased.pending.as_slice()), (242, 1, &[][..]));
    assert_eq!(steps.first(), Some(&Erasing::Rows { n_done: 242, n_all: 242 }));
    check_gone(&data, GONE.as_bytes());
    // What was not meant is there, dead letter included.
    assert!(found(&data, STAYS.as_bytes()).values().sum::<usize>() > 4 * 120);
    assert_eq!(audit.n_dead_letters().unwrap(), 2);
    check_sound(&data);
    audit.close().unwrap();
    check_gone(&data, GONE.as_bytes());
    check_sound(&data);
}

#[test]
fn the_search_finds_what_an_erasure_without_its_scrub_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::with_settings(&settings(&data)).unwrap();
    fill(&audit, 0, 40);
    audit.wait_for_checkpoint();
    let store = SqliteStore::open(&data.join("annals.db"), OpenMode::ReadWriteCreate).unwrap();
    let erasing = store.erasing().unwrap();
    let erasure = annals_store::Erasure {
        what: annals_store::Selection::User(GONE.to_owned()),
        spare_since: Timestamp::from_nanos(i64::MAX),
    };
    let wording = annals_store::Wording { reason: REASON, credential: "" };
    let declared = erasing.declare_erasure(&erasure, wording, 0).unwrap().unwrap();
    audit.wait_for_checkpoint();
    assert_eq!(erasing.carry_out(declared.seq).unwrap().ids.len(), 80);
    assert!(!found(&data, GONE.as_bytes()).is_empty(), "the control was not caught");
    assert_eq!(erasing.scrub().unwrap(), []);
    check_gone(&data, GONE.as_bytes());
}

/// Has a checkpoint signed that covers everything.
trait WaitForCheckpoint {
    fn wait_for_checkpoint(&self);
}

impl WaitForCheckpoint for Audit {
    fn wait_for_checkpoint(&self) {
        let receipt = self.record(Event::new("plan.created").plan("seal")).unwrap();
        receipt.wait_sealed(annals_testkit::PATIENCE).unwrap();
    }
}

#[test]
fn pruned_details_are_nowhere_in_the_data_directory_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::with_settings(&settings(&data)).unwrap();
    let event = |n: usize| Event::new("tool.invoked").user(STAYS).details(json!({ "secret": format!("{GONE}-{n}") }));
    for n in 0..300 {
        audit.record(event(n)).unwrap();
    }
    let later = Timestamp::from(std::time::SystemTime::now() + Duration::from_hours(1));
    let prune = Erasure::of_details(later, [TypePattern::parse("tool.*")], REASON).unwrap();
    let pruned = erase(&audit, &prune);
    assert_eq!((pruned.n_events, pruned.pending.as_slice()), (300, &[][..]));
    check_gone(&data, GONE.as_bytes());
    assert!(!found(&data, STAYS.as_bytes()).is_empty());
    let again = erase(&audit, &prune);
    assert_eq!((again.n_events, again.declared), (0, Vec::new()));
    check_sound(&data);
    // Erasing what was pruned, and deleting what was erased.
    let erased = erase(&audit, &Erasure::of_user(STAYS, REASON).unwrap());
    assert_eq!(erased.n_events, 300);
    check_gone(&data, STAYS.as_bytes());
    check_sound(&data);
    let rows = Erasure::of_rows(later, REASON).unwrap();
    assert_eq!(erase(&audit, &rows).n_events, 256);
    check_sound(&data);
    assert_eq!(erase(&audit, &rows).n_events, 0);
    for n in 300..600 {
        audit.record(event(n)).unwrap();
    }
    assert!(erase(&audit, &rows).n_events > 200);
    assert_eq!(erase(&audit, &prune).pending, []);
    check_gone(&data, GONE.as_bytes());
    check_sound(&data);
    audit.close().unwrap();
    check_sound(&data);
}

#[test]
fn a_named_event_is_erased_and_an_unknown_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    let id = audit.record(marked(GONE, "ada", 1)).unwrap().id();
    audit.record(marked(STAYS, "ada", 2)).unwrap();
    let unknown = EventId::v7(Timestamp::from_nanos(0), 1);
    let refused = audit.erase(&Erasure::of_events([id, unknown], REASON).unwrap(), &mut |_| {}).unwrap_err();
    assert_eq!(refused.kind(), annals::ErrorKind::NotFound);
    assert!(!found(folder.path(), GONE.as_bytes()).is_empty(), "nothing is erased where one is unknown");
    assert_eq!(erase(&audit, &Erasure::of_events([id], REASON).unwrap()).n_events, 1);
    check_gone(folder.path(), GONE.as_bytes());
    check_sound(folder.path());
}

#[test]
fn a_reason_that_keeps_what_is_to_be_forgotten_is_refused() {
    let refused = Erasure::of_user("Ada", "asked by ADA herself").unwrap_err();
    assert_eq!(refused.kind(), annals::ErrorKind::Invalid);
    assert!(!refused.to_string().contains("Ada"), "{refused}");
    assert!(Erasure::of_user("", REASON).is_err());
    assert!(Erasure::of_user("ada", "  ").is_err());
    assert!(Erasure::of_events([], REASON).is_err());
}

#[test]
fn what_is_younger_than_the_setting_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.set("retention_min", "30d", annals::Origin::Program).unwrap();
    let audit = Audit::with_settings(&settings).unwrap();
    audit.record(marked(STAYS, STAYS, 1)).unwrap();
    let erasure = Erasure::of_user(STAYS, REASON).unwrap();
    let plan = audit.plan_erasure(&erasure).unwrap();
    assert_eq!((plan.n_events, plan.n_spared), (0, 1));
    let erased = erase(&audit, &erasure);
    assert_eq!((erased.n_events, erased.n_spared, erased.declared.len()), (0, 1, 0));
    assert!(!found(folder.path(), STAYS.as_bytes()).is_empty());
}

#[test]
fn a_log_that_cannot_be_sealed_is_not_erased_from() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    audit.record(marked(GONE, GONE, 1)).unwrap();
    audit.wait_for_checkpoint();
    audit.close().unwrap();
    fs::rename(folder.path().join("log.key"), folder.path().join("elsewhere")).unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    audit.record(marked(GONE, GONE, 2)).unwrap();
    let n_events = audit.head().unwrap().n_events;
    let refused = audit.erase(&of_gone(), &mut |_| {}).unwrap_err();
    assert_eq!(refused.kind(), annals::ErrorKind::NoKey, "{refused}");
    assert_eq!(audit.head().unwrap().n_events, n_events, "nothing is declared");
    fs::rename(folder.path().join("elsewhere"), folder.path().join("log.key")).unwrap();
    assert_eq!(erase(&audit, &of_gone()).n_events, 2);
    check_gone(folder.path(), GONE.as_bytes());
}

/// The file's own count of its changes, which a rebuilt file has moved.
fn size_and_time(data: &Path) -> (u64, std::time::SystemTime) {
    let metadata = fs::metadata(data.join("annals.db")).unwrap();
    (metadata.len(), metadata.modified().unwrap())
}

#[test]
fn a_database_without_anything_to_forget_is_not_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    fill(&audit, 0, 5);
    assert_eq!(erase(&audit, &of_gone()).n_events, 10);
    let connection = rusqlite::Connection::open(folder.path().join("annals.db")).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let before = size_and_time(folder.path());
    let again = erase(&audit, &of_gone());
    assert_eq!((again.n_events, again.pending.as_slice()), (0, &[][..]));
    assert_eq!(erase(&audit, &Erasure::of_user("nobody", REASON).unwrap()).n_events, 0);
    assert_eq!(size_and_time(folder.path()), before);
    // The control: what is emptied has it built anew.
    assert_eq!(erase(&audit, &Erasure::of_user("grace", REASON).unwrap()).n_events, 20);
    assert_ne!(size_and_time(folder.path()), before);
}

#[test]
fn a_copy_in_the_data_directory_is_pending() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::with_settings(&settings(&data)).unwrap();
    fill(&audit, 0, 2);
    audit.backup(&data.join("kept.db"), &mut |_| {}).unwrap();
    audit.close().unwrap();
    let from = folder.path().join("backup.db");
    fs::copy(data.join("kept.db"), &from).unwrap();
    annals::backup::restore(&settings(&data), &from, annals::backup::Existing::PutAside, &mut |_| {}).unwrap();
    // What a killed command may leave.
    let left = data.join("annals.db.0123.partial");
    fs::write(&left, [vec![7; (1 << 20) - 3], GONE.as_bytes().to_vec()].concat()).unwrap();
    let audit = Audit::with_settings(&settings(&data)).unwrap();
    let erased = erase(&audit, &of_gone());
    assert_eq!(erased.n_events, 4);
    let copies = |erased: &Erased| -> Vec<(PathBuf, Option<u64>)> {
        let copy = |left: &PendingBytes| match left {
            PendingBytes::Copy { path, n_events } => (path.clone(), *n_events),
            other => panic!("{other:?}"),
        };
        erased.pending.iter().map(copy).collect()
    };
    let found_in = copies(&erased);
    assert_eq!(found_in.len(), 3, "{found_in:?}");
    assert_eq!(
        found_in.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(),
        found(&data, GONE.as_bytes()).into_keys().collect::<Vec<_>>()
    );
    assert_eq!(found_in.iter().filter_map(|(_, n_events)| *n_events).collect::<Vec<_>>(), [4, 4]);
    // Said each time, until they are gone.
    assert_eq!(copies(&erase(&audit, &of_gone())), found_in);
    for (path, _) in found_in {
        fs::remove_file(path).unwrap();
    }
    assert_eq!(erase(&audit, &of_gone()).pending, []);
    check_gone(&data, GONE.as_bytes());
}
