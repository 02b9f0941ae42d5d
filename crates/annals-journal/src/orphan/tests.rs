//! What adoption finds, what it leaves alone, and that of many adopters one gets it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Barrier, mpsc},
    thread,
    time::Duration,
};

use super::{Orphan, adopt};
use crate::{
    Config, Error, ErrorKind, Found, Journal, Role, Target, Wait, leave,
    name::list,
    segment::{self, HEADER_BYTES, Identity},
};

const TARGET: Target = Target { address: [1; 32], log: None };
const LONG: Duration = Duration::from_secs(20);

/// Leaves a dead journal with so many records of so many bytes, in as many segments as that takes.
fn dead(dir: &Path, n_records: u64, max_bytes: u64) -> [u8; 16] {
    let config = Config { max_bytes, ..Config::new(dir, TARGET, 1) };
    let journal = Journal::create(config).unwrap();
    for pseq in 0..n_records {
        journal.append(&payload(pseq), &Wait { no_progress: Some(LONG) }).unwrap();
    }
    journal.producer()
}

/// Leaves a dead journal with the records 0 to 49 in two segments.
fn dead_in_two_segments(dir: &Path) {
    let config = Config { max_bytes: 1000, ..Config::new(dir, TARGET, 1) };
    let journal = Journal::create(config).unwrap();
    for pseq in 0..50 {
        journal.append(&payload(pseq), &Wait { no_progress: Some(LONG) }).unwrap();
        journal.free(pseq.min(20), 0);
    }
    drop(journal);
    assert!(list(dir).unwrap().segments.values().all(|names| names.len() == 2));
}

fn payload(pseq: u64) -> Vec<u8> {
    format!("payload {pseq:03}").into_bytes()
}

fn record(pseq: u64) -> Found {
    Found::Record { pseq, payload: payload(pseq) }
}

/// Everything that can be had at once, and everything that was refused.
#[derive(Default)]
struct Adopted {
    orphans: Vec<Orphan>,
    refused: Vec<Error>,
}

fn adopt_all(dir: &Path, is_ours: &dyn Fn(&Target) -> bool) -> Adopted {
    let mut adopted = Adopted::default();
    let mut adoption = adopt(dir, 1).unwrap();
    while let Some(next) = adoption.next_orphan(is_ours) {
        match next {
            Ok(orphan) => adopted.orphans.push(orphan),
            Err(error) => adopted.refused.push(error),
        }
    }
    adopted
}

fn adopt_ours(dir: &Path) -> Adopted {
    adopt_all(dir, &|target| *target == TARGET)
}

fn found(dir: &Path) -> Vec<Found> {
    let mut adoption = adopt_ours(dir);
    assert!(adoption.refused.is_empty(), "{:?}", adoption.refused);
    assert_eq!(adoption.orphans.len(), 1);
    adoption.orphans[0].read().map(Result::unwrap).collect()
}

fn only_file(dir: &Path) -> PathBuf {
    let paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(paths.len(), 1);
    paths[0].clone()
}

/// Changes the only file of `dir`.
fn edit(dir: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let path = only_file(dir);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
}

#[test]
fn an_empty_or_missing_directory_holds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for dir in [dir.path(), &dir.path().join("missing")] {
        let adoption = adopt_ours(dir);
        assert!(adoption.orphans.is_empty() && adoption.refused.is_empty());
    }
}

#[test]
fn a_producer_without_a_record_is_handed_out() {
    let dir = tempfile::tempdir().unwrap();
    let producer = dead(dir.path(), 1, 4096);
    edit(dir.path(), |bytes| bytes.truncate(HEADER_BYTES));
    let mut orphan = adopt_ours(dir.path()).orphans.remove(0);
    assert_eq!((orphan.producer(), orphan.role(), orphan.payload_format()), (producer, Role::Journal, 1));
    assert_eq!(orphan.read().count(), 0);
}

#[test]
fn damage_costs_what_it_covers() {
    let dir = tempfile::tempdir().unwrap();
    dead(dir.path(), 10, 4096);
    let record_bytes = 20 + payload(0).len();
    edit(dir.path(), |bytes| {
        let at = HEADER_BYTES + 3 * record_bytes;
        bytes[at..at + 2 * record_bytes].fill(0x5a);
    });
    let lost = Found::Damaged { first: 3, last: Some(4) };
    let expected: Vec<_> = (0..3).map(record).chain([lost]).chain((5..10).map(record)).collect();
    assert_eq!(found(dir.path()), expected);
}

#[test]
fn a_damaged_tail_is_said_even_in_front_of_a_spare_segment() {
    for harm in [0, 0x5a] {
        let dir = tempfile::tempdir().unwrap();
        let producer = dead(dir.path(), 10, 4096);
        edit(dir.path(), |bytes| {
            let at = HEADER_BYTES + 3 * (20 + payload(0).len());
            bytes[at..].fill(harm);
        });
        let spare = crate::name::Name { producer, number: 1 };
        let identity = Identity { name: spare, role: Role::Journal, payload_format: 1, target: TARGET };
        drop(segment::make(dir.path(), &identity, None, 4096).unwrap());
        let expected: Vec<_> = (0..3).map(record).chain([Found::Damaged { first: 3, last: None }]).collect();
        assert_eq!(found(dir.path()), expected);
    }
}

#[test]
fn a_torn_tail_is_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    dead(dir.path(), 3, 4096);
    edit(dir.path(), |bytes| bytes.truncate(bytes.len() - 1));
    assert_eq!(found(dir.path()), [record(0), record(1)]);
}

#[test]
fn a_header_damaged_twice_is_refused_by_name_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    dead(dir.path(), 3, 4096);
    edit(dir.path(), |bytes| bytes[..256].fill(0));
    let before = fs::read(only_file(dir.path())).unwrap();
    let adoption = adopt_ours(dir.path());
    assert!(adoption.orphans.is_empty());
    assert_eq!(adoption.refused[0].kind(), ErrorKind::Damaged);
    assert_eq!(adoption.refused[0].path(), Some(only_file(dir.path()).as_path()));
    assert_eq!(fs::read(only_file(dir.path())).unwrap(), before);
}

#[test]
fn a_header_is_known_from_the_other_segments() {
    let dir = tempfile::tempdir().unwrap();
    let producer = dead(dir.path(), 1, 1000);
    // A second segment of the same producer with no readable header, and the third record in it.
    let mut frame = vec![0; HEADER_BYTES];
    let seed = crate::frame::Seed::new(&producer);
    crate::frame::Draft::new(seed, &payload(2)).unwrap().encode(2, &mut frame);
    fs::write(crate::name::Name { producer, number: 1 }.segment(dir.path()), frame).unwrap();
    assert_eq!(found(dir.path()), [record(0), Found::Damaged { first: 1, last: Some(1) }, record(2)]);
}

#[test]
fn a_file_cut_inside_its_header_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    dead(dir.path(), 3, 4096);
    edit(dir.path(), |bytes| bytes.truncate(300));
    assert_eq!(found(dir.path()), [Found::Damaged { first: 0, last: None }]);
    edit(dir.path(), Vec::clear);
    assert_eq!(adopt_ours(dir.path()).refused[0].kind(), ErrorKind::Damaged);
}

#[test]
fn a_newer_format_is_refused_by_name_and_stops_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    dead(dir.path(), 3, 4096);
    edit(dir.path(), |bytes| {
        for copy in [0, 128] {
            bytes[copy + 8..copy + 10].copy_from_slice(&2_u16.to_le_bytes());
            let checksum = crc32fast::hash(&bytes[copy..copy + 124]);
            bytes[copy + 124..copy + 128].copy_from_slice(&checksum.to_le_bytes());
        }
    });
    let path = only_file(dir.path());
    let before = fs::read(&path).unwrap();
    let ours = dead(dir.path(), 1, 4096);
    let adoption = adopt_ours(dir.path());
    assert_eq!(adoption.orphans.iter().map(Orphan::producer).collect::<Vec<_>>(), [ours]);
    let error = &adoption.refused[0];
    assert_eq!((error.kind(), error.path()), (ErrorKind::NewerFormat, Some(path.as_path())));
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()) && message.contains("format 2"), "{message}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn newer_payloads_are_refused_by_name_and_stop_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let newer = Journal::create(Config::new(dir.path(), TARGET, 2)).unwrap();
    newer.append(b"from the future", &Wait::default()).unwrap();
    let path = only_file(dir.path());
    let ours = dead(dir.path(), 1, 4096);
    let adopted = adopt_ours(dir.path());
    assert!(adopted.refused.is_empty(), "its process lives: {:?}", adopted.refused);
    drop((adopted, newer));
    let before = fs::read(&path).unwrap();
    let adopted = adopt_ours(dir.path());
    assert_eq!(adopted.orphans.iter().map(Orphan::producer).collect::<Vec<_>>(), [ours]);
    let [error] = adopted.refused.as_slice() else { panic!("{:?}", adopted.refused) };
    assert_eq!((error.kind(), error.path()), (ErrorKind::NewerFormat, Some(path.as_path())));
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()) && message.contains("format 2"), "{message}");
    assert!(adopt_all(dir.path(), &|_| false).refused.is_empty(), "what waits elsewhere is not our trouble");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(adopt(dir.path(), 2).unwrap().next_orphan(&|_| true).unwrap().unwrap().payload_format(), 2);
}

#[test]
fn a_segment_made_after_the_listing_keeps_its_producer() {
    let dir = tempfile::tempdir().unwrap();
    let mut early = adopt(dir.path(), 1).unwrap();
    assert!(early.next_orphan(&|_| true).is_none());
    dead_in_two_segments(dir.path());
    let names = list(dir.path()).unwrap().segments.into_values().next().unwrap();
    // As if each of them alone had been listed.
    for name in &names {
        let got = super::adopt_one(dir.path(), std::slice::from_ref(name), 1, &|_| true).unwrap();
        assert!(got.is_none(), "{name:?} is not all of it");
    }
    assert!(super::adopt_one(dir.path(), &names, 1, &|_| true).unwrap().is_some());
}

#[test]
fn an_unreadable_start_of_the_oldest_segment_is_not_taken_from_the_next() {
    let dir = tempfile::tempdir().unwrap();
    dead_in_two_segments(dir.path());
    let names = list(dir.path()).unwrap().segments.into_values().next().unwrap();
    let oldest = names[0].segment(dir.path());
    let before = adopt_ours(dir.path()).orphans[0].read().count();
    let mut bytes = fs::read(&oldest).unwrap();
    bytes[..HEADER_BYTES].fill(0);
    fs::write(&oldest, bytes).unwrap();
    let mut orphan = adopt_ours(dir.path()).orphans.remove(0);
    assert_eq!(orphan.first_pseq(), None);
    assert_eq!(orphan.read().count(), before, "its records are all there");
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    dead(dir.path(), 3, 4096);
    fs::write(dir.path().join("notes.txt"), "not a segment").unwrap();
    let other = adopt_all(dir.path(), &|_| false);
    assert!(other.orphans.is_empty() && other.refused.is_empty());
    assert_eq!(adopt_ours(dir.path()).orphans.len(), 1);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn of_many_adopters_exactly_one_gets_it() {
    for _ in 0..50 {
        let dir = tempfile::tempdir().unwrap();
        dead_in_two_segments(dir.path());
        let barrier = Arc::new(Barrier::new(4));
        let (sender, receiver) = mpsc::channel();
        for _ in 0..4 {
            let (barrier, path, sender) = (Arc::clone(&barrier), dir.path().to_owned(), sender.clone());
            thread::spawn(move || {
                barrier.wait();
                let mut adoption = adopt_ours(&path);
                let n_found: usize = adoption.orphans.iter_mut().map(|orphan| orphan.read().count()).sum();
                // All hold what they got until everybody has looked.
                barrier.wait();
                sender.send((adoption.orphans.len(), n_found, adoption.refused.len()))
            });
        }
        let results: Vec<_> = (0..4).map(|_| receiver.recv_timeout(LONG).unwrap()).collect();
        assert_eq!(results.iter().map(|result| result.0).sum::<usize>(), 1, "{results:?}");
        assert_eq!(results.iter().map(|result| result.1).sum::<usize>(), 50, "{results:?}");
        assert_eq!(results.iter().map(|result| result.2).sum::<usize>(), 0, "{results:?}");
    }
}

#[test]
fn what_was_removed_is_not_adopted_again() {
    // Opened before it was removed, locked afterwards: the control for looking at the path once more.
    let dir = tempfile::tempdir().unwrap();
    dead(dir.path(), 3, 4096);
    let path = only_file(dir.path());
    let early = super::open_existing(&path, super::Access::Claim).unwrap().unwrap();
    adopt_ours(dir.path()).orphans.remove(0).remove().unwrap();
    assert!(matches!(super::claim(&early, &path), Ok(super::Claim::Ours)));
    assert!(!super::is_still_at(&early, &path));
}

#[test]
fn reading_goes_on_where_it_was_left() {
    let dir = tempfile::tempdir().unwrap();
    dead_in_two_segments(dir.path());
    let all: Vec<_> = adopt_ours(dir.path()).orphans[0].read().map(Result::unwrap).collect();
    let mut orphan = adopt_ours(dir.path()).orphans.remove(0);
    let in_parts: Vec<_> = std::iter::from_fn(|| orphan.read().next()).map(Result::unwrap).collect();
    assert_eq!(in_parts, all);
    assert_eq!(orphan.read().count(), 0);
}

#[test]
fn dropping_an_orphan_gives_it_back() {
    let dir = tempfile::tempdir().unwrap();
    dead(dir.path(), 3, 4096);
    let orphan = adopt_ours(dir.path()).orphans;
    assert!(adopt_ours(dir.path()).orphans.is_empty());
    drop(orphan);
    assert_eq!(adopt_ours(dir.path()).orphans.len(), 1);
}

#[test]
fn leftovers_of_an_interrupted_making_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let producer = dead(dir.path(), 1, 4096);
    let leftover = crate::name::Name { producer, number: 1 }.temporary(dir.path());
    fs::write(&leftover, b"half a hea").unwrap();
    let held = crate::name::Name { producer, number: 2 }.temporary(dir.path());
    let file = fs::File::create(&held).unwrap();
    file.lock().unwrap();
    adopt_ours(dir.path());
    assert!(!leftover.exists());
    assert!(held.exists(), "somebody is making it");
}

#[test]
fn what_was_left_is_adopted() {
    let dir = tempfile::tempdir().unwrap();
    let journal_dir = dir.path().join("journal");
    let producer = leave(&journal_dir, &TARGET, 1, b"one record").unwrap();
    let mut orphan = adopt_ours(&journal_dir).orphans.remove(0);
    assert_eq!((orphan.producer(), orphan.role(), orphan.first_pseq()), (producer, Role::Left, Some(0)));
    let found: Vec<_> = orphan.read().map(Result::unwrap).collect();
    assert_eq!(found, [Found::Record { pseq: 0, payload: b"one record".to_vec() }]);
    orphan.remove().unwrap();
    assert_eq!(fs::read_dir(&journal_dir).unwrap().count(), 0);
    let missing = dir.path().join("no").join("journal");
    assert_eq!(leave(&missing, &TARGET, 1, b"x").unwrap_err().kind(), ErrorKind::NotFound);
}
