//! A presence is there while its process is, and is found when the process is gone.

use std::fs;

use super::presence;
use crate::{Role, Target, adopt, waiting};

const TARGET: Target = Target { address: [1; 32], log: Some([2; 16]) };

#[test]
fn a_presence_is_locked_while_it_lasts_and_gone_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let here = presence(dir.path(), &TARGET, 1).unwrap();
    assert!(adopt(dir.path(), 1).unwrap().next_orphan(&|_| true).is_none());
    let seen = waiting(dir.path(), 1).unwrap();
    assert_eq!((seen[0].producer, seen[0].role, seen[0].n_records), (here.producer(), Role::Presence, 0));
    drop(here);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn an_abandoned_presence_is_adopted_once() {
    let dir = tempfile::tempdir().unwrap();
    let here = presence(dir.path(), &TARGET, 1).unwrap();
    let producer = here.producer();
    here.abandon();
    let mut orphan = adopt(dir.path(), 1).unwrap().next_orphan(&|target| *target == TARGET).unwrap().unwrap();
    assert_eq!((orphan.role(), orphan.producer(), orphan.first_pseq()), (Role::Presence, producer, Some(0)));
    assert_eq!(orphan.read().count(), 0);
    assert!(adopt(dir.path(), 1).unwrap().next_orphan(&|_| true).is_none(), "it is locked by its adopter");
    orphan.remove().unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
