//! Named writes beside the contract: time, erasure, tables that somebody else wrote to, processes that race, and a store that fails the contract.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use annals_event::{EventId, ProducerId, StoredEvent, Timestamp};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::suite::{Database, keyed};
use annals_store::{
    Appended, Batch, Bucket, BucketWidth, Error, EventStore, Filter, Head, KEYS_KEPT, KeyedOutcome, KeyedRow,
    KeyedStore, KeyedWrite, LogId, Mark, OpenOperations, Page, PageRequest, Refused, SessionPage,
};
use annals_testkit::{Child, Line, rounds};

use crate::support::{Place, SetClock, all, plain};

fn send(store: &SqliteStore, key: u8, body: u8, events: &[Vec<u8>]) -> KeyedOutcome {
    let events: Vec<&[u8]> = events.iter().map(Vec::as_slice).collect();
    store.append_keyed(&KeyedWrite { key: [key; 32], body: [body; 32], events: &events }).expect("appended")
}

fn there(outcome: KeyedOutcome) -> Vec<KeyedRow> {
    match outcome {
        KeyedOutcome::There(rows) => rows,
        KeyedOutcome::OtherBody => panic!("another body"),
    }
}

#[test]
fn a_key_is_forgotten_after_seven_days_and_its_row_goes() {
    let place = Place::new();
    let clock = SetClock::default();
    let day = 86_400_000_000_000;
    clock.set(100 * day);
    let store = SqliteStore::open_with_clock(&place.database, OpenMode::ReadWriteCreate, clock.clock()).unwrap();
    there(send(&store, 1, 1, &plain(1)));
    let kept = i64::try_from(KEYS_KEPT.as_nanos()).unwrap();
    clock.set(100 * day + kept);
    assert!(!there(send(&store, 1, 1, &plain(1)))[0].is_new, "to the last moment");
    assert_eq!(send(&store, 1, 2, &plain(1)), KeyedOutcome::OtherBody);
    clock.set(100 * day + kept + 1);
    assert!(there(send(&store, 1, 2, &plain(1)))[0].is_new, "and no longer");
    clock.set(100 * day + 2 * kept + 2);
    there(send(&store, 2, 1, &plain(1)));
    let n: i64 = place.connection().query_row("SELECT count(*) FROM idempotency", [], |row| row.get(0)).unwrap();
    assert_eq!(n, 1, "old rows go with the next write");
    assert_eq!(all(&store).len(), 3);
}

#[test]
fn what_is_remembered_of_an_event_that_is_not_there_counts_for_nothing() {
    let place = Place::new();
    let store = place.open();
    there(send(&store, 1, 1, &plain(1)));
    // Somebody makes the table say that a write was made which never was.
    let other = place.connection();
    other.execute("UPDATE idempotency SET id = x'00112233445566778899aabbccddeeff'", []).unwrap();
    assert!(there(send(&store, 1, 1, &plain(1)))[0].is_new);
    other
        .execute("INSERT INTO idempotency SELECT x'0202020202020202020202020202020202020202020202020202020202020202', n, body, id, seq + 1000, written_at FROM idempotency", [])
        .unwrap();
    assert!(there(send(&store, 2, 1, &plain(1)))[0].is_new);
    assert_eq!(all(&store).len(), 3);
}

#[test]
fn an_erasure_takes_the_digest_of_what_it_erased() {
    let place = Place::new();
    let store = place.open();
    there(send(&store, 1, 1, &plain(2)));
    there(send(&store, 2, 1, &plain(1)));
    let n_bodies = || -> i64 {
        place.connection().query_row("SELECT count(body) FROM idempotency", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(n_bodies(), 3);
    // The statement that every erasure and pruning of a row runs.
    let emptied = include_str!("../../src/sql/forget-keyed-body.sql");
    place.connection().execute(emptied, [1]).unwrap();
    assert_eq!(n_bodies(), 1, "that of the whole write, since it tells of all its events");
    // Sent again it is still not made twice.
    assert!(there(send(&store, 1, 9, &plain(2))).iter().all(|row| !row.is_new));
}

#[test]
fn several_processes_that_are_sent_the_same_make_it_once() {
    const PROCESSES: usize = 3;
    let n_keys = u8::try_from(rounds(60, 250)).unwrap();
    if annals_testkit::role().is_some() {
        let store =
            SqliteStore::open(std::path::Path::new(&std::env::var_os("DATABASE").unwrap()), OpenMode::ReadWriteCreate)
                .unwrap();
        annals_testkit::say("ready");
        for key in 0..n_keys {
            for row in there(send(&store, key, 1, &plain(2))) {
                annals_testkit::say(format!("{key} {} {}", row.id, row.seq));
            }
        }
        annals_testkit::say("done");
        return;
    }
    let place = Place::new();
    place.open().close().unwrap();
    let this = "keyed::several_processes_that_are_sent_the_same_make_it_once";
    let mut children: Vec<Child> = (0..PROCESSES)
        .map(|n| Child::playing(this, &n.to_string(), [("DATABASE", place.database.as_os_str())]))
        .collect();
    let mut said = Vec::new();
    for child in &mut children {
        let mut lines = Vec::new();
        loop {
            match child.next_line() {
                Line::Text(line) if line == "ready" => {}
                Line::Text(line) if line == "done" => break,
                Line::Text(line) => lines.push(line),
                Line::End => panic!("a process ended early"),
            }
        }
        said.push(lines);
    }
    assert_eq!(said[0].len(), usize::from(n_keys) * 2);
    for lines in &said {
        assert_eq!(lines, &said[0], "each process was told of the same events");
    }
    assert_eq!(all(&place.open()).len(), usize::from(n_keys) * 2);
}

/// A store that remembers nothing: each sending gets a key of its own.
struct Forgetful {
    inner: SqliteStore,
    n_sent: AtomicU8,
}

impl KeyedStore for Forgetful {
    fn append_keyed(&self, write: &KeyedWrite<'_>) -> Result<KeyedOutcome, Error> {
        let n = self.n_sent.fetch_add(1, Ordering::Relaxed);
        self.inner.append_keyed(&KeyedWrite { key: [n; 32], ..*write })
    }
}

impl EventStore for Forgetful {
    fn keyed(&self) -> Option<&dyn KeyedStore> {
        Some(self)
    }

    fn log_ids(&self) -> (LogId, Vec<LogId>) {
        self.inner.log_ids()
    }

    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        self.inner.append(batch)
    }

    fn bury(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        self.inner.bury(refused)
    }

    fn end_operations(&self, which: OpenOperations) -> Result<u64, Error> {
        self.inner.end_operations(which)
    }

    fn end_sessions(&self, silent_since: Timestamp) -> Result<u64, Error> {
        self.inner.end_sessions(silent_since)
    }

    fn mark(&self, producer: ProducerId) -> Result<Mark, Error> {
        self.inner.mark(producer)
    }

    fn head(&self) -> Result<Head, Error> {
        self.inner.head()
    }

    fn query(&self, filter: &Filter, request: &PageRequest) -> Result<Page, Error> {
        self.inner.query(filter, request)
    }

    fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        self.inner.get(id)
    }

    fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<EventId>, Error> {
        self.inner.ids_with_prefix(prefix, limit)
    }

    fn sessions_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, Error> {
        self.inner.sessions_with_prefix(prefix, limit)
    }

    fn count(&self, filter: &Filter) -> Result<u64, Error> {
        self.inner.count(filter)
    }

    fn sessions(&self, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Error> {
        self.inner.sessions(filter, request)
    }

    fn stats(&self, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Error> {
        self.inner.stats(filter, width)
    }

    fn n_dead_letters(&self) -> Result<u64, Error> {
        self.inner.n_dead_letters()
    }

    fn settle(&self) -> Result<(), Error> {
        self.inner.settle()
    }

    fn close(&self) -> Result<(), Error> {
        self.inner.close()
    }
}

/// The contract's behaviours notice a store that breaks it.
#[test]
fn a_store_that_remembers_nothing_fails_the_contract() {
    struct Place2(Place);
    impl Database for Place2 {
        fn open(&self) -> Arc<dyn EventStore> {
            Arc::new(Forgetful { inner: self.0.open(), n_sent: AtomicU8::new(0) })
        }
    }
    let database = Place2(Place::new());
    for behaviour in [keyed::a_named_write_sent_twice_is_made_once, keyed::a_name_with_another_body_is_refused] {
        let failed = panic::catch_unwind(AssertUnwindSafe(|| behaviour(&database)));
        assert!(failed.is_err(), "the contract did not notice");
    }
}
