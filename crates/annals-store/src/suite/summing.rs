//! Looking up by id or name, sessions and statistics.

use annals_event::{Column, Event, EventId, StoredEvent};

use super::writing::{id, payload, plain, producer, rows, send, send_own};
use super::{Database, Samples, model};
use crate::{BucketWidth, EventStore, Filter, Limit, Order, PageRequest, Session};

/// A log of sample events, some of them intents.
fn filled(store: &dyn EventStore) -> Vec<StoredEvent> {
    let mut samples = Samples::seeded(11);
    let mut payloads: Vec<Vec<u8>> = (0..600).map(|number| payload(number, &samples.event())).collect();
    let intent = Event::new("tool.invoked").phase(annals_event::Phase::Intent).operation("o-1").session("s-03");
    payloads.push(payload(600, &intent));
    payloads.push(payload(601, &intent.phase(annals_event::Phase::Outcome)));
    payloads.push(payload(602, &Event::new("session.created").session("lonely")));
    for (first, batch) in (0..).step_by(61).zip(payloads.chunks(61)) {
        send(store, producer(1), first, batch);
    }
    rows(store)
}

fn every_session(store: &dyn EventStore, filter: &Filter, order: Order, n_rows: u64) -> Vec<Session> {
    let mut request = PageRequest { order, limit: Limit::new(n_rows).expect("a good limit"), cursor: None };
    let mut sessions = Vec::new();
    loop {
        let page = store.sessions(filter, &request).expect("a page of sessions");
        assert!(page.sessions.len() <= request.limit.get());
        sessions.extend(page.sessions);
        let Some(cursor) = page.cursor else { return sessions };
        assert!(Some(cursor) != request.cursor, "a page's cursor goes on");
        request.cursor = Some(cursor);
    }
}

/// `get` finds what is there and nothing else.
pub fn an_event_is_found_by_its_id(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &plain(0..50));
    for row in rows(store.as_ref()) {
        assert_eq!(store.get(row.id).expect("a read"), Some(row));
    }
    assert_eq!(store.get(id(50)).expect("a read"), None);
    assert_eq!(store.get(EventId::from_bytes([0; 16])).expect("a read"), None);
    assert_eq!(store.get(EventId::from_bytes([0xff; 16])).expect("a read"), None);
}

/// The beginning of an id, of an odd or even number of digits, finds all that begin so, in order and up to the limit.
pub fn ids_are_found_by_their_beginning(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &plain(0..200));
    let mut ids: Vec<EventId> = (0..200).map(id).collect();
    ids.sort_unstable();
    let digits = |id: &EventId| id.to_string().replace('-', "");
    let target = digits(&id(123));
    for n_digits in 0..=32 {
        let prefix = &target[..n_digits];
        let expected: Vec<EventId> = ids.iter().filter(|id| digits(id).starts_with(prefix)).copied().collect();
        assert_eq!(store.ids_with_prefix(prefix, 1_000).expect("a read"), expected, "`{prefix}`");
        let few: Vec<EventId> = expected.iter().take(2).copied().collect();
        assert_eq!(store.ids_with_prefix(prefix, 2).expect("a read"), few, "`{prefix}`, two of them");
    }
    for absent in ["f", "ffffffffffffffffffffffffffffffff", "00"] {
        assert_eq!(store.ids_with_prefix(absent, 10).expect("a read"), [], "`{absent}`");
    }
}

/// The beginning of a session's name, of any characters, taken as it stands.
pub fn sessions_are_found_by_their_beginning(database: &dyn Database) {
    let store = database.open();
    let names =
        ["s-1", "s-10", "s-2", "s%", "s_x", "S-1", "größe", "größer", "\u{10ffff}", "\u{10ffff}\u{10ffff}", "z"];
    let payloads: Vec<Vec<u8>> = (0..)
        .zip(names.iter().chain(&names))
        .map(|(number, name)| payload(number, &Event::new("session.created").session(name)))
        .chain([payload(999, &Event::new("session.ended"))])
        .collect();
    send_own(store.as_ref(), &payloads);
    for prefix in
        ["", "s", "s-", "s-1", "s-10", "s-100", "s%", "s_", "%", "gr", "größ", "größer", "\u{10ffff}", "z", "zz", "S"]
    {
        let mut expected: Vec<&str> = names.into_iter().filter(|name| name.starts_with(prefix)).collect();
        expected.sort_unstable();
        assert_eq!(store.sessions_with_prefix(prefix, 100).expect("a read"), expected, "`{prefix}`");
        expected.truncate(2);
        assert_eq!(store.sessions_with_prefix(prefix, 2).expect("a read"), expected, "`{prefix}`, two of them");
    }
}

/// Each session tells who, where, from when to when, how many events, calls and failures, of the events that fit.
pub fn sessions_are_summed_up(database: &dyn Database) {
    let store = database.open();
    let rows = filled(store.as_ref());
    let since = Some(rows[300].recorded_at);
    for filter in [
        Filter::new(),
        Filter::new().event_type("tool.*"),
        Filter::new().equals(Column::ActorName, "reviewer"),
        Filter::new().equals(Column::SessionId, "s-03"),
        Filter { since, ..Filter::new().equals(Column::ProjectName, "shop") },
        Filter::new().equals(Column::Tool, "nothing"),
    ] {
        let mut expected = model::sessions(&rows, &filter);
        assert_eq!(every_session(store.as_ref(), &filter, Order::Oldest, 1_000), expected, "{filter:?}");
        expected.reverse();
        assert_eq!(every_session(store.as_ref(), &filter, Order::Newest, 1_000), expected, "{filter:?}");
    }
}

/// Sessions are paged by the place of their last event: each once, in any page size.
pub fn sessions_are_paged_in_either_order(database: &dyn Database) {
    let store = database.open();
    let rows = filled(store.as_ref());
    let mut expected = model::sessions(&rows, &Filter::new());
    assert!(expected.len() > 30, "{} sessions test little", expected.len());
    for n_rows in [1, 7, 40] {
        assert_eq!(every_session(store.as_ref(), &Filter::new(), Order::Oldest, n_rows), expected, "{n_rows} a page");
    }
    expected.reverse();
    for n_rows in [1, 7, 40] {
        assert_eq!(every_session(store.as_ref(), &Filter::new(), Order::Newest, n_rows), expected, "{n_rows} a page");
    }
}

/// What is recorded between two pages, in sessions already shown and in those yet to come, changes neither which sessions the pages show nor what they tell.
pub fn sessions_are_paged_once_each_while_others_record(database: &dyn Database) {
    const N_SESSIONS: u64 = 12;
    let store = database.open();
    let event = |number: u64| {
        payload(number, &Event::new("tool.invoked").session(format!("s-{:02}", number % N_SESSIONS)).tool("search"))
    };
    let mut n_sent = 2 * N_SESSIONS;
    send(store.as_ref(), producer(1), 0, &(0..n_sent).map(event).collect::<Vec<_>>());
    for filter in [Filter::new(), Filter::new().equals(Column::Tool, "search")] {
        for order in [Order::Oldest, Order::Newest] {
            let mut expected = model::sessions(&rows(store.as_ref()), &filter);
            if order == Order::Newest {
                expected.reverse();
            }
            let mut request = PageRequest { order, limit: Limit::new(5).expect("a good limit"), cursor: None };
            let mut shown = Vec::new();
            loop {
                let page = store.sessions(&filter, &request).expect("a page of sessions");
                shown.extend(page.sessions);
                // One event for each session: whatever is paged by its last event moves.
                let more: Vec<Vec<u8>> = (n_sent..n_sent + N_SESSIONS).map(event).collect();
                send(store.as_ref(), producer(1), n_sent, &more);
                n_sent += N_SESSIONS;
                assert!(shown.len() <= expected.len(), "sessions came again, {order:?} first: {shown:?}");
                let Some(cursor) = page.cursor else { break };
                // A cursor travels as text.
                request.cursor = Some(cursor.to_string().parse().expect("a cursor"));
            }
            assert_eq!(shown, expected, "{order:?} first: {filter:?}");
        }
    }
}

/// Statistics count events, failures and denials by spans of the recording time.
pub fn statistics_sum_up_each_span(database: &dyn Database) {
    let store = database.open();
    let rows = filled(store.as_ref());
    let second = BucketWidth::from_seconds(1).expect("a width");
    for filter in [Filter::new(), Filter::new().event_type("tool.*"), Filter::new().equals(Column::Tool, "nothing")] {
        for width in [second, BucketWidth::MINUTE, BucketWidth::DAY] {
            let buckets = store.stats(&filter, width).expect("statistics");
            assert_eq!(buckets, model::stats(&rows, &filter, width), "{width:?}: {filter:?}");
        }
    }
    let all = store.stats(&Filter::new(), BucketWidth::HOUR).expect("statistics");
    assert_eq!(all.iter().map(|bucket| bucket.n_events).sum::<u64>(), rows.len() as u64);
    assert!(all.iter().any(|bucket| bucket.n_failed > 0 && bucket.n_denied > 0), "samples fail and are denied");
}
