//! What is outside lags and never lies: order, torn lines, crashes between the steps, processes that hold the lock.

use std::fs;
use std::path::{Path, PathBuf};

use annals_event::Timestamp;
use annals_store::{ErrorKind, LogId, origin_of};
use annals_testkit::{Child, Line, SmallDisk, Threads, role, say};
use annals_tlog::{Checkpoint, Hash, KeyName, SignerKey, TreeHead};

use super::Published;

const LOG: LogId = LogId::from_bytes([7; 16]);
const HOUR_NS: i64 = 3_600_000_000_000;
/// 2026-11-30T22:00:00Z, two hours before a month ends.
const EVENING: i64 = 1_796_076_000_000_000_000;

fn note(size: u64) -> String {
    let name: KeyName = origin_of(LOG).as_str().parse().unwrap();
    let head = TreeHead { size, root: Hash::of_leaf(&size.to_be_bytes()) };
    let checkpoint = Checkpoint::new(origin_of(LOG), head).unwrap();
    checkpoint.sign(&[&SignerKey::from_seed(name, &[1; 32])]).unwrap().to_string()
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
    published.publish(LOG, &note(5), at(0)).unwrap();
    published.publish(LOG, &note(3), at(0)).unwrap();
    assert_eq!(newest_size(&published), Some(5));
    published.publish(LOG, &note(6), at(0)).unwrap();
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
        published.publish(LOG, &note(size), at(hour)).unwrap();
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
    published.publish(LOG, &note(1), at(0)).unwrap();
    published.publish(LOG, &note(2), at(1)).unwrap();
    let month = folder(data.path()).join("2026-11.ndjson");
    let whole = fs::read(&month).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in first..whole.len() {
        fs::write(&month, &whole[..cut]).unwrap();
        fs::remove_file(folder(data.path()).join("latest")).ok();
        assert_eq!(newest_size(&published), Some(1), "cut at {cut}");
        assert_eq!(published.all(LOG).unwrap(), [note(1)]);
    }
    published.publish(LOG, &note(3), at(1)).unwrap();
    assert_eq!(published.all(LOG).unwrap(), [note(1), note(3)]);
}

#[test]
fn an_unreadable_latest_falls_back_to_the_newest_line() {
    let data = tempfile::tempdir().unwrap();
    let published = Published::beside(data.path());
    published.publish(LOG, &note(4), at(0)).unwrap();
    published.publish(LOG, &note(9), at(1)).unwrap();
    for garbage in ["", "annals/x\n12\n", "\u{0}\u{0}"] {
        fs::write(folder(data.path()).join("latest"), garbage).unwrap();
        assert_eq!(newest_size(&published), Some(9));
    }
    // Whoever accuses sees it as it is.
    assert_eq!(published.all(LOG).unwrap().last().unwrap(), "\u{0}\u{0}");
    published.publish(LOG, &note(10), at(1)).unwrap();
    assert_eq!(newest_size(&published), Some(10));
    // With nothing beside it, nobody may take it for a log of which nothing was published.
    fs::write(folder(data.path()).join("latest"), "gone").unwrap();
    fs::remove_file(folder(data.path()).join("2026-11.ndjson")).unwrap();
    assert_eq!(published.newest(LOG).unwrap_err().kind(), ErrorKind::Corrupt);
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
                while published.publish(LOG, &note(size * 4 + thread), at(0)).is_err() {}
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
    published.publish(LOG, &note(1), at(0)).unwrap();
    let lock = folder(data.path()).join("lock");
    let test = "published::tests::a_process_that_was_stopped_with_the_lock_stops_nobody";
    let mut child = Child::playing(test, "holder", [("DATA", &lock)]);
    assert_eq!(child.next_line(), Line::Text("locked".to_owned()));
    assert_eq!(published.publish(LOG, &note(2), at(0)).unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(newest_size(&published), Some(1));
    child.kill();
    published.publish(LOG, &note(2), at(0)).unwrap();
    assert_eq!(newest_size(&published), Some(2));
}

#[test]
fn a_full_disk_keeps_the_newest_that_was_there() {
    SmallDisk::run("published::tests::a_full_disk_keeps_the_newest_that_was_there", 1 << 20, |disk| {
        let published = Published::beside(disk.path());
        published.publish(LOG, &note(1), at(0)).unwrap();
        let filling = disk.fill();
        assert_eq!(published.publish(LOG, &note(2), at(1)).unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(newest_size(&published), Some(1));
        drop(filling);
        published.publish(LOG, &note(2), at(1)).unwrap();
        assert_eq!(newest_size(&published), Some(2));
        assert_eq!(published.all(LOG).unwrap(), [note(1), note(2)]);
    });
}
