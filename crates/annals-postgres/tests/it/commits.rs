//! Commits whose answer is lost, connections that are ended, and several writers: every event is there once, in its order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use annals_postgres::{OpenMode, PostgresStore};
use annals_store::suite::evidence::check_tree;
use annals_store::{ErrorKind, EventStore, EvidenceStore, Filter, Kept, Mark, SealWish};
use annals_testkit::postgres::{Cut, Flush, Server, Wire};
use annals_testkit::{Gate, Threads, until};
use annals_tlog::{Checkpoint, SignerKey};

use crate::support::{Place, all, append, plain, producer};

/// Cuts the wire at a commit, and answers what became of the batch before it was told again.
fn cut_at(cut: Cut) -> u64 {
    let place = Place::new();
    let wire = Wire::to(place.0.socket());
    let store = PostgresStore::open(&wire.url(&place.url()), OpenMode::ReadWriteCreate).unwrap();
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
    let wire = Wire::to(place.0.socket());
    let store = PostgresStore::open(&wire.url(&place.url()), OpenMode::ReadWriteCreate).unwrap();
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

#[test]
fn a_commit_that_no_standby_confirms_is_given_up_and_counts_when_a_later_one_is_confirmed() {
    let server = Server::alone(Flush::None);
    server.create("log", "template0");
    annals_postgres::migrate(&server.url("log")).unwrap();
    let waits_for = |standby: &str| {
        server.sql("postgres", &format!("ALTER SYSTEM SET synchronous_standby_names = '{standby}'"));
        server.sql("postgres", "SELECT pg_reload_conf()");
        let shown = || server.sql("postgres", "SHOW synchronous_standby_names");
        until("the server knows", Duration::from_secs(20), || shown() == standby);
    };
    let hanging = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    let n_hanging = || server.sql("postgres", &format!("SELECT count(*) {hanging}"));
    let url = format!("{}&statement_timeout=1s&idle_in_transaction_session_timeout=30s", server.url("log"));
    let store = PostgresStore::open(&url, OpenMode::ReadWriteCreate).unwrap();
    let events = plain(20);
    append(&store, producer(1), 0, &events[..10]).unwrap();

    waits_for("one_that_is_gone");
    let lost = append(&store, producer(1), 10, &events[10..]).unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::UnknownOutcome, "{lost:?}");
    assert_eq!((n_hanging().as_str(), store.head().unwrap().n_events), ("1", 10), "the server is still at it");
    // Whoever wants to know has to wait for that, and no longer than for any statement.
    let held = append(&store, producer(1), 10, &events[10..]).unwrap_err();
    assert_eq!(held.kind(), ErrorKind::Busy, "{held:?}");
    // Somebody has the server stop waiting: what it has is there to be seen, and nowhere else.
    server.sql("postgres", &format!("SELECT pg_cancel_backend(pid) {hanging}"));
    until("it waits no more", Duration::from_secs(20), || n_hanging() == "0");
    assert_eq!(store.head().unwrap().n_events, 20);
    // So what is there does not count yet.
    let lost = append(&store, producer(1), 10, &events[10..]).unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::UnknownOutcome, "{lost:?}");
    // The control: who doubts nothing takes it for what it is, as it asks for nothing to be made durable.
    let unaware = PostgresStore::open(&url, OpenMode::ReadOnly).unwrap();
    assert_eq!(unaware.mark(producer(1)).unwrap().next_pseq, 20);

    waits_for("");
    until("it waits no more", Duration::from_secs(20), || n_hanging() == "0");
    assert_eq!(append(&store, producer(1), 10, &events[10..]).unwrap().seqs, vec![None; 10], "they are there");
    assert_eq!(check_tree(&PostgresStore::open(&server.url("log"), OpenMode::ReadOnly).unwrap()), 20);
}

#[test]
fn of_those_who_seal_at_once_one_signs() {
    let place = Place::new();
    let first = place.open();
    let name = first.standing().unwrap().origin.as_str().parse().unwrap();
    let key = Arc::new(SignerKey::from_seed(name, &[7; 32]));
    first.pin_key(key.verifier()).unwrap();
    let n_signed = |interval: Duration, first_pseq: u64| -> usize {
        append(&first, producer(1), first_pseq, &plain(1)).unwrap();
        let gate = Arc::new(Gate::new("those who seal", 4));
        let mut threads = Threads::new();
        for n in 0..4 {
            let (store, gate, key) = (place.open(), Arc::clone(&gate), Arc::clone(&key));
            threads.spawn(format!("node {n}"), move || {
                gate.wait();
                let wish = SealWish { interval, kept: Kept::Hour };
                let sealed = store.seal(wish, &mut |origin, head| {
                    Ok(Checkpoint::new(origin.clone(), head).unwrap().sign(&[&key]).unwrap())
                });
                sealed.unwrap().is_some()
            });
        }
        threads.join().into_iter().filter(|has_signed| *has_signed).count()
    };
    assert_eq!(n_signed(Duration::ZERO, 0), 1, "what is sealed already needs no other checkpoint");
    assert_eq!(n_signed(Duration::from_hours(1), 1), 0, "nor does anything within the interval of any of them");
    assert_eq!(n_signed(Duration::ZERO, 2), 1);
}

#[test]
fn a_batch_waits_for_the_server_twice_and_not_for_each_statement() {
    /// The transaction's begin, the lock, the log's state, and the marks of who wrote last.
    const N_BEHIND_THE_LOCK: u64 = 4;
    let place = Place::new();
    let wire = Wire::to(place.0.socket());
    let url = format!("{}&pool_size=1", wire.url(&place.url()));
    let store = Arc::new(PostgresStore::open(&url, OpenMode::ReadWriteCreate).unwrap());
    // Until everything is prepared, and it is known who writes.
    (0..3).for_each(|n| drop(append(&*store, producer(1), n, &plain(1)).unwrap()));
    let before = wire.n_asked();
    append(&*store, producer(1), 3, &plain(1)).unwrap();
    let n_requests = wire.n_asked() - before;
    assert!(n_requests > N_BEHIND_THE_LOCK + 2, "there is something not to wait for: {n_requests}");

    let start = wire.n_asked();
    wire.answer_only(start);
    let mut threads = Threads::new();
    let (writing, events) = (Arc::clone(&store), plain(1));
    let is_done = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&is_done);
    threads.spawn("writer", move || {
        append(&*writing, producer(1), 4, &events).unwrap();
        done.store(true, Ordering::SeqCst);
    });
    let asks = |n: u64| until("it asks on, unanswered", Duration::from_secs(20), || wire.n_asked() - start >= n);
    let answers = |state: &str| {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'annals_writer' AND state = ";
        until(state, Duration::from_secs(20), || place.0.sql(&format!("{count}'{state}'")) == "1");
    };
    asks(N_BEHIND_THE_LOCK);
    answers("idle in transaction");
    assert_eq!(wire.n_asked() - start, N_BEHIND_THE_LOCK, "the control: these answers are waited for, and kept back");
    wire.answer_only(start + N_BEHIND_THE_LOCK);
    asks(n_requests);
    answers("idle");
    assert!(!is_done.load(Ordering::SeqCst), "the control: so are these");
    wire.mend();
    threads.join();
    assert_eq!(wire.n_asked() - start, n_requests, "that was all");
}

#[test]
fn whoever_has_the_turn_writes_next_and_lets_others_in_when_it_drops_it() {
    let place = Place::new();
    let (one, other) = (place.open(), Arc::new(place.open()));
    append(&one, producer(1), 0, &plain(1)).unwrap();
    assert!(one.turn().unwrap().is_none(), "nobody else writes");
    append(&*other, producer(2), 0, &plain(1)).unwrap();
    append(&one, producer(1), 1, &plain(1)).unwrap();

    let turn = one.turn().unwrap().unwrap();
    let mut threads = Threads::new();
    let (waiting, events) = (Arc::clone(&other), plain(1));
    threads.spawn("other", move || append(&*waiting, producer(2), 1, &events).unwrap());
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the other waits for the lock", Duration::from_secs(20), || place.0.sql(waits) == "1");
    append(&one, producer(1), 2, &plain(1)).unwrap();
    threads.join();
    // Another one ended it, so nothing is left to let go of.
    drop(turn);
    let producers: Vec<_> = all(&one, &Filter::new()).iter().map(|row| row.producer).collect();
    assert_eq!(producers, [1, 2, 1, 1, 2].map(producer));

    append(&one, producer(1), 3, &plain(1)).unwrap();
    drop(one.turn().unwrap().unwrap());
    append(&*other, producer(2), 2, &plain(1)).unwrap();
    append(&one, producer(1), 4, &plain(1)).unwrap();
    let turn = one.turn().unwrap().unwrap();
    one.close().unwrap();
    append(&*other, producer(2), 3, &plain(1)).unwrap();
    drop(turn);
    assert_eq!(check_tree(&*other), 9);
}

#[test]
fn a_turn_whose_connection_ends_costs_no_event() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    append(&one, producer(1), 0, &plain(1)).unwrap();
    append(&other, producer(2), 0, &plain(1)).unwrap();
    append(&one, producer(1), 1, &plain(1)).unwrap();
    let turn = one.turn().unwrap().unwrap();
    place.0.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'",
    );
    append(&other, producer(2), 1, &plain(1)).unwrap();
    let events = plain(1);
    assert!(append(&one, producer(1), 2, &events).unwrap_err().is_retryable());
    drop(turn);
    append(&one, producer(1), 2, &events).unwrap();
    assert_eq!(check_tree(&one), 5);
}

/// Whoever signs looks at the log once more, under the lock; where others wait for that with all other connections there is none left for it.
#[test]
fn whoever_signs_needs_no_other_connection() {
    let place = Place::new();
    let url = format!("{}&pool_size=1", place.url());
    let store = PostgresStore::open(&url, OpenMode::ReadWriteCreate).unwrap();
    let name = store.standing().unwrap().origin.as_str().parse().unwrap();
    let key = SignerKey::from_seed(name, &[7; 32]);
    store.pin_key(key.verifier()).unwrap();
    append(&store, producer(1), 0, &plain(3)).unwrap();
    let wish = SealWish { interval: Duration::ZERO, kept: Kept::Hour };
    let sealed = store.seal(wish, &mut |origin, head| {
        assert_eq!(store.standing()?.tree, head);
        Ok(Checkpoint::new(origin.clone(), head).unwrap().sign(&[&key]).unwrap())
    });
    assert_eq!(sealed.unwrap().unwrap().size, 3);
    assert_eq!(store.head().unwrap().n_events, 3, "what is read behind it has a connection again");
}
