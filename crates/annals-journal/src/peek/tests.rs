//! Everything that lies in a segment is shown, whoever holds it.

use std::fs;

use super::{Peeked, peek};
use crate::{Config, Journal, Target, Wait, leave};

const TARGET: Target = Target { address: [1; 32], log: None };

/// The payloads of records, and how many segments could not be read.
fn seen(dir: &std::path::Path, format: u16) -> (Vec<Vec<u8>>, usize) {
    let (mut records, mut n_unreadable) = (Vec::new(), 0);
    peek(dir, format, &mut |_, peeked| match peeked {
        Peeked::Record(payload) => records.push(payload.to_vec()),
        Peeked::Unreadable(_) => n_unreadable += 1,
    })
    .unwrap();
    (records, n_unreadable)
}

#[test]
fn a_missing_directory_holds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(seen(&dir.path().join("missing"), 1), (Vec::new(), 0));
}

#[test]
fn records_of_the_living_and_the_dead_are_shown_also_when_they_are_durable() {
    let dir = tempfile::tempdir().unwrap();
    leave(dir.path(), &TARGET, 1, b"left").unwrap();
    let journal = Journal::create(Config::new(dir.path(), TARGET, 1)).unwrap();
    for n in 0..3 {
        journal.append(format!("record {n}").as_bytes(), &Wait::default()).unwrap();
    }
    journal.free(2, 0);
    let (mut records, n_unreadable) = seen(dir.path(), 1);
    records.sort();
    assert_eq!(n_unreadable, 0);
    assert_eq!(records, [&b"left"[..], b"record 0", b"record 1", b"record 2"]);
}

#[test]
fn what_cannot_be_read_is_shown_whole() {
    let dir = tempfile::tempdir().unwrap();
    leave(dir.path(), &TARGET, 1, b"payload").unwrap();
    let path = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert_eq!(seen(dir.path(), 1), (Vec::new(), 1));
}

#[test]
fn newer_payloads_are_shown_as_bytes() {
    let dir = tempfile::tempdir().unwrap();
    leave(dir.path(), &TARGET, 7, b"payload").unwrap();
    assert_eq!(seen(dir.path(), 6), (Vec::new(), 1));
    assert_eq!(seen(dir.path(), 7), (vec![b"payload".to_vec()], 0));
}
