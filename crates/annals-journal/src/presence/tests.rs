//! A presence is there while its process is, and its notes stay when the process does not.

use std::fs;

use super::presence;
use crate::{Found, Role, Target, adopt, waiting};

const TARGET: Target = Target { address: [1; 32], log: Some([2; 16]) };

#[test]
fn a_presence_is_locked_while_it_lasts_and_gone_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let here = presence(dir.path(), &TARGET, 1).unwrap();
    here.note(b"opened").unwrap();
    assert!(adopt(dir.path(), &|_, _| true).unwrap().orphans.is_empty());
    let seen = waiting(dir.path()).unwrap();
    assert_eq!((seen[0].producer, seen[0].role, seen[0].n_records), (here.producer(), Role::Presence, 1));
    drop(here);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// What an adopter reads of a process that died with these files: they are copied, so that no lock is on them.
fn after_death(dir: &std::path::Path) -> Vec<Vec<u8>> {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    let mut orphan = adopt(copy.path(), &|target, _| *target == TARGET).unwrap().orphans.remove(0);
    assert_eq!(orphan.role(), Role::Presence);
    let payload = |found| match found {
        Ok(Found::Record { payload, .. }) => payload,
        other => panic!("expected a record: {other:?}"),
    };
    orphan.read().map(payload).collect()
}

#[test]
fn its_notes_outlive_it_and_can_be_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let here = presence(dir.path(), &TARGET, 1).unwrap();
    assert!(after_death(dir.path()).is_empty());
    here.note(b"a").unwrap();
    here.note(b"b").unwrap();
    assert_eq!(after_death(dir.path()), [b"a", b"b"]);
    let old = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    let old_bytes = fs::read(&old).unwrap();
    here.replace(&[b"b"]).unwrap();
    here.note(b"c").unwrap();
    assert_eq!(after_death(dir.path()), [b"b", b"c"]);
    assert_eq!(here.n_bytes(), 2 * 21);
    // A process that dies while it replaces its notes leaves both files; the newer one counts.
    fs::write(&old, old_bytes).unwrap();
    assert_eq!(after_death(dir.path()), [b"b", b"c"]);
}
