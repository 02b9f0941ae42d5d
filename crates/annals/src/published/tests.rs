//! What is outside lags and never lies: order, torn lines, crashes between the steps, processes that hold the lock.

use std::fs;
use std::path::{Path, PathBuf};

use annals_event::Timestamp;
use annals_store::{Error, ErrorKind, LogId, origin_of};
use annals_testkit::{Child, Line, SmallDisk, Threads, role, say};
use annals_tlog::{Checkpoint, Hash, KeyName, SignerKey, TreeHead, VerifierKey};

use super::{Newest, Published};

const LOG: LogId = LogId::from_bytes([7; 16]);
const HOUR_NS: i64 = 3_600_000_000_000;
/// 2026-11-30T22:00:00Z, two hours before a month ends.
const EVENING: i64 = 1_796_076_000_000_000_000;

fn signer(seed: u8) -> SignerKey {
    let name: KeyName = origin_of(LOG).as_str().parse().unwrap();
    SignerKey::from_seed(name, &[seed; 32])
}

fn note(size: u64) -> String {
    note_by(size, &[&signer(1)])
}

fn note_by(size: u64, signers: &[&SignerKey]) -> String {
    let head = TreeHead { size, root: Hash::of_leaf(&size.to_be_bytes()) };
    Checkpoint::new(origin_of(LOG), head).unwrap().sign(signers).unwrap().to_string()
}

/// The keys that the database has pinned.
fn pinned() -> Vec<VerifierKey> {
    vec![signer(1).verifier().clone()]
}

/// Publishes what is stored.
fn publish(published: &Published, note: &str, signed_at: Timestamp) -> Result<(), Error> {
    published.publish(LOG, note, signed_at, &pinned(), super::PATIENCE)
}

fn believed_size(published: &Published) -> Option<u64> {
    match published.newest_by(LOG, &pinned()).unwrap() {
        Newest::Believed(note) => Some(note.head.size),
        _ => None,
    }
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_nanos(EVENING + hours * HOUR_NS)
}

fn folder(data: &Path) -> PathBuf {
    data.join("checkpoints").join(LOG.to_string())
}

fn newest_size(published: &Published) -> Option<u64> {
    published.newest(LOG).unwrap().map(|newest| newest.head.size)
}

#[test]
fn the_newest_is_of_the_largest_tree_whatever_the_order() {
    let data = tempfile::tempdir().unwrap();
    let published = Published::beside(data.path());
    assert_eq!(newest_size(&published), None);
    assert!(!published.has_any(LOG).unwrap());
    publish(&published, &note(5), at(0)).unwrap();
    publish(&published, &note(3), at(0)).unwrap();
    assert_eq!(newest_size(&published), Some(5));
    publish(&published, &note(6), at(0)).unwrap();
    assert_eq!(published.newest(LOG).unwrap().unwrap().note, note(6));
    assert!(published.has_any(LOG).unwrap());
    // A database file beside the folder leads to the same place, and another log has nothing there.
    assert_eq!(newest_size(&Published::beside(&data.path().join("annals.db"))), Some(6));
    assert_eq!(published.newest(LogId::from_bytes([8; 16])).unwrap(), None);
}

#[test]
fn one_line_an_hour_goes_to_the_months_file() {
    let data = tempfile::tempdir().unwrap();
    let published = Published::beside(data.path());
    for (size, hour) in [(1, 0), (2, 0), (3, 1), (4, 2), (5, 2)] {
        publish(&published, &note(size), at(hour)).unwrap();
    }
    let lines = |month: &str| fs::read_to_string(folder(data.path()).join(month)).unwrap();
    assert_eq!(lines("2026-11.ndjson").lines().count(), 2);
    assert_eq!(lines("2026-12.ndjson").lines().count(), 1);
    assert_eq!(published.all(LOG).unwrap(), [note(1), note(3), note(4), note(5)]);
}

#[test]
fn a_torn_line_is_ignored_and_written_over() {
    let data = tempfile::tempdir().unwrap();
    let published = Published::beside(data.path());
    publish(&published, &note(1), at(0)).unwrap();
    publish(&published, &note(2), at(1)).unwrap();
    let month = folder(data.path()).join("2026-11.ndjson");
    let whole = fs::read(&month).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in first..whole.len() {
        fs::write(&month, &whole[..cut]).unwrap();
        fs::remove_file(folder(data.path()).join("latest")).ok();
        assert_eq!(newest_size(&published), Some(1), "cut at {cut}");
        assert_eq!(published.all(LOG).unwrap(), [note(1)]);
    }
    publish(&published, &note(3), at(1)).unwrap();
    assert_eq!(published.all(LOG).unwrap(), [note(1), note(3)]);
}

#[test]
fn an_unreadable_latest_falls_back_to_the_newest_line() {
    let data = tempfile::tempdir().unwrap();
    let published = Published::beside(data.path());
    publish(&published, &note(4), at(0)).unwrap();
    publish(&published, &note(9), at(1)).unwrap();
    for garbage in ["", "annals/x\n12\n", "\u{0}\u{0}"] {
        fs::write(folder(data.path()).join("latest"), garbage).unwrap();
        assert_eq!(newest_size(&published), Some(9));
    }
    // Whoever accuses sees it as it is.
    assert_eq!(published.all(LOG).unwrap().last().unwrap(), "\u{0}\u{0}");
    publish(&published, &note(10), at(1)).unwrap();
    assert_eq!(newest_size(&published), Some(10));
    // With nothing beside it, nobody may take it for a log of which nothing was published.
    fs::write(folder(data.path()).join("latest"), "gone").unwrap();
    fs::remove_file(folder(data.path()).join("2026-11.ndjson")).unwrap();
    assert_eq!(published.newest(LOG).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn what_no_key_of_the_log_has_signed_is_passed_over_for_the_newest_line_that_one_has() {
    let data = tempfile::tempdir().unwrap();
    let published = Published::beside(data.path());
    publish(&published, &note(4), at(0)).unwrap();
    publish(&published, &note(9), at(1)).unwrap();
    let latest = folder(data.path()).join("latest");
    let month = folder(data.path()).join("2026-11.ndjson");
    let broken = note(9).replacen("\n9\n", "\n99\n", 1);
    let of_another_log = note(99).replacen(&LOG.to_string(), &LogId::from_bytes([8; 16]).to_string(), 1);
    for bad in [broken.clone(), note_by(99, &[&signer(2)]), of_another_log] {
        fs::write(&latest, &bad).unwrap();
        assert_eq!(newest_size(&published), Some(99), "the control: as it stands");
        assert_eq!(believed_size(&published), Some(9), "{bad}");
        // It is replaced by what is stored, though that is no larger than the line.
        publish(&published, &note(9), at(1)).unwrap();
        assert_eq!(fs::read_to_string(&latest).unwrap(), note(9));
    }
    // A broken line is passed over as well.
    let lines = fs::read_to_string(&month).unwrap();
    fs::write(&month, lines.replacen("\\n9\\n", "\\n98\\n", 1)).unwrap();
    fs::write(&latest, &broken).unwrap();
    assert_eq!(believed_size(&published), Some(4));
    // The key in `log.key` is the log's too, for a database of before it was pinned.
    fs::write(data.path().join("log.key"), signer(2).to_secret_text()).unwrap();
    fs::write(&latest, note_by(99, &[&signer(2)])).unwrap();
    assert_eq!(believed_size(&published), Some(99));
}

#[test]
fn notes_of_strangers_alone_are_neither_believed_nor_replaced() {
    let data = tempfile::tempdir().unwrap();
    let published = Published::beside(data.path());
    let strange = note_by(4, &[&signer(2)]);
    published.publish(LOG, &strange, at(0), &[], super::PATIENCE).unwrap();
    let Newest::Strange(found) = published.newest_by(LOG, &pinned()).unwrap() else { panic!() };
    assert_eq!(found.note, strange);
    assert_eq!(publish(&published, &note(9), at(0)).unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(fs::read_to_string(folder(data.path()).join("latest")).unwrap(), strange);
    // A note that both have signed leads from one to the other.
    fs::write(folder(data.path()).join("latest"), note_by(4, &[&signer(2), &signer(1)])).unwrap();
    assert_eq!(believed_size(&published), Some(4));
    // Where all is broken it is nobody's word.
    fs::remove_file(folder(data.path()).join("2026-11.ndjson")).unwrap();
    fs::write(folder(data.path()).join("latest"), note(4).replacen("\n4\n", "\n5\n", 1)).unwrap();
    assert_eq!(published.newest_by(LOG, &pinned()).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn many_at_once_leave_the_largest() {
    let data = tempfile::tempdir().unwrap();
    let mut threads = Threads::new();
    for thread in 0..4 {
        let published = Published::beside(data.path());
        threads.spawn(format!("publisher {thread}"), move || {
            for size in 1..=50 {
                // Another one may hold the lock for long on a slow disk; whoever is last has the largest.
                while publish(&published, &note(size * 4 + thread), at(0)).is_err() {}
            }
        });
    }
    threads.join();
    let published = Published::beside(data.path());
    assert_eq!(newest_size(&published), Some(203));
    assert_eq!(published.all(LOG).unwrap().len(), 2);
}

#[test]
fn a_process_that_was_stopped_with_the_lock_stops_nobody() {
    if role().is_some() {
        let path = std::env::var("DATA").unwrap();
        let _lock = crate::files::Lock::take(Path::new(&path), super::PATIENCE).unwrap();
        say("locked");
        loop {
            std::thread::park();
        }
    }
    let data = tempfile::tempdir().unwrap();
    let published = Published::beside(data.path());
    publish(&published, &note(1), at(0)).unwrap();
    let lock = folder(data.path()).join("lock");
    let test = "published::tests::a_process_that_was_stopped_with_the_lock_stops_nobody";
    let mut child = Child::playing(test, "holder", [("DATA", &lock)]);
    assert_eq!(child.next_line(), Line::Text("locked".to_owned()));
    assert_eq!(publish(&published, &note(2), at(0)).unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(newest_size(&published), Some(1));
    child.kill();
    publish(&published, &note(2), at(0)).unwrap();
    assert_eq!(newest_size(&published), Some(2));
}

#[test]
fn a_full_disk_keeps_the_newest_that_was_there() {
    SmallDisk::run("published::tests::a_full_disk_keeps_the_newest_that_was_there", 1 << 20, |disk| {
        let published = Published::beside(disk.path());
        publish(&published, &note(1), at(0)).unwrap();
        let filling = disk.fill();
        assert_eq!(publish(&published, &note(2), at(1)).unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(newest_size(&published), Some(1));
        let left = fs::read_dir(folder(disk.path())).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(left.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "half a file is left");
        drop(filling);
        publish(&published, &note(2), at(1)).unwrap();
        assert_eq!(newest_size(&published), Some(2));
        assert_eq!(published.all(LOG).unwrap(), [note(1), note(2)]);
    });
}
