//! Databases from before there was a tree: their events are taken into it in the log's order, whoever is killed meanwhile.

use std::path::Path;
use std::time::Duration;

use annals_sqlite::{OpenMode, Opening, SqliteStore};
use annals_store::suite::evidence::check_tree;
use annals_store::{ErrorKind, EventStore};
use annals_testkit::{Child, rounds};

use crate::support::{Place, all, append, append_all_of, plain, producer};

/// Back to the fourth step.
const WITHOUT_ENTRIES: &str = "
    DROP TABLE entry; DROP TABLE entry_tag; DROP TABLE entry_link; DROP TABLE entry_change; DROP TABLE entry_count; DROP TABLE entry_tag_count; DROP TABLE entry_text; DROP TABLE entry_space;
    DROP TABLE entry_usage; DROP TABLE entry_readings; DROP TABLE entry_answer; DROP TABLE entry_bag; DROP TABLE entry_language; DROP TABLE entry_embedding; DROP TABLE entry_vector; DROP TABLE embedding_model;
    DROP TABLE event_text; DROP TABLE event_space; DROP TABLE event_text_mark;
    DELETE FROM migration WHERE version >= 5; PRAGMA user_version = 4";

/// Makes a database what an older Annals would have left.
fn make_older(place: &Place, version: i32) {
    let connection = place.connection();
    connection.execute_batch(WITHOUT_ENTRIES).unwrap();
    if version == 4 {
        return;
    }
    connection
        .execute_batch(
            "DROP TABLE idempotency; DROP TRIGGER producer_inserted; DROP TRIGGER producer_moved; DROP TABLE tile; DROP TABLE checkpoint; DROP TABLE log_key; DROP TABLE emptied; DROP TABLE commitment;
             ALTER TABLE log DROP COLUMN n_before_tree; ALTER TABLE log DROP COLUMN n_to_scrub; DELETE FROM migration WHERE version >= 3; PRAGMA user_version = 2",
        )
        .unwrap();
    if version == 1 {
        connection
            .execute_batch("DROP TABLE open_session; DELETE FROM migration WHERE version = 2; PRAGMA user_version = 1")
            .unwrap();
    }
}

fn older(n_events: usize, version: i32) -> Place {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(n_events));
    store.close().unwrap();
    make_older(&place, version);
    place
}

fn check_begun(store: &SqliteStore, n_events: u64) {
    assert_eq!(check_tree(store), n_events + 1);
    let begun = all(store).pop().unwrap();
    assert_eq!((begun.event_type.as_str(), begun.seq), ("audit.tree_begun", n_events));
    assert_eq!(begun.details.unwrap(), format!("{{\"n_events\":{n_events}}}"));
    assert_eq!(store.evidence().unwrap().standing().unwrap().n_before_tree, Some(n_events));
}

#[test]
fn older_events_enter_the_tree_in_order_and_the_log_says_so() {
    for version in [1, 2] {
        let place = older(700, version);
        let before = all(&place.read().unwrap());
        let store = place.open();
        check_begun(&store, 700);
        assert_eq!(all(&store)[..700], before);
        append(&store, producer(1), 700, &plain(3)).unwrap();
        assert_eq!(check_tree(&store), 704);
        store.close().unwrap();
        // Once.
        assert_eq!(check_tree(&place.open()), 704);
    }
}

#[test]
fn an_older_log_without_events_says_nothing() {
    let place = older(0, 2);
    let store = place.open();
    assert_eq!(check_tree(&store), 0);
    assert_eq!(store.evidence().unwrap().standing().unwrap().n_before_tree, Some(0));
}

#[test]
fn who_only_reads_an_older_log_is_told_that_it_proves_nothing_yet() {
    let place = older(10, 2);
    let store = place.read().unwrap();
    assert_eq!(all(&store).len(), 10);
    let error = store.evidence().unwrap().standing().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
    assert!(error.to_string().contains("record something"), "{error}");
    check_begun(&place.open(), 10);
    assert_eq!(store.evidence().unwrap().standing().unwrap().tree.size, 11, "it is brought up to date by another");
}

#[test]
fn a_hook_takes_in_what_it_has_time_for_and_is_busy() {
    let n_events = 6_000;
    let place = older(n_events, 2);
    let opening = || Opening::default().briefly().waiting_at_most(Duration::ZERO);
    let mut sizes = Vec::new();
    let store = loop {
        match SqliteStore::open_as(&place.database, OpenMode::ReadWriteCreate, opening()) {
            Ok(store) => break store,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
                let size = place.read().unwrap().evidence().unwrap().standing().unwrap().tree.size;
                assert!(sizes.last().is_none_or(|last| *last < size), "each try goes on: {sizes:?}, {size}");
                sizes.push(size);
            }
        }
    };
    assert!(!sizes.is_empty(), "it was not all done at once");
    check_begun(&store, n_events as u64);
}

/// Opens and so takes in, until it is killed or all is done.
fn take_in(database: &Path) {
    let opening = || Opening::default().waiting_at_most(Duration::ZERO);
    while let Err(error) = SqliteStore::open_as(database, OpenMode::ReadWriteCreate, opening()) {
        assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
        annals_testkit::say("some");
    }
}

#[test]
fn whoever_is_killed_while_taking_in_leaves_what_the_next_one_goes_on_with() {
    if annals_testkit::role().is_some() {
        take_in(std::env::var_os("ANNALS_TEST_DATABASE").unwrap().as_ref());
        annals_testkit::say("done");
        return;
    }
    for round in 0..rounds(3, 50) {
        let n_events = 5_000;
        let place = older(n_events, 1 + i32::from(round % 2 == 1));
        let mut n_killed = 0;
        loop {
            let environment = [("ANNALS_TEST_DATABASE", place.database.as_os_str())];
            let this = "older::whoever_is_killed_while_taking_in_leaves_what_the_next_one_goes_on_with";
            let mut child = Child::playing(this, "taking in", environment);
            if child.line() == "done" {
                break;
            }
            child.kill();
            n_killed += 1;
        }
        assert!(n_killed > 0, "it was done before anybody could be killed");
        check_begun(&place.open(), n_events as u64);
    }
}

#[test]
fn two_who_open_an_older_log_at_once_take_it_in_once() {
    let place = older(4_000, 2);
    std::thread::scope(|scope| {
        for n in [2, 3] {
            let place = &place;
            scope.spawn(move || {
                let store = place.open();
                append(&store, producer(n), 0, &plain(5)).unwrap();
            });
        }
    });
    let store = place.open();
    assert_eq!(check_tree(&store), 4_011);
    let n_begun = all(&store).iter().filter(|event| event.event_type == "audit.tree_begun").count();
    assert_eq!(n_begun, 1);
}

/// What an older Annals does for an event, in one transaction.
const APPEND_AS_BEFORE: &str = "
    BEGIN IMMEDIATE;
    INSERT INTO event (seq, id, event_type, created_at, recorded_at, space, producer, pseq, phase, n_redacted, salt)
    SELECT max(seq) + 1, randomblob(16), 'tool.invoked', 0, max(recorded_at), 'default', producer, max(pseq) + 1, 'single', 0, randomblob(32) FROM event;
    INSERT INTO producer (producer, next_pseq, n_shed) SELECT producer, max(pseq) + 1, 0 FROM event WHERE true
    ON CONFLICT (producer) DO UPDATE SET next_pseq = excluded.next_pseq;
    COMMIT;";

#[test]
fn a_process_of_the_older_annals_that_still_runs_cannot_append_without_leaves() {
    let place = older(10, 2);
    let still_running = place.connection();
    // The control: before the step it appends.
    still_running.execute_batch(APPEND_AS_BEFORE).unwrap();
    let store = place.open();
    check_begun(&store, 11);
    let error = still_running.execute_batch(APPEND_AS_BEFORE).unwrap_err();
    assert!(error.to_string().contains("before there was a tree"), "{error}");
    still_running.execute_batch("ROLLBACK").unwrap();
    append(&store, producer(1), 11, &plain(1)).unwrap();
    assert_eq!(check_tree(&store), 13);
}

#[test]
fn a_log_without_entries_gets_their_tables_and_keeps_its_events() {
    let place = older(10, 4);
    let before = all(&place.read().unwrap());
    // Who only reads brings nothing up to date, and is told that there are none.
    assert!(place.read().unwrap().awareness().is_none());
    let store = place.open();
    assert_eq!(all(&store), before);
    assert_eq!(store.awareness().unwrap().scan(&mut |_| panic!("there is no entry")).unwrap(), 10);
    append(&store, producer(1), 10, &plain(1)).unwrap();
    assert_eq!(check_tree(&store), 11);
    store.close().unwrap();
    assert!(place.read().unwrap().awareness().is_some());
}
