//! Pages by cursor, while the log grows and when a match is rare.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annals_event::{Column, Event, StoredEvent};
use serde_json::json;

use super::Database;
use super::together::{Work, together};
use super::writing::{all, pages, payload, plain, producer, send};
use crate::{Cursor, ErrorKind, EventStore, Filter, Limit, Order, PageRequest, weight};

/// The most rows that one page may examine.
const MAX_EXAMINED: u64 = 20_000;

fn limit(n_rows: u64) -> Limit {
    Limit::new(n_rows).expect("a good limit")
}

fn seqs(events: &[StoredEvent]) -> Vec<u64> {
    events.iter().map(|row| row.seq).collect()
}

/// Any page size, either order: every event once and in order, with a condition that an index answers and one that none does.
pub fn pages_show_each_event_once_in_either_order(database: &dyn Database) {
    let store = database.open();
    let payloads: Vec<Vec<u8>> = (0..300)
        .map(|number| {
            let tool = if number % 3 == 0 { "search" } else { "read_file" };
            payload(number, &Event::new("tool.invoked").tool(tool).details(json!({ "odd": number % 2 == 1 })))
        })
        .collect();
    send(store.as_ref(), producer(1), 0, &payloads);
    let expected: [(Filter, Vec<u64>); 3] = [
        (Filter::new(), (0..300).collect()),
        (Filter::new().equals(Column::Tool, "search"), (0..300).step_by(3).collect()),
        (Filter { text: Some("\"odd\":true".into()), ..Filter::new() }, (1..300).step_by(2).collect()),
    ];
    for (filter, mut expected) in expected {
        for n_rows in [1, 7, 100, 150, 300, 1_000] {
            assert_eq!(
                seqs(&pages(store.as_ref(), &filter, Order::Oldest, limit(n_rows))),
                expected,
                "{n_rows}: {filter:?}"
            );
        }
        expected.reverse();
        for n_rows in [1, 7, 100, 150, 300, 1_000] {
            assert_eq!(
                seqs(&pages(store.as_ref(), &filter, Order::Newest, limit(n_rows))),
                expected,
                "{n_rows}: {filter:?}"
            );
        }
    }
}

/// Events so long that their bytes end a page and not their number: each page stays within the bytes, holds one event at least, and the next one goes on behind it.
pub fn a_page_of_long_events_ends_early_and_goes_on(database: &dyn Database) {
    const N_EVENTS: u64 = 60;
    let store = database.open();
    let text = "x".repeat(60 << 10);
    for first in (0..N_EVENTS).step_by(10) {
        let long = |number| payload(number, &Event::new("tool.invoked").tool("t").details(json!({ "text": text })));
        send(store.as_ref(), producer(1), first, &(first..first + 10).map(long).collect::<Vec<_>>());
    }
    let filters = [Filter::new(), Filter::new().equals(Column::Tool, "t"), Filter::new().event_type("tool.*")];
    for filter in filters {
        for order in [Order::Oldest, Order::Newest] {
            for n_bytes in [1, 100_000, 200_000, usize::MAX] {
                let limit = Limit::MAX.with_bytes(n_bytes);
                let mut request = PageRequest { order, limit, cursor: None };
                let mut found = Vec::new();
                loop {
                    let page = store.query(&filter, &request).expect("a page");
                    let n_held: usize = page.events.iter().map(weight).sum();
                    assert!(
                        n_held <= limit.n_bytes() || page.events.len() == 1,
                        "{n_held} bytes on a page of {}",
                        limit.n_bytes()
                    );
                    found.extend(seqs(&page.events));
                    let Some(cursor) = page.cursor else { break };
                    assert_eq!((Some(cursor.seq()), page.examined_to), (found.last().copied(), None));
                    request.cursor = Some(cursor);
                }
                if order == Order::Newest {
                    found.reverse();
                }
                assert_eq!(found, (0..N_EVENTS).collect::<Vec<_>>(), "{n_bytes}: {order:?}: {filter:?}");
            }
        }
    }
    // Short ones are as many as were asked for.
    let request = PageRequest { limit: limit(50).with_bytes(60 * (61 << 10)), ..PageRequest::default() };
    let n_held = store.query(&Filter::new(), &request).expect("a page").events.len();
    assert_eq!(n_held, (1 << 20) / (61 << 10), "nobody may have more than 1 MiB");
}

/// Readers that page through a log to which a writer appends: no double, no hole, whatever was there at the start.
pub fn pages_show_each_event_once_while_others_append(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &plain(0..500));
    let done = Arc::new(AtomicBool::new(false));
    let mut works: Vec<Work<Vec<Vec<u64>>>> = Vec::new();
    {
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        works.push((
            "writer".to_owned(),
            Box::new(move || {
                for first in (500..1_000).step_by(10) {
                    send(store.as_ref(), producer(1), first, &plain(first..first + 10));
                }
                done.store(true, Ordering::SeqCst);
                Vec::new()
            }),
        ));
    }
    for order in [Order::Oldest, Order::Newest] {
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        works.push((
            format!("reader, {order:?} first"),
            Box::new(move || {
                let mut readings = Vec::new();
                loop {
                    let is_last = done.load(Ordering::SeqCst);
                    let mut reading = seqs(&pages(store.as_ref(), &Filter::new(), order, limit(37)));
                    if order == Order::Newest {
                        reading.reverse();
                    }
                    readings.push(reading);
                    if is_last {
                        return readings;
                    }
                }
            }),
        ));
    }
    for readings in together(works).into_iter().skip(1) {
        for reading in &readings {
            assert!(reading.len() >= 500);
            assert_eq!(*reading, (0..reading.len() as u64).collect::<Vec<_>>());
        }
        assert_eq!(readings.last().map(Vec::len), Some(1_000));
    }
}

/// What was appended in one transaction appears at once, in pages, counts and the head.
pub fn readers_never_see_half_a_batch(database: &dyn Database) {
    const N_IN_BATCH: u64 = 8;
    let store = database.open();
    let done = Arc::new(AtomicBool::new(false));
    let mut works: Vec<Work<u64>> = Vec::new();
    {
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        works.push((
            "writer".to_owned(),
            Box::new(move || {
                for first in (0..800).step_by(8) {
                    send(store.as_ref(), producer(1), first, &plain(first..first + N_IN_BATCH));
                }
                done.store(true, Ordering::SeqCst);
                0
            }),
        ));
    }
    let ways: [fn(&dyn EventStore) -> u64; 3] = [
        |store| store.head().expect("a read").n_events,
        |store| store.count(&Filter::new()).expect("a count"),
        |store| all(store, &Filter::new().equals(Column::Tool, "search")).len() as u64,
    ];
    for (number, way) in (0..).zip(ways) {
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        works.push((
            format!("reader {number}"),
            Box::new(move || {
                loop {
                    let is_last = done.load(Ordering::SeqCst);
                    let seen = way(store.as_ref());
                    assert_eq!(seen % N_IN_BATCH, 0, "way {number} saw half a batch: {seen}");
                    if is_last {
                        return seen;
                    }
                }
            }),
        ));
    }
    assert_eq!(together(works), [0, 800, 800, 800]);
}

/// The cursor of a page is that of its last row, and any row's own cursor goes on behind that row; behind the last row nothing follows.
pub fn a_full_page_says_where_to_go_on(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &plain(0..30));
    for (order, first, second) in [(Order::Oldest, [0, 1, 2], [3, 4, 5]), (Order::Newest, [29, 28, 27], [26, 25, 24])] {
        let request = PageRequest { order, limit: limit(3), cursor: None };
        let page = store.query(&Filter::new(), &request).expect("a page");
        assert_eq!(seqs(&page.events), first);
        assert_eq!((page.cursor, page.examined_to), (Some(Cursor::after(order, first[2])), None));
        let next = store.query(&Filter::new(), &PageRequest { cursor: page.cursor, ..request }).expect("a page");
        assert_eq!(seqs(&next.events), second);
        let from_a_row = PageRequest { cursor: Some(Cursor::after(order, first[0])), ..request };
        assert_eq!(seqs(&store.query(&Filter::new(), &from_a_row).expect("a page").events)[..2], first[1..]);
        let end = if order == Order::Oldest { 29 } else { 0 };
        let behind = PageRequest { cursor: Some(Cursor::after(order, end)), ..request };
        let nothing = store.query(&Filter::new(), &behind).expect("a page");
        assert_eq!((nothing.events.len(), nothing.cursor, nothing.examined_to), (0, None, None));
        let whole = store.query(&Filter::new(), &PageRequest { limit: limit(31), ..request }).expect("a page");
        assert_eq!((whole.events.len(), whole.cursor, whole.examined_to), (30, None, None));
    }
    // A cursor keeps its place: what comes later is found behind it, oldest first.
    let at_the_end =
        PageRequest { order: Order::Oldest, limit: limit(3), cursor: Some(Cursor::after(Order::Oldest, 29)) };
    send(store.as_ref(), producer(1), 30, &plain(30..31));
    assert_eq!(seqs(&store.query(&Filter::new(), &at_the_end).expect("a page").events), [30]);
}

/// A cursor of the other order is an error, not a page from somewhere.
pub fn a_cursor_of_the_other_order_is_refused(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &plain(0..3));
    for (order, other) in [(Order::Newest, Order::Oldest), (Order::Oldest, Order::Newest)] {
        let request = PageRequest { order, limit: Limit::default(), cursor: Some(Cursor::after(other, 1)) };
        let error = store.query(&Filter::new(), &request).expect_err("the other order");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().starts_with("`cursor`"), "{error}");
        assert_eq!(store.sessions(&Filter::new(), &request).expect_err("the other order").kind(), ErrorKind::Invalid);
    }
}

/// Among many rows a match that no index finds is rare: a page ends after 20 000 of them at the latest, says how far it came, and the next goes on from there.
pub fn a_page_that_examined_enough_says_how_far_it_came(database: &dyn Database) {
    const N_EVENTS: u64 = 45_000;
    const RARE: [u64; 3] = [2, 21_000, 44_990];
    let store = database.open();
    for first in (0..N_EVENTS).step_by(5_000) {
        let payloads: Vec<Vec<u8>> = (first..first + 5_000)
            .map(|number| {
                let event = Event::new("tool.invoked").tool("search");
                payload(
                    number,
                    &if RARE.contains(&number) { event.details(json!({ "needle": number })) } else { event },
                )
            })
            .collect();
        send(store.as_ref(), producer(1), first, &payloads);
    }
    let needle = || Filter { text: Some("needle".into()), ..Filter::new() };
    for filter in [needle(), needle().equals(Column::Tool, "search"), needle().event_type("tool.*")] {
        for order in [Order::Oldest, Order::Newest] {
            let mut expected = RARE.to_vec();
            if order == Order::Newest {
                expected.reverse();
            }
            let n_pages = rare_pages(store.as_ref(), &filter, order, &expected, N_EVENTS);
            // A store may end its pages sooner to keep them quick, but not so soon that a rare match takes for ever.
            assert!((3..=45).contains(&n_pages), "{n_pages} pages for 45 000 rows: {filter:?}");
        }
        assert_eq!(store.count(&filter).expect("a count"), 3, "a count is whole");
    }
    // A page that is full in time has examined what it shows and no more.
    let page = store.query(&Filter::new(), &PageRequest::default()).expect("a page");
    assert_eq!((page.events.len(), page.examined_to), (100, None));
}

/// Pages through rare matches, checks that each page examined at most its share, and answers the number of pages.
#[track_caller]
fn rare_pages(store: &dyn EventStore, filter: &Filter, order: Order, expected: &[u64], n_events: u64) -> usize {
    let mut found = Vec::new();
    let mut request = PageRequest { order, limit: Limit::MAX, cursor: None };
    for n_pages in 1.. {
        let page = store.query(filter, &request).expect("a page");
        found.extend(seqs(&page.events));
        let Some(cursor) = page.cursor else {
            assert_eq!((page.examined_to, found.as_slice()), (None, expected), "{order:?}: {filter:?}");
            return n_pages;
        };
        let examined_to = page.examined_to.expect("a page that is neither full nor the last says how far it came");
        assert_eq!(cursor.seq(), examined_to, "the next page goes on where this one ended");
        // Every row fits all but the text, so that what was examined is a span of `seq`.
        let n_examined = match (order, request.cursor.map(Cursor::seq)) {
            (Order::Oldest, from) => examined_to + 1 - from.map_or(0, |seq| seq + 1),
            (Order::Newest, from) => from.unwrap_or(n_events) - examined_to,
        };
        assert!((1..=MAX_EXAMINED).contains(&n_examined), "{n_examined} rows examined in one page");
        request.cursor = Some(cursor);
    }
    unreachable!("the loop has no end of its own")
}
