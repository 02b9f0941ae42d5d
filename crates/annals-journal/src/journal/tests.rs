//! Callers and writer around one journal: order, back-pressure, barriers, sheds, and what is left on disk.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use super::{Batch, Config, Journal, Refusal, Take, Taken, Wait};
use crate::{
    ErrorKind, Found, Orphan, Target, adopt,
    segment::{Access, is_live, open_existing},
};

const TARGET: Target = Target { address: [1; 32], log: None };
/// Far more than anything here takes; a test that reaches it has failed.
const LONG: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_millis(50);
const NOW: Take = Take { max_idle: Duration::ZERO, linger: Duration::ZERO, enough: 1 };
/// For what must not time out, which fails all the same instead of hanging when it never ends.
const FOR_EVER: Wait = Wait { no_progress: Some(LONG) };

fn journal(dir: &Path) -> Journal {
    Journal::create(Config::new(dir, TARGET, 1)).unwrap()
}

fn small(dir: &Path, max_bytes: u64, max_records: usize) -> Journal {
    Journal::create(Config { max_bytes, max_records, ..Config::new(dir, TARGET, 1) }).unwrap()
}

fn batch(journal: &Journal) -> Batch {
    match journal.take(NOW) {
        Taken::Batch(batch) => batch,
        other => panic!("expected a batch: {other:?}"),
    }
}

fn files(dir: &Path) -> BTreeSet<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    fs::read_dir(dir).unwrap().map(name).collect()
}

fn orphans(dir: &Path) -> Vec<Orphan> {
    let mut adoption = adopt(dir, 1).unwrap();
    std::iter::from_fn(|| adoption.next_orphan(&|target| *target == TARGET)).map(Result::unwrap).collect()
}

fn records(orphan: &mut Orphan) -> Vec<(u64, Vec<u8>)> {
    let record = |found| match found {
        Ok(Found::Record { pseq, payload }) => (pseq, payload),
        other => panic!("expected a record: {other:?}"),
    };
    orphan.read().map(record).collect()
}

/// Runs `work` in another thread and gives its result when it comes in time.
fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> mpsc::Receiver<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    receiver
}

/// Waits until `condition` holds; a condition that never does fails the test.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let give_up_at = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < give_up_at, "never happened: {what}");
        thread::yield_now();
    }
}

fn n_blocked(journal: &Journal) -> usize {
    crate::sync::lock(&journal.state).n_blocked
}

fn is_parked(journal: &Journal) -> bool {
    crate::sync::lock(&journal.state).wake_at != usize::MAX
}

#[test]
fn what_is_appended_is_taken_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    assert!(matches!(journal.take(NOW), Taken::Idle));
    for (pseq, payload) in (0..).zip([b"a".as_slice(), b"", b"ccc"]) {
        assert_eq!(journal.append(payload, &FOR_EVER).unwrap(), pseq);
    }
    let first = batch(&journal);
    assert_eq!((first.first_pseq(), first.end_pseq(), first.len()), (0, 3, 3));
    assert_eq!(first.iter().collect::<Vec<_>>(), [b"a".as_slice(), b"", b"ccc"]);
    assert_eq!(journal.append(b"d", &FOR_EVER).unwrap(), 3);
    let second = batch(&journal);
    assert_eq!((second.first_pseq(), second.len()), (3, 1));
    assert!(matches!(journal.take(NOW), Taken::Idle));
    assert_eq!(journal.next_pseq(), 4);
}

#[test]
fn what_was_not_given_back_is_found_by_adoption() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    for payload in [b"one".as_slice(), b"two", b"three"] {
        journal.append(payload, &FOR_EVER).unwrap();
    }
    let taken = batch(&journal);
    journal.free(1, 0);
    assert!(orphans(dir.path()).is_empty(), "a live journal is never adopted");
    let producer = journal.producer();
    drop(journal);
    drop(taken);
    let mut orphans = orphans(dir.path());
    assert_eq!(orphans.len(), 1);
    assert_eq!(orphans[0].producer(), producer);
    assert_eq!(orphans[0].first_pseq(), Some(0));
    let expected = [b"one".as_slice(), b"two", b"three"];
    assert_eq!(records(&mut orphans[0]), (0..).zip(expected.map(<[u8]>::to_vec)).collect::<Vec<_>>());
    orphans.remove(0).remove().unwrap();
    assert!(files(dir.path()).is_empty());
}

#[test]
fn closing_leaves_nothing_behind_when_all_is_durable() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    journal.append(b"x", &FOR_EVER).unwrap();
    let end = batch(&journal).end_pseq();
    journal.free(end, 0);
    journal.close();
    assert!(files(dir.path()).is_empty());
    journal.close();
    assert_eq!(journal.append(b"y", &FOR_EVER).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(journal.shed().unwrap_err().kind(), ErrorKind::Closed);
    assert!(matches!(journal.take(NOW), Taken::Closed));
    journal.free(9, 9);
}

#[test]
fn an_ended_journal_is_drained_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    journal.append(b"x", &FOR_EVER).unwrap();
    journal.end();
    assert_eq!(journal.append(b"y", &FOR_EVER).unwrap_err().kind(), ErrorKind::Closed);
    let forever = Take { max_idle: LONG, linger: LONG, enough: 10 };
    assert!(matches!(journal.take(forever), Taken::Batch(batch) if batch.len() == 1));
    assert!(matches!(journal.take(forever), Taken::Closed));
    assert_eq!(files(dir.path()).len(), 1, "its files stay until it is closed");
}

#[test]
fn closing_or_ending_wakes_everybody() {
    for close in [Journal::close, Journal::end] {
        let dir = tempfile::tempdir().unwrap();
        let journal = Arc::new(small(dir.path(), 4096, 1));
        let of = Arc::clone(&journal);
        let writer = spawn(move || of.take(Take { max_idle: LONG, linger: Duration::ZERO, enough: 1 }));
        eventually("the writer parks", || is_parked(&journal));
        journal.append(b"wakes the writer", &FOR_EVER).unwrap();
        assert!(matches!(writer.recv_timeout(LONG), Ok(Taken::Batch(_))));
        let of = Arc::clone(&journal);
        let idle = spawn(move || of.take(Take { max_idle: LONG, linger: Duration::ZERO, enough: 1 }));
        let blocked: Vec<_> = (0..3)
            .map(|_| Arc::clone(&journal))
            .map(|of| spawn(move || of.append(b"no room", &FOR_EVER).unwrap_err().kind()))
            .collect();
        eventually("all are parked", || is_parked(&journal) && n_blocked(&journal) == 3);
        close(&journal);
        assert!(matches!(idle.recv_timeout(LONG), Ok(Taken::Closed)));
        for blocked in blocked {
            assert_eq!(blocked.recv_timeout(LONG), Ok(ErrorKind::Closed));
        }
    }
}

#[test]
fn a_nudge_brings_the_writer_back_once_and_never_costs_a_record() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Arc::new(small(dir.path(), 4096, 10));
    let idle = Take { max_idle: LONG, linger: Duration::ZERO, enough: 1 };
    let of = Arc::clone(&journal);
    let writer = spawn(move || of.take(idle));
    eventually("the writer parks", || is_parked(&journal));
    journal.nudge();
    assert!(matches!(writer.recv_timeout(LONG), Ok(Taken::Idle)));
    journal.nudge();
    assert!(matches!(journal.take(idle), Taken::Idle), "a nudge before the wait counts");
    journal.nudge();
    journal.append(b"more than a nudge", &FOR_EVER).unwrap();
    assert!(matches!(journal.take(idle), Taken::Batch(batch) if batch.len() == 1));
    assert!(matches!(journal.take(NOW), Taken::Idle));
}

#[test]
fn a_full_journal_blocks_until_something_is_given_back() {
    for (max_bytes, max_records) in [(1 << 20, 3), (3 * 120 + 119, 1000)] {
        let dir = tempfile::tempdir().unwrap();
        let journal = Arc::new(small(dir.path(), max_bytes, max_records));
        for _ in 0..3 {
            journal.append(&[0; 100], &FOR_EVER).unwrap();
        }
        assert_eq!((journal.stats().n_records, journal.stats().n_bytes), (3, 360));
        assert_eq!(journal.try_append(&[0; 100]).unwrap_err().kind(), ErrorKind::Full);
        let started = Instant::now();
        let error = journal.append(&[0; 100], &Wait { no_progress: Some(SOON) }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Full);
        assert!(started.elapsed() >= SOON);
        assert_eq!(journal.next_pseq(), 3, "what was not accepted got no number");
        let of = Arc::clone(&journal);
        let blocked = spawn(move || of.append(&[0; 100], &FOR_EVER));
        eventually("the caller is blocked", || n_blocked(&journal) == 1);
        assert_eq!(batch(&journal).end_pseq(), 3);
        assert_eq!(n_blocked(&journal), 1, "taking is not giving back");
        journal.free(1, 0);
        assert_eq!(blocked.recv_timeout(LONG).unwrap().unwrap(), 3);
        assert_eq!(journal.stats().n_records, 3);
    }
}

#[test]
fn progress_starts_the_patience_anew() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Arc::new(small(dir.path(), 1000, 1000));
    for _ in 0..40 {
        journal.append(&[0; 5], &FOR_EVER).unwrap();
    }
    let patience = Duration::from_millis(400);
    let of = Arc::clone(&journal);
    let started = Instant::now();
    // It needs everything to be given back, which happens in steps that together take longer than its patience.
    let blocked = spawn(move || (of.append(&[0; 980], &Wait { no_progress: Some(patience) }), started.elapsed()));
    eventually("the caller is blocked", || n_blocked(&journal) == 1);
    for durable in 1..=40 {
        // It is not let go before its time, nor given up on after it.
        assert!(blocked.recv_timeout(patience / 20).is_err());
        journal.free(durable, 0);
    }
    let (result, elapsed) = blocked.recv_timeout(LONG).unwrap();
    assert_eq!(result.unwrap(), 40);
    assert!(elapsed > patience);
}

#[test]
fn a_record_that_can_never_fit_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let journal = small(dir.path(), 1000, 10);
    assert_eq!(journal.append(&[0; 981], &FOR_EVER).unwrap_err().kind(), ErrorKind::TooLarge);
    journal.append(&[0; 980], &FOR_EVER).unwrap();
}

#[test]
fn a_refusing_journal_fails_at_once_and_recovers() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Arc::new(small(dir.path(), 1000, 1));
    journal.append(b"x", &FOR_EVER).unwrap();
    let of = Arc::clone(&journal);
    let blocked = spawn(move || of.append(b"y", &FOR_EVER));
    eventually("the caller is blocked", || n_blocked(&journal) == 1);
    journal.refuse(Refusal::Refuse);
    assert_eq!(blocked.recv_timeout(LONG).unwrap().unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(journal.try_append(b"y").unwrap_err().kind(), ErrorKind::Refused);
    journal.refuse(Refusal::Accept);
    journal.free(1, 0);
    assert_eq!(journal.append(b"y", &FOR_EVER).unwrap(), 1);
}

#[test]
fn lingering_ends_with_enough_records_hurry_or_a_blocked_caller() {
    let linger = Take { max_idle: LONG, linger: Duration::from_hours(1), enough: 3 };
    let cut_short: [fn(&Arc<Journal>); 4] = [
        |journal| drop(journal.append(b"third", &FOR_EVER)),
        |journal| journal.hurry(),
        |journal| journal.end(),
        |journal| {
            let of = Arc::clone(journal);
            let _blocked = spawn(move || of.append(&[0; 900], &FOR_EVER));
        },
    ];
    for cut in cut_short {
        let dir = tempfile::tempdir().unwrap();
        let journal = Arc::new(small(dir.path(), 940, 10));
        let of = Arc::clone(&journal);
        let writer = spawn(move || of.take(linger));
        journal.append(b"first", &FOR_EVER).unwrap();
        journal.append(b"second", &FOR_EVER).unwrap();
        eventually("the writer lingers", || crate::sync::lock(&journal.state).wake_at == 3);
        assert!(writer.recv_timeout(SOON).is_err(), "the control: two records are not enough");
        cut(&journal);
        assert!(matches!(writer.recv_timeout(LONG), Ok(Taken::Batch(batch)) if batch.len() >= 2));
        journal.close();
    }
}

#[test]
fn hurry_lasts_until_everything_before_it_was_taken() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    let linger = Take { max_idle: Duration::ZERO, linger: SOON, enough: 100 };
    journal.append(b"x", &FOR_EVER).unwrap();
    journal.hurry();
    let started = Instant::now();
    assert!(matches!(journal.take(linger), Taken::Batch(_)));
    assert!(started.elapsed() < SOON);
    journal.append(b"y", &FOR_EVER).unwrap();
    let started = Instant::now();
    assert!(matches!(journal.take(linger), Taken::Batch(_)));
    assert!(started.elapsed() >= SOON / 2, "the control: it lingers again");
}

#[test]
fn segments_are_changed_and_unlinked() {
    let dir = tempfile::tempdir().unwrap();
    let journal = small(dir.path(), 8000, 1000);
    let mut names = BTreeSet::new();
    let mut durable = 0;
    for round in 0..100_u64 {
        for _ in 0..10 {
            journal.append(&[0; 100], &FOR_EVER).unwrap();
        }
        durable = batch(&journal).end_pseq();
        assert_eq!(durable, (round + 1) * 10);
        names.extend(files(dir.path()));
        journal.free(durable, 0);
        assert!(files(dir.path()).len() <= 2, "the active segment, and the next one while it is needed soon");
    }
    assert!(names.len() > 10, "{names:?}");
    assert!(names.iter().all(|name| !name.contains(".tmp")), "{names:?}");
    journal.close();
    assert!(files(dir.path()).is_empty());
    journal.free(durable, 0);
}

#[test]
fn callers_fill_the_journal_to_its_bound_while_the_writer_is_busy() {
    let dir = tempfile::tempdir().unwrap();
    let journal = small(dir.path(), 12_000, 1000);
    for _ in 0..40 {
        journal.append(&[0; 100], &FOR_EVER).unwrap();
    }
    // Nearly half of the first segment holds what is durable; no writer prepares another one.
    journal.free(40, 0);
    for _ in 0..100 {
        journal.try_append(&[0; 100]).unwrap();
    }
    assert_eq!(journal.try_append(&[0; 100]).unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(files(dir.path()).len(), 2);
    drop(journal);
    let mut orphans = orphans(dir.path());
    let numbers: Vec<u64> = records(&mut orphans[0]).into_iter().map(|(pseq, _)| pseq).collect();
    assert_eq!(numbers, (0..140).collect::<Vec<_>>());
}

#[test]
fn a_segment_stays_while_a_part_of_it_or_a_shed_is_not_durable() {
    let dir = tempfile::tempdir().unwrap();
    let journal = small(dir.path(), 1000, 1000);
    for _ in 0..6 {
        journal.append(&[0; 100], &FOR_EVER).unwrap();
    }
    journal.shed().unwrap();
    drop(batch(&journal));
    drop(batch_after_append(&journal));
    assert_eq!(files(dir.path()).len(), 2);
    journal.free(5, 1);
    assert_eq!(files(dir.path()).len(), 2, "record 5 is not durable");
    journal.free(7, 0);
    assert_eq!(files(dir.path()).len(), 1, "it was the sheds' only file before the change, not after");
}

fn batch_after_append(journal: &Journal) -> Batch {
    journal.append(&[0; 100], &FOR_EVER).unwrap();
    batch(journal)
}

#[test]
fn sheds_reach_the_writer_and_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let journal = small(dir.path(), 1000, 1000);
    journal.shed().unwrap();
    let news = batch(&journal);
    assert_eq!((news.len(), news.shed_total(), news.shed_after()), (0, 1, None));
    assert!(matches!(journal.take(NOW), Taken::Idle), "news is told once");
    for _ in 0..7 {
        journal.append(&[0; 100], &FOR_EVER).unwrap();
    }
    journal.shed().unwrap();
    journal.shed().unwrap();
    let news = batch(&journal);
    assert_eq!((news.len(), news.shed_total(), news.shed_after()), (7, 3, Some(6)));
    assert_eq!(journal.stats().n_shed, 3);
    journal.free(7, 1);
    journal.close();
    let mut orphans = orphans(dir.path());
    assert_eq!(orphans.len(), 1, "all records are durable, two sheds are not");
    assert_eq!((orphans[0].shed_total(), orphans[0].shed_after()), (3, Some(6)));
    assert_eq!(records(&mut orphans[0]).len(), 7);
}

#[test]
fn durable_sheds_leave_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    journal.shed().unwrap();
    journal.free(0, batch(&journal).shed_total());
    journal.close();
    assert!(files(dir.path()).is_empty());
}

#[test]
fn later_segments_carry_the_log_id() {
    let dir = tempfile::tempdir().unwrap();
    let journal = small(dir.path(), 1000, 1000);
    journal.set_log([9; 16]);
    for _ in 0..9 {
        let end = batch_after_append(&journal).end_pseq();
        journal.free(end - 1, 0);
    }
    drop(journal);
    let orphan = adopt(dir.path(), 1).unwrap().next_orphan(&|target| target.log == Some([9; 16]));
    assert!(matches!(orphan, Some(Ok(_))), "{orphan:?}");
}

#[test]
fn the_age_is_that_of_the_oldest_that_waits() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    assert_eq!(journal.stats().oldest, None);
    let before = Instant::now();
    journal.append(b"x", &FOR_EVER).unwrap();
    let between = Instant::now();
    assert!(journal.stats().oldest.unwrap() >= before);
    drop(batch(&journal));
    journal.append(b"y", &FOR_EVER).unwrap();
    assert!(journal.stats().oldest.unwrap() <= between, "taken is not given back");
    journal.free(1, 0);
    assert!(journal.stats().oldest.unwrap() >= between);
    journal.free(2, 0);
    assert!(journal.stats().n_records == 0);
}

#[test]
fn buffers_change_places() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        journal.append(b"x", &FOR_EVER).unwrap();
        let batch = batch(&journal);
        seen.insert(batch.iter().next().unwrap().as_ptr() as usize);
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn a_missing_directory_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("no").join("journal");
    let error = Journal::create(Config::new(&missing, TARGET, 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(&missing.display().to_string()), "{error}");
    assert!(error.to_string().contains("hint: "), "{error}");
}

#[test]
fn every_file_that_can_be_seen_is_locked() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Arc::new(small(dir.path(), 4000, 1000));
    let of = Arc::clone(&journal);
    let working = spawn(move || {
        for _ in 0..300 {
            of.append(&[0; 300], &FOR_EVER).unwrap();
            let end = batch(&of).end_pseq();
            of.free(end, 0);
        }
    });
    let mut n_seen = 0_u64;
    loop {
        for name in files(dir.path()).iter().filter(|name| name.contains(".seg")) {
            let path = dir.path().join(name);
            if let Some(file) = open_existing(&path, Access::Look).unwrap()
                && !is_live(&file, &path).unwrap()
            {
                assert!(!path.exists(), "{name} is there and unlocked");
            }
            n_seen += 1;
        }
        match working.try_recv() {
            Err(mpsc::TryRecvError::Empty) => {}
            done => break done.unwrap(),
        }
    }
    assert!(n_seen > 0);
}

#[test]
fn bounds_beyond_reason_are_refused_by_number() {
    let dir = tempfile::tempdir().unwrap();
    let config = || Config::new(dir.path().join("journal"), TARGET, 1);
    let too_large = [
        Config { max_bytes: u64::MAX, ..config() },
        Config { max_bytes: u64::MAX - 512, ..config() },
        Config { max_bytes: Config::MAX_BYTES + 1, ..config() },
        Config { max_records: usize::MAX, ..config() },
        Config { max_records: Config::MAX_RECORDS + 1, ..config() },
    ];
    for config in too_large {
        let bounds = [config.max_bytes.to_string(), config.max_records.to_string()];
        let error = Journal::create(config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        let message = error.to_string();
        assert!(bounds.iter().any(|bound| message.contains(bound)) && message.contains("hint:"), "{message}");
    }
    assert!(!dir.path().join("journal").exists(), "nothing was touched");
    // The largest number of records works, and takes no memory before it is used.
    let journal = Journal::create(Config { max_records: Config::MAX_RECORDS, ..config() }).unwrap();
    assert_eq!(journal.append(b"x", &Wait::default()).unwrap(), 0);
}
