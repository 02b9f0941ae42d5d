//! Explores the journal with its callers, its writer, its end and its adoption: every record that was answered becomes
//! durable exactly once, under its number and in order, whoever carries it there; and nobody waits for ever, which
//! shuttle reports as a deadlock.
//!
//! Run with `RUSTFLAGS="--cfg shuttle" cargo nextest run -p annals-journal --lib shuttle`. The files are real. Hand-overs
//! with known mistakes go through the same harness, which must catch each of them.

use std::{
    collections::{BTreeSet, VecDeque},
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
    time::Duration,
};

use shuttle::{
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::{Config, Journal, Take, Taken, Wait};
use crate::{Found, Target, adopt, sync::lock};

const N_CALLERS: u8 = 2;
const N_RECORDS: u8 = 3;
const MAX_RECORDS: usize = 2;
const TARGET: Target = Target { address: [1; 32], log: None };

/// What the harness drives.
trait HandOver: Send + Sync + 'static {
    fn create(dir: &Path) -> Self;
    /// The number, or nothing once it is closed.
    fn append(&self, payload: &[u8]) -> Option<u64>;
    /// The first number and the payloads, or nothing once it is closed.
    fn take(&self) -> Option<(u64, Vec<Vec<u8>>)>;
    fn free(&self, durable: u64);
    fn end(&self);
    fn close(&self);
}

impl HandOver for Journal {
    /// Full after two records, and with a change of segments after every third.
    fn create(dir: &Path) -> Self {
        Self::create(Config { max_bytes: 80, max_records: MAX_RECORDS, ..Config::new(dir, TARGET, 1) }).unwrap()
    }

    fn append(&self, payload: &[u8]) -> Option<u64> {
        self.append(payload, &Wait { no_progress: None }).ok()
    }

    fn take(&self) -> Option<(u64, Vec<Vec<u8>>)> {
        let for_ever = Take { max_idle: Duration::MAX, linger: Duration::ZERO, enough: 1 };
        match self.take(for_ever) {
            Taken::Batch(batch) => Some((batch.first_pseq(), batch.iter().map(<[u8]>::to_vec).collect())),
            Taken::Closed => None,
            Taken::Idle => panic!("idle without a deadline"),
        }
    }

    fn free(&self, durable: u64) {
        self.free(durable, 0);
    }

    fn end(&self) {
        self.end();
    }

    fn close(&self) {
        self.close();
    }
}

/// A database with the mark of one producer.
#[derive(Default)]
struct Database {
    rows: Mutex<Vec<Vec<u8>>>,
}

impl Database {
    /// Takes what continues its rows, skips what it has, and refuses a jump.
    fn append(&self, first: u64, payloads: Vec<Vec<u8>>) {
        let mut rows = lock(&self.rows);
        for (pseq, payload) in (first..).zip(payloads) {
            let mark = rows.len() as u64;
            assert!(pseq <= mark, "a jump from {mark} to {pseq}");
            if pseq == mark {
                rows.push(payload);
            }
        }
    }
}

/// Drains everything that can be adopted.
fn drain(dir: &Path, database: &Database) {
    let mut adoption = adopt(dir, 1).unwrap();
    while let Some(orphan) = adoption.next_orphan(&|target| *target == TARGET) {
        let mut orphan = orphan.unwrap();
        for found in orphan.read() {
            match found.unwrap() {
                Found::Record { pseq, payload } => database.append(pseq, vec![payload]),
                damaged => panic!("nothing was damaged: {damaged:?}"),
            }
        }
        orphan.remove().unwrap();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The callers finish, the writer drains, the journal is closed.
    Orderly,
    /// It is closed at any moment, twice; the writer goes on with what it holds, or is dead. Adopters come and go.
    Abrupt,
}

fn scenario<H: HandOver>(ending: Ending) {
    let dir = tempfile::tempdir().unwrap();
    let path = Arc::new(dir.path().to_owned());
    let journal = Arc::new(H::create(&path));
    let database = Arc::new(Database::default());
    let is_dead = Arc::new(AtomicBool::new(false));

    let callers: Vec<_> = (0..N_CALLERS)
        .map(|caller| {
            let journal = Arc::clone(&journal);
            thread::spawn(move || {
                let mut answered = Vec::new();
                for n in 0..N_RECORDS {
                    let Some(pseq) = journal.append(&[caller, n, 0, 0, 0]) else { break };
                    answered.push((pseq, vec![caller, n, 0, 0, 0]));
                }
                answered
            })
        })
        .collect();
    let writer = {
        let (journal, database, is_dead) = (Arc::clone(&journal), Arc::clone(&database), Arc::clone(&is_dead));
        thread::spawn(move || {
            while let Some((first, payloads)) = journal.take() {
                let end = first + payloads.len() as u64;
                if is_dead.load(Ordering::SeqCst) {
                    return;
                }
                database.append(first, payloads);
                journal.free(end);
            }
        })
    };

    let mut others = Vec::new();
    if ending == Ending::Abrupt {
        for dies in [true, false] {
            let (journal, is_dead) = (Arc::clone(&journal), Arc::clone(&is_dead));
            others.push(thread::spawn(move || {
                is_dead.fetch_or(dies, Ordering::SeqCst);
                journal.close();
            }));
        }
        for _ in 0..2 {
            let (path, database) = (Arc::clone(&path), Arc::clone(&database));
            others.push(thread::spawn(move || drain(&path, &database)));
        }
    }
    let answered: Vec<Vec<_>> = callers.into_iter().map(|caller| caller.join().unwrap()).collect();
    for other in others {
        other.join().unwrap();
    }
    journal.end();
    writer.join().unwrap();
    journal.close();
    if ending == Ending::Abrupt {
        drain(&path, &database);
    }

    for answered in &answered {
        assert!(answered.is_sorted_by_key(|(pseq, _)| *pseq), "a caller's records changed places: {answered:?}");
    }
    let rows = std::mem::take(&mut *lock(&database.rows));
    let answered: BTreeSet<_> = answered.into_iter().flatten().collect();
    let durable: BTreeSet<_> = (0..).zip(rows).collect();
    assert_eq!(durable, answered, "what became durable is not what was answered");
    assert_eq!(fs::read_dir(&*path).unwrap().count(), 0, "files were left behind");
}

fn explore<H: HandOver>(ending: Ending) {
    let n_schedules = if std::env::var_os("ANNALS_FULL").is_some() { 20_000 } else { 1_000 };
    shuttle::check_random(move || scenario::<H>(ending), n_schedules);
    shuttle::check_pct(move || scenario::<H>(ending), n_schedules, 3);
}

/// What the harness says of a variant that it must catch.
fn caught<H: HandOver>(ending: Ending) -> String {
    let panic =
        catch_unwind(AssertUnwindSafe(|| explore::<H>(ending))).expect_err("the harness did not catch the mistake");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[test]
fn every_schedule_drains_in_order() {
    explore::<Journal>(Ending::Orderly);
}

#[test]
fn every_schedule_survives_an_abrupt_end() {
    explore::<Journal>(Ending::Abrupt);
}

/// Control: the journal, but its space is given back when a batch is taken instead of when it is durable.
struct FreesBeforeDurable(Journal);

impl HandOver for FreesBeforeDurable {
    fn create(dir: &Path) -> Self {
        Self(<Journal as HandOver>::create(dir))
    }

    fn append(&self, payload: &[u8]) -> Option<u64> {
        HandOver::append(&self.0, payload)
    }

    fn take(&self) -> Option<(u64, Vec<Vec<u8>>)> {
        let (first, payloads) = HandOver::take(&self.0)?;
        self.0.free(first + payloads.len() as u64, 0);
        Some((first, payloads))
    }

    fn free(&self, _durable: u64) {}

    fn end(&self) {
        self.0.end();
    }

    fn close(&self) {
        self.0.close();
    }
}

#[test]
fn the_harness_catches_space_given_back_too_early() {
    let message = caught::<FreesBeforeDurable>(Ending::Abrupt);
    assert!(message.contains("not what was answered") || message.contains("a jump"), "{message}");
}

/// Control: a queue in memory that tells the writer of a record before it can be found.
struct NotifiesBeforePublishing {
    state: Mutex<Queue>,
    work: Condvar,
    space: Condvar,
    /// One caller at a time, so that only the notification is wrong.
    order: Mutex<()>,
}

#[derive(Default)]
struct Queue {
    records: VecDeque<Vec<u8>>,
    next_pseq: u64,
    freed: u64,
    is_ended: bool,
}

impl HandOver for NotifiesBeforePublishing {
    fn create(_dir: &Path) -> Self {
        Self { state: Mutex::new(Queue::default()), work: Condvar::new(), space: Condvar::new(), order: Mutex::new(()) }
    }

    fn append(&self, payload: &[u8]) -> Option<u64> {
        let _order = lock(&self.order);
        let mut state = lock(&self.state);
        // With room for one, the next caller's notification can't make up for the one that came too early.
        while state.next_pseq > state.freed && !state.is_ended {
            state = self.space.wait(state).unwrap();
        }
        drop(state);
        self.work.notify_one();
        let mut state = lock(&self.state);
        state.records.push_back(payload.to_vec());
        state.next_pseq += 1;
        Some(state.next_pseq - 1)
    }

    fn take(&self) -> Option<(u64, Vec<Vec<u8>>)> {
        let mut state = lock(&self.state);
        while state.records.is_empty() {
            if state.is_ended {
                return None;
            }
            state = self.work.wait(state).unwrap();
        }
        let records = Vec::from(std::mem::take(&mut state.records));
        Some((state.next_pseq - records.len() as u64, records))
    }

    fn free(&self, durable: u64) {
        lock(&self.state).freed = durable;
        self.space.notify_all();
    }

    fn end(&self) {
        lock(&self.state).is_ended = true;
        self.work.notify_all();
    }

    fn close(&self) {}
}

#[test]
fn the_harness_catches_a_wake_up_that_comes_too_early() {
    let message = caught::<NotifiesBeforePublishing>(Ending::Orderly);
    assert!(message.contains("deadlock"), "{message}");
}

/// Control: a queue that gives the number under its lock, and queues the record under it once more.
struct NumbersBeforeQueueing(NotifiesBeforePublishing);

impl HandOver for NumbersBeforeQueueing {
    fn create(dir: &Path) -> Self {
        Self(NotifiesBeforePublishing::create(dir))
    }

    fn append(&self, payload: &[u8]) -> Option<u64> {
        let mut state = lock(&self.0.state);
        while state.next_pseq - state.freed >= MAX_RECORDS as u64 && !state.is_ended {
            state = self.0.space.wait(state).unwrap();
        }
        let pseq = state.next_pseq;
        state.next_pseq += 1;
        drop(state);
        lock(&self.0.state).records.push_back(payload.to_vec());
        self.0.work.notify_one();
        Some(pseq)
    }

    fn take(&self) -> Option<(u64, Vec<Vec<u8>>)> {
        let freed = lock(&self.0.state).freed;
        self.0.take().map(|(_, records)| (freed, records))
    }

    fn free(&self, durable: u64) {
        self.0.free(durable);
    }

    fn end(&self) {
        self.0.end();
    }

    fn close(&self) {}
}

#[test]
fn the_harness_catches_records_that_change_places() {
    let message = caught::<NumbersBeforeQueueing>(Ending::Orderly);
    assert!(message.contains("not what was answered"), "{message}");
}
