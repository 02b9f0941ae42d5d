//! Several writers on one file, writers and readers beside each other, and locks that others hold.

use std::process::Command;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{ErrorKind, EventStore, Filter, Mark, PageRequest};

use crate::support::{Place, all, append, append_own, check_dense, plain, producer, pseqs};

/// How long any of these tests may wait for another thread or process.
const PATIENCE: Duration = Duration::from_mins(1);

/// Appends so many events in small batches, coming again when the database is busy, and answers how often it was.
fn append_patiently(store: &dyn EventStore, n: u8, n_events: usize) -> usize {
    let deadline = Instant::now() + PATIENCE;
    let (mut taken, mut n_busy) = (0, 0);
    let events = plain(n_events);
    while taken < events.len() {
        assert!(Instant::now() < deadline, "writer {n} came to {taken} of {n_events}");
        let end = events.len().min(taken + 20);
        match append(store, producer(n), taken as u64, &events[taken..end]) {
            Ok(appended) => taken += appended.n_taken,
            Err(error) if error.kind() == ErrorKind::Busy => n_busy += 1,
            Err(error) => panic!("writer {n}: {error:?}"),
        }
    }
    n_busy
}

#[test]
fn two_stores_in_two_threads_share_a_file() {
    let place = Place::new();
    let (one, two) = (place.open(), place.open());
    let together = Barrier::new(2);
    thread::scope(|scope| {
        for (n, store) in [(1, &one), (2, &two)] {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                append_patiently(store, n, 1_000);
            });
        }
    });
    let rows = all(&one);
    assert_eq!(rows.len(), 2_000);
    check_dense(&rows);
    for n in [1, 2] {
        assert_eq!(pseqs(&rows, producer(n)), (0..1_000).collect::<Vec<u64>>());
    }
}

#[test]
fn many_threads_share_a_store_that_counts_for_them() {
    let place = Place::new();
    let store = place.open();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    append_own(&store, &plain(1)).unwrap();
                }
            });
        }
    });
    let rows = all(&store);
    check_dense(&rows);
    let own = rows[0].producer;
    assert_eq!(pseqs(&rows, own), (0..400).collect::<Vec<u64>>());
}

/// Run by the next test in processes of its own; alone it has no database to write to.
#[test]
fn a_process_that_appends() {
    let (Some(database), Some(n)) =
        (std::env::var_os("ANNALS_TEST_DATABASE"), std::env::var_os("ANNALS_TEST_PRODUCER"))
    else {
        return;
    };
    let n: u8 = n.to_str().unwrap().parse().unwrap();
    let store = SqliteStore::open(database.as_ref(), OpenMode::ReadWriteCreate).unwrap();
    append_patiently(&store, n, 1_000);
    store.close().unwrap();
}

#[test]
fn processes_share_a_file_from_its_making_on() {
    let place = Place::new();
    let processes: Vec<_> = [1_u8, 2, 3]
        .iter()
        .map(|n| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "writers::a_process_that_appends"])
                .env("ANNALS_TEST_DATABASE", &place.database)
                .env("ANNALS_TEST_PRODUCER", n.to_string())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut process in processes {
        let mut status = None;
        annals_testkit::until("a writing process ends", PATIENCE, || {
            status = process.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.unwrap().success());
    }
    let store = place.open();
    assert_eq!(annals_store::suite::evidence::check_tree(&store), 3_000);
    let rows = all(&store);
    assert_eq!(rows.len(), 3_000);
    check_dense(&rows);
    for n in [1, 2, 3] {
        assert_eq!(pseqs(&rows, producer(n)), (0..1_000).collect::<Vec<u64>>());
    }
}

#[test]
fn a_lock_that_somebody_else_holds_is_busy_and_then_free() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    let other = place.connection();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let started = Instant::now();
    let error = append(&store, producer(1), 1, &plain(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(error.is_retryable());
    assert!(started.elapsed() < Duration::from_secs(2), "waited {:?}", started.elapsed());
    // Reading goes on meanwhile.
    assert_eq!(store.count(&Filter::new()).unwrap(), 1);
    other.execute_batch("ROLLBACK").unwrap();
    append(&store, producer(1), 1, &plain(1)).unwrap();
    assert_eq!(store.mark(producer(1)).unwrap(), Mark { next_pseq: 2, n_shed: 0 });
}

#[test]
fn a_turn_that_a_stopped_process_holds_stops_nobody() {
    for names in [["annals.db-turn"].as_slice(), &["annals.db-turn", "annals.db-write"]] {
        let place = Place::new();
        let store = place.open();
        // Another open file is to a lock what another process is.
        let hold = |name: &&str| {
            let lock = std::fs::File::open(place.folder.path().join(name)).unwrap();
            lock.lock().unwrap();
            lock
        };
        let locks: Vec<_> = names.iter().map(hold).collect();
        let started = Instant::now();
        for pseq in 0..10 {
            append(&store, producer(1), pseq, &plain(1)).unwrap();
        }
        let waited = started.elapsed();
        assert!(waited < Duration::from_secs(8), "waited {waited:?} for {names:?}, and so for each batch anew");
        drop(locks);
        append(&store, producer(1), 10, &plain(1)).unwrap();
        assert_eq!(store.head().unwrap().n_events, 11);
    }
}

#[test]
fn a_reader_sees_whole_batches_only() {
    let place = Place::new();
    let store = place.open();
    let reader = place.read().unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for batch in 0..100 {
                append(&store, producer(1), batch * 30, &plain(30)).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        let mut seen = 0;
        while !done.load(std::sync::atomic::Ordering::SeqCst) {
            let n_events = reader.head().unwrap().n_events;
            assert_eq!(n_events % 30, 0, "half a batch");
            assert!(n_events >= seen);
            seen = n_events;
        }
    });
    assert_eq!(reader.count(&Filter::new()).unwrap(), 3_000);
}

#[test]
fn closing_ends_a_read_that_is_under_way() {
    let place = Place::new();
    let store = place.open();
    crate::support::append_all_of(&store, producer(1), 0, &plain(4_000));
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            // Counts until it is told to stop.
            loop {
                let mut filter = Filter::new();
                filter.text = Some("nowhere".into());
                if let Err(error) = store.count(&filter) {
                    return error;
                }
            }
        });
        while store.query(&Filter::new(), &PageRequest::default()).unwrap().events.is_empty() {}
        store.close().unwrap();
        assert_eq!(reading.join().unwrap().kind(), ErrorKind::Closed);
    });
}

#[test]
fn whoever_opens_while_another_makes_the_database_finds_it_ours() {
    for _ in 0..40 {
        let place = Place::new();
        let gate = std::sync::Arc::new(annals_testkit::Gate::new("openers", 6));
        let mut threads = annals_testkit::Threads::new();
        for opener in 0..6 {
            let (gate, database) = (std::sync::Arc::clone(&gate), place.database.clone());
            threads.spawn(format!("opener {opener}"), move || {
                gate.wait();
                annals_sqlite::SqliteStore::open(&database, annals_sqlite::OpenMode::ReadWriteCreate).map(drop)
            });
        }
        for opened in threads.join() {
            opened.unwrap();
        }
    }
}
