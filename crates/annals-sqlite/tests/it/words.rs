//! The index of words on real files: killed while it is filled, made for an older log, and read where nobody writes.

use std::path::Path;

use annals_event::Event;
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{EventStore, Filter, Order, Search};
use annals_testkit::{Child, role, rounds, say};

use crate::support::{Place, append_all_of, payloads, producer};

fn words(text: &str) -> Filter {
    let mut search = Search::default();
    search.words = text.split(' ').map(|word| vec![word.to_owned()]).collect();
    Filter::new().search(search)
}

/// Events with a word that all have and a word of their own.
fn numbered(n_events: usize) -> Vec<Vec<u8>> {
    let event = |n| Event::new("tool.invoked").tool("Bash").resource(format!("word{n}"));
    payloads(&(0..n_events).map(event).collect::<Vec<_>>())
}

/// That each event stands in the index once and is found once.
fn check_whole(place: &Place, n_events: u64) {
    let store = place.open();
    assert_eq!(store.index_words().unwrap(), 0);
    assert_eq!(store.count(&words("bash")).unwrap(), n_events);
    assert_eq!(store.count(&words(&format!("word{}", n_events / 2))).unwrap(), 1);
    let n_events = i64::try_from(n_events).unwrap();
    let one = |sql: &str| place.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(one("SELECT count(*) FROM event_text"), n_events);
    assert_eq!(one("SELECT count(*) FROM event_text WHERE event_text MATCH '\"1_bash\"'"), n_events);
    assert_eq!(one("SELECT next_seq FROM event_text_mark"), n_events);
}

fn fill_for_ever(database: &Path) -> ! {
    let store = SqliteStore::open(database, OpenMode::ReadWriteCreate).unwrap();
    loop {
        match store.index_words().unwrap() {
            0 => say("done"),
            n_events => say(format!("took {n_events}")),
        }
    }
}

#[test]
fn whoever_is_killed_while_indexing_leaves_what_the_next_one_goes_on_with() {
    if role().is_some() {
        fill_for_ever(std::env::var_os("ANNALS_TEST_DATABASE").unwrap().as_ref());
    }
    for _ in 0..rounds(2, 50) {
        let place = Place::new();
        append_all_of(&place.open(), producer(1), 0, &numbered(1_500));
        let mut n_killed = 0;
        loop {
            let environment = [("ANNALS_TEST_DATABASE", place.database.as_os_str())];
            let this = "words::whoever_is_killed_while_indexing_leaves_what_the_next_one_goes_on_with";
            let mut child = Child::playing(this, "indexing", environment);
            // In the middle of the step behind the one that it tells.
            let is_done = child.line() == "done";
            child.kill();
            if is_done {
                break;
            }
            n_killed += 1;
        }
        assert!(n_killed > 1, "it was done before anybody could be killed");
        check_whole(&place, 1_500);
    }
}

#[test]
fn events_of_before_the_index_are_found_and_taken_in() {
    const OLDER: &str = "DROP TABLE event_text; DROP TABLE event_space; DROP TABLE event_text_mark;
        DELETE FROM migration WHERE version >= 7; PRAGMA user_version = 6";
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &numbered(300));
    store.close().unwrap();
    place.connection().execute_batch(OLDER).unwrap();
    // Who only reads has no index and finds everything.
    let reader = place.read().unwrap();
    assert_eq!(reader.count(&words("bash word17")).unwrap(), 1);
    reader.close().unwrap();
    let store = place.open();
    assert_eq!(store.count(&words("bash word17")).unwrap(), 1);
    while store.index_words().unwrap() > 0 {}
    store.close().unwrap();
    check_whole(&place, 300);
    assert_eq!(place.read().unwrap().count(&words("bash word17")).unwrap(), 1);
}

/// A page cuts the words of so many rows and no more, says how far it came, and the pages together find everything.
#[test]
fn a_page_of_what_is_not_indexed_ends_early_and_goes_on() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &numbered(5_000));
    for order in [Order::Newest, Order::Oldest] {
        let mut request = annals_store::PageRequest { order, ..annals_store::PageRequest::default() };
        let (mut n_found, mut n_pages) = (0, 0);
        loop {
            let page = store.query(&words("word2500"), &request).unwrap();
            n_found += page.events.len();
            n_pages += 1;
            assert_eq!(page.cursor.is_some(), page.examined_to.is_some());
            match page.cursor {
                Some(_) => request.cursor = page.cursor,
                None => break,
            }
        }
        assert_eq!((n_found, n_pages), (1, 3));
    }
}
