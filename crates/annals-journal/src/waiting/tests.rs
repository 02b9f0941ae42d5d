//! Looking at what waits changes nothing.

use std::fs;

use super::{Condition, waiting, waiting_of_others};
use crate::{Config, Journal, Role, Target, Wait, adopt, leave};

const TARGET: Target = Target { address: [1; 32], log: None };

#[test]
fn a_missing_directory_holds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    assert!(waiting(&dir.path().join("missing"), 1).unwrap().is_empty());
}

#[test]
fn what_waits_is_counted_and_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::create(Config { max_bytes: 1000, ..Config::new(dir.path(), TARGET, 1) }).unwrap();
    for _ in 0..30 {
        journal.append(b"payload", &Wait::default()).unwrap();
    }
    let look = |condition| {
        let seen = waiting(dir.path(), 1).unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].producer, seen[0].role), (journal.producer(), Role::Journal));
        assert_eq!((seen[0].target, seen[0].n_records, seen[0].pseqs.clone()), (Some(TARGET), 30, 0..30));
        assert_eq!(seen[0].condition, condition);
    };
    look(Condition::Live);
    assert!(waiting_of_others(dir.path(), 1, Some(journal.producer())).unwrap().is_empty());
    assert_eq!(waiting_of_others(dir.path(), 1, Some([0; 16])).unwrap().len(), 1);
    journal.close();
    look(Condition::Orphaned);
    let orphan = adopt(dir.path(), 1).unwrap().next_orphan(&|_| true);
    look(Condition::Live);
    drop(orphan);
    look(Condition::Orphaned);
}

#[test]
fn what_cannot_be_read_is_said_so() {
    let dir = tempfile::tempdir().unwrap();
    leave(dir.path(), &TARGET, 1, b"x").unwrap();
    let path = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&path).unwrap();
    bytes[..256].fill(0);
    fs::write(&path, bytes).unwrap();
    let seen = waiting(dir.path(), 1).unwrap();
    assert_eq!((seen[0].condition, seen[0].target, seen[0].n_records), (Condition::Damaged, None, 1));
}

#[test]
fn newer_payloads_are_counted_and_called_newer() {
    let dir = tempfile::tempdir().unwrap();
    leave(dir.path(), &TARGET, 7, b"x").unwrap();
    let seen = waiting(dir.path(), 6).unwrap();
    assert_eq!((seen[0].condition, seen[0].target), (Condition::Newer { version: 7 }, Some(TARGET)));
    assert_eq!(seen[0].n_records, 1);
    assert_eq!(waiting(dir.path(), 7).unwrap()[0].condition, Condition::Orphaned);
}
