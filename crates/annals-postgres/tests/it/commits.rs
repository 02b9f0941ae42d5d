//! Commits whose answer is lost, connections that are ended, and several writers: every event is there once, in its order.

use std::time::{Duration, Instant};

use annals_postgres::{OpenMode, PostgresStore};
use annals_store::suite::evidence::check_tree;
use annals_store::{ErrorKind, EventStore, Filter, Mark};
use annals_testkit::{Threads, until};

use crate::support::{Cut, Place, Wire, all, append, plain, producer};

/// Cuts the wire at a commit, and answers what became of the batch before it was told again.
fn cut_at(cut: Cut) -> u64 {
    let place = Place::new();
    let wire = Wire::to(&place);
    let store = PostgresStore::open(&wire.url(&place), OpenMode::ReadWriteCreate).unwrap();
    let events = plain(30);
    append(&store, producer(1), 0, &events[..10]).unwrap();
    wire.cut(cut);
    let lost = append(&store, producer(1), 10, &events[10..20]).unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::UnknownOutcome, "{lost}");
    assert!(lost.is_retryable() && !wire.is_whole());
    // Whoever looks behind the lock sees what came of it.
    let beside = place.open();
    beside.settle().unwrap();
    let n_before = beside.head().unwrap().n_events;
    // The same store finds out, and the batch is there once.
    append(&store, producer(1), 10, &events[10..20]).unwrap();
    append(&store, producer(1), 20, &events[20..]).unwrap();
    assert_eq!(check_tree(&store), 30);
    let pseqs: Vec<u64> = all(&store, &Filter::new()).iter().map(|row| row.pseq).collect();
    assert_eq!(pseqs, (0..30).collect::<Vec<_>>());
    n_before
}

#[test]
fn a_commit_that_did_not_arrive_is_told_again() {
    assert_eq!(cut_at(Cut::BeforeCommit), 10);
}

#[test]
fn a_commit_whose_answer_was_lost_is_not_doubled() {
    assert_eq!(cut_at(Cut::AfterCommit), 20);
}

#[test]
fn what_is_in_doubt_counts_behind_a_commit_of_ones_own() {
    let place = Place::new();
    let wire = Wire::to(&place);
    let store = PostgresStore::open(&wire.url(&place), OpenMode::ReadWriteCreate).unwrap();
    let events = plain(10);
    wire.cut(Cut::AfterCommit);
    append(&store, producer(1), 0, &events).unwrap_err();
    let stamp = || place.0.sql("SELECT stamp FROM log_head");
    let before = stamp();
    assert_eq!(append(&store, producer(1), 0, &events).unwrap().seqs, vec![None; 10], "they are there");
    let settled = stamp();
    assert_ne!(settled, before, "it was committed behind them");
    append(&store, producer(1), 0, &events).unwrap();
    assert_eq!(stamp(), settled, "and once is enough");
}

#[test]
fn ended_connections_are_made_anew() {
    let place = Place::new();
    let store = place.open();
    let events = plain(40);
    let mut taken = 0;
    let deadline = Instant::now() + Duration::from_secs(20);
    while taken < events.len() {
        assert!(Instant::now() < deadline, "came to {taken}");
        if taken % 10 == 0 {
            place.0.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'annals_writer'",
            );
        }
        match append(&store, producer(1), taken as u64, &events[taken..taken + 5]) {
            Ok(appended) => taken += appended.n_taken,
            Err(error) => assert!(error.is_retryable(), "{error:?}"),
        }
    }
    assert_eq!(check_tree(&store), 40);
}

#[test]
fn several_stores_write_one_log() {
    let place = Place::new();
    let mut threads = Threads::new();
    for n in 1..=4 {
        let store = place.open();
        threads.spawn(format!("writer {n}"), move || {
            let events = plain(400);
            let mut taken = 0;
            while taken < events.len() {
                let end = events.len().min(taken + 40);
                taken += append(&store, producer(n), taken as u64, &events[taken..end]).unwrap().n_taken;
            }
        });
    }
    threads.join();
    let store = place.open();
    assert_eq!(check_tree(&store), 1_600);
    for n in 1..=4 {
        assert_eq!(store.mark(producer(n)).unwrap(), Mark { next_pseq: 400, n_shed: 0 });
    }
    let rows = all(&store, &Filter::new());
    for n in 1..=4 {
        let pseqs = rows.iter().filter(|row| row.producer == producer(n)).map(|row| row.pseq);
        assert!(pseqs.eq(0..400), "producer {n} in its order");
    }
}

#[test]
fn a_closed_store_leaves_no_connection() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(3)).unwrap();
    let n = || {
        place.0.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'annals_writer'",
        )
    };
    assert_eq!(n(), "1", "all that was done one after the other took one");
    store.close().unwrap();
    until("the connection ends", Duration::from_secs(20), || n() == "0");
}
