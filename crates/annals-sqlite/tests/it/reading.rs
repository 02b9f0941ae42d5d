//! Queries and their pages, against what a plain loop over all rows finds.

use annals_event::{Column, Decision, Event, EventId, Outcome, Phase, StoredEvent, Timestamp};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{BucketWidth, Cursor, EventStore, Filter, Glob, Limit, Order, PageRequest, SeqRange, TypePattern};
use serde_json::json;

use crate::support::{Place, SetClock, all, append, append_all_of, pages, payload, payloads, plain, producer, stamped};

/// A log in which every condition splits the rows in another way.
fn mixed(place: &Place, n: usize) -> SqliteStore {
    let clock = SetClock::default();
    let store = SqliteStore::open_with_clock(&place.database, OpenMode::ReadWriteCreate, clock.clock()).unwrap();
    let types = ["tool.invoked", "tool.completed", "plan.created", "toolbox", "resource_modified"];
    let outcomes = [None, Some(Outcome::Success), Some(Outcome::Failure), Some(Outcome::Denied)];
    for (chunk, first) in (0..n).step_by(50).enumerate() {
        clock.set(i64::try_from(chunk).unwrap() * 1_000_000_000);
        let events: Vec<Vec<u8>> = (first..n.min(first + 50))
            .map(|n| {
                let mut event = Event::new(types[n % 5]).details(json!({"n": n, "word": format!("w{}", n % 9)}));
                if n % 2 == 0 {
                    event = event.tool(["Bash", "Read", "Write"][n % 3]);
                }
                if n % 3 != 0 {
                    event = event.actor(format!("agent-{}", n % 4)).session(format!("s-{}", n % 7));
                }
                if n % 4 == 1 {
                    event = event.resource(format!("/src/m{}/auth.rs", n % 11)).project(format!("p-{}", n % 3));
                }
                if n % 6 == 0 {
                    event = event.decision([Decision::Allow, Decision::Deny][n / 6 % 2]);
                }
                if let Some(outcome) = outcomes[n % 4] {
                    event = event.outcome(outcome);
                }
                stamped(&event, ["default", "team"][n % 8 / 7], false)
            })
            .collect();
        append_all_of(&store, producer(1), first as u64, &events);
    }
    store
}

fn filters(rows: &[StoredEvent]) -> Vec<Filter> {
    let at = |seconds: i64| Some(Timestamp::from_nanos(seconds * 1_000_000_000));
    let mut filters = vec![
        Filter::new(),
        Filter::new().event_type("tool.*"),
        Filter::new().event_type("tool.*").event_type("plan.created").event_type("tool.invoked"),
        Filter::new().event_type("nothing.*"),
        Filter::new().event_type("toolbox"),
        Filter::new().equals(Column::Tool, "Bash"),
        Filter::new().equals(Column::Tool, "none"),
        Filter::new().equals(Column::Tool, "Bash").equals(Column::Tool, "Read"),
        Filter::new().equals(Column::ProjectName, "p-1").event_type("tool.*"),
        Filter::new().equals(Column::SessionId, "s-3").event_type("tool.*").outcome(Outcome::Success),
        Filter::new().equals(Column::ActorName, "agent-1").equals(Column::Tool, "Read"),
        Filter::new().equals(Column::Resource, "/src/m1/auth.rs"),
        Filter::new().resource(Glob::parse("/src/m?/auth.rs").unwrap()),
        Filter::new().resource(Glob::parse("auth.rs").unwrap()).equals(Column::ProjectName, "p-2"),
        Filter::new().outcome(Outcome::Failure).outcome(Outcome::Denied),
        Filter::new().decision(Decision::Deny),
        Filter::new().event_type("tool.*").outcome(Outcome::Denied),
    ];
    let mut more = vec![Filter::new(); 8];
    more[0].space = Some("team".into());
    more[1].since = at(3);
    more[2].until = at(4);
    (more[3].since, more[3].until) = (at(2), at(5));
    more[4].created_since = Some(rows[rows.len() / 2].created_at);
    more[5].created_until = Some(rows[rows.len() / 3].created_at);
    more[6].seqs = Some(SeqRange { start: 17, end: 123 });
    more[7].text = Some("\"word\":\"w5\"".into());
    filters.extend(more);
    let mut both = Filter::new().event_type("tool.*").equals(Column::Tool, "Write");
    (both.since, both.text) = (at(1), Some("w1".into()));
    filters.push(both);
    filters
}

#[test]
fn every_filter_finds_what_a_plain_loop_finds() {
    let place = Place::new();
    let store = mixed(&place, 1_000);
    let rows = all(&store);
    assert_eq!(rows.len(), 1_000);
    let mut n_found = 0;
    for filter in filters(&rows) {
        let mut expected: Vec<&StoredEvent> = rows.iter().filter(|row| filter.fits(row)).collect();
        n_found += expected.len();
        for limit in [1_000, 7] {
            let found = pages(&store, &filter, Order::Oldest, limit);
            assert!(found.iter().eq(expected.iter().copied()), "{filter:?}, oldest first, {limit} a page");
        }
        assert_eq!(store.count(&filter).unwrap(), expected.len() as u64, "count of {filter:?}");
        let n_bucketed: u64 =
            store.stats(&filter, BucketWidth::MINUTE).unwrap().iter().map(|bucket| bucket.n_events).sum();
        assert_eq!(n_bucketed, expected.len() as u64, "stats of {filter:?}");
        expected.reverse();
        for limit in [1_000, 7] {
            let found = pages(&store, &filter, Order::Newest, limit);
            assert!(found.iter().eq(expected.iter().copied()), "{filter:?}, newest first, {limit} a page");
        }
    }
    assert!(n_found > 3_000, "the filters are no test if they find nothing");
}

/// Pages until the end, and answers the place of each and what was found.
fn walk(store: &SqliteStore, filter: &Filter) -> (Vec<u64>, usize) {
    let mut request = PageRequest::default();
    let (mut examined, mut n_found) = (Vec::new(), 0);
    loop {
        let page = store.query(filter, &request).unwrap();
        n_found += page.events.len();
        let Some(cursor) = page.cursor else {
            assert_eq!(page.examined_to, None);
            return (examined, n_found);
        };
        assert_eq!(page.examined_to, Some(cursor.seq()), "a page that is not full says how far it came");
        assert_eq!(cursor.order(), Order::Newest);
        examined.push(cursor.seq());
        request.cursor = page.cursor;
    }
}

#[test]
fn a_page_examines_no_more_than_it_may_and_says_so() {
    let place = Place::new();
    let store = place.open();
    // One event in ten is of a tool of its own, and one of those, near the log's beginning, was denied to somebody.
    let tools = |n: usize| if n.is_multiple_of(10) { "Rare" } else { "Bash" };
    let mut events: Vec<Vec<u8>> = (0..35_000).map(|n| payload(&Event::new("tool.invoked").tool(tools(n)))).collect();
    events[100] = payload(&Event::new("tool.invoked").tool("Rare").outcome(Outcome::Denied).user("eve"));
    append_all_of(&store, producer(1), 0, &events);

    let denied = Filter::new().outcome(Outcome::Denied);
    let walked = vec![23_000, 11_000];
    assert_eq!(walk(&store, &denied), (walked.clone(), 1));
    assert_eq!(walk(&store, &Filter::new().equals(Column::UserIdentity, "eve")), (walked.clone(), 1));
    // An index that names most of the rows is no help, one that names few leads further.
    assert_eq!(walk(&store, &denied.clone().event_type("tool.*")), (walked.clone(), 1));
    assert_eq!(walk(&store, &denied.clone().equals(Column::Tool, "Bash")), (walked, 0));
    assert_eq!(walk(&store, &denied.equals(Column::Tool, "Rare")), (vec![15_000], 1));
    // Without anything left to check a page ends nowhere but at its limit.
    let plain = store.query(&Filter::new().equals(Column::Tool, "Rare"), &PageRequest::default()).unwrap();
    assert_eq!((plain.events.len(), plain.examined_to), (100, None));
    assert_eq!(plain.cursor, Some(Cursor::after(Order::Newest, 34_000)));
}

#[test]
fn paging_through_a_growing_log_shows_each_row_once() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(100));
    let limit = Limit::new(30).unwrap();
    let mut request = PageRequest { order: Order::Newest, limit, cursor: None };
    let mut seqs = Vec::new();
    for grown in 0.. {
        let page = store.query(&Filter::new(), &request).unwrap();
        seqs.extend(page.events.iter().map(|event| event.seq));
        append(&store, producer(1), 100 + grown, &plain(1)).unwrap();
        request.cursor = page.cursor;
        if page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seqs, (0..100).rev().collect::<Vec<_>>());
}

#[test]
fn the_wrong_orders_cursor_is_refused() {
    let place = Place::new();
    let store = place.open();
    let request = PageRequest { cursor: Some(Cursor::after(Order::Oldest, 3)), ..PageRequest::default() };
    assert!(store.query(&Filter::new(), &request).is_err());
    assert!(store.sessions(&Filter::new(), &request).is_err());
}

#[test]
fn an_empty_log_answers_every_question() {
    let place = Place::new();
    let store = place.open();
    assert_eq!(store.head().unwrap(), annals_store::Head::default());
    let page = store.query(&Filter::new().event_type("tool.*"), &PageRequest::default()).unwrap();
    assert_eq!((page.events.len(), page.cursor, page.examined_to), (0, None, None));
    assert_eq!(store.count(&Filter::new()).unwrap(), 0);
    assert_eq!(store.stats(&Filter::new(), BucketWidth::DAY).unwrap(), []);
    assert_eq!(store.sessions(&Filter::new(), &PageRequest::default()).unwrap().sessions, []);
    assert_eq!(store.get(EventId::from_bytes([1; 16])).unwrap(), None);
}

#[test]
fn hostile_text_is_a_value_and_never_sql() {
    let place = Place::new();
    let store = place.open();
    let nasty = "'; DROP TABLE event; -- \" ? %_*";
    append(&store, producer(1), 0, &payloads(&[Event::new("tool.invoked").tool(nasty).resource(nasty)])).unwrap();
    let mut filter = Filter::new().equals(Column::Tool, nasty).equals(Column::Resource, nasty);
    filter.event_types.push(TypePattern::Family("tool.".into()));
    assert_eq!(store.count(&filter).unwrap(), 1);
    filter.event_types = vec![TypePattern::Exact(nasty.into())];
    filter.text = Some(nasty.into());
    filter.space = Some(nasty.into());
    assert_eq!(store.count(&filter).unwrap(), 0);
    assert_eq!(store.sessions_with_prefix(nasty, 5).unwrap(), Vec::<String>::new());
    assert_eq!(store.head().unwrap().n_events, 1);
}

#[test]
fn buckets_count_failures_and_denials() {
    let place = Place::new();
    let clock = SetClock::default();
    let store = SqliteStore::open_with_clock(&place.database, OpenMode::ReadWriteCreate, clock.clock()).unwrap();
    let seconds = |n: i64| n * 1_000_000_000;
    let tool = || Event::new("tool.invoked");
    clock.set(seconds(30));
    let first = [tool().outcome(Outcome::Failure), tool().outcome(Outcome::Timeout), tool().outcome(Outcome::Success)];
    append(&store, producer(1), 0, &payloads(&first)).unwrap();
    clock.set(seconds(200));
    let both = tool().outcome(Outcome::Denied).decision(Decision::Deny);
    append(&store, producer(1), 3, &payloads(&[both, tool().decision(Decision::Deny)])).unwrap();
    let buckets = store.stats(&Filter::new(), BucketWidth::MINUTE).unwrap();
    let told: Vec<_> = buckets
        .iter()
        .map(|bucket| (bucket.start.as_nanos(), bucket.n_events, bucket.n_failed, bucket.n_denied))
        .collect();
    assert_eq!(told, [(0, 3, 2, 0), (seconds(180), 2, 0, 2)]);
}

/// Fails instead of waiting for ever.
fn in_time<T: Send + 'static>(what: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(what()));
    receiver.recv_timeout(std::time::Duration::from_secs(30)).expect("an answer in time")
}

#[test]
fn a_row_at_the_end_of_time_is_counted_and_does_not_hang() {
    for (at, start) in [(i64::MAX, i64::MAX - i64::MAX % 60_000_000_000), (i64::MIN, i64::MIN)] {
        let place = Place::new();
        let store = place.open();
        append_all_of(&store, producer(1), 0, &plain(3));
        place.connection().execute("UPDATE event SET recorded_at = ?1 WHERE seq = 2", [at]).unwrap();
        let buckets = in_time(move || store.stats(&Filter::new(), BucketWidth::MINUTE).unwrap());
        assert_eq!(buckets.iter().map(|bucket| bucket.n_events).sum::<u64>(), 3);
        assert!(buckets.iter().any(|bucket| bucket.start.as_nanos() == start && bucket.n_events == 1), "{buckets:?}");
    }
}

#[test]
fn a_number_far_away_makes_no_endless_pages() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(30));
    place.connection().execute("UPDATE event SET seq = 4611686018427387904 WHERE seq = 29", []).unwrap();
    let expected: Vec<u64> = (0..29).chain([4_611_686_018_427_387_904]).collect();
    let found = in_time(move || {
        // A condition that no index knows, so that the log is walked.
        let mut filter = Filter::new();
        filter.space = Some("default".into());
        [Order::Oldest, Order::Newest].map(|order| {
            let mut request = PageRequest { order, ..PageRequest::default() };
            let (mut seqs, mut n_pages) = (Vec::new(), 0);
            loop {
                let page = store.query(&filter, &request).unwrap();
                n_pages += 1;
                seqs.extend(page.events.iter().map(|event| event.seq));
                request.cursor = page.cursor;
                if request.cursor.is_none() {
                    return (seqs, n_pages);
                }
            }
        })
    });
    let [(oldest, n_oldest), (mut newest, n_newest)] = found;
    newest.reverse();
    assert_eq!((&oldest, &newest), (&expected, &expected));
    assert!(n_oldest <= 3 && n_newest <= 3, "{n_oldest} and {n_newest} pages");
}

#[test]
fn ids_are_found_by_their_first_digits() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(50));
    let rows = all(&store);
    let digits = rows[7].id.to_string().replace('-', "");
    assert_eq!(store.ids_with_prefix(&digits, 5).unwrap(), [rows[7].id]);
    assert_eq!(store.ids_with_prefix(&digits.to_uppercase(), 5).unwrap(), [rows[7].id]);
    let all_of_them = store.ids_with_prefix(&digits[..3], 1_000).unwrap();
    assert_eq!(all_of_them.len(), 50);
    assert!(all_of_them.is_sorted());
    assert_eq!(store.ids_with_prefix(&digits[..3], 5).unwrap(), all_of_them[..5]);
    for nothing in ["ffff", "zz", "-", &format!("{digits}0")] {
        assert_eq!(store.ids_with_prefix(nothing, 5).unwrap(), [], "{nothing}");
    }
}

#[test]
fn sessions_are_found_by_their_beginning() {
    let place = Place::new();
    let store = place.open();
    let events: Vec<Event> = ["ab", "abc", "abd", "b", "abc", "ü1", "a%"]
        .iter()
        .map(|session| Event::new("session.created").session(session))
        .collect();
    append(&store, producer(1), 0, &payloads(&events)).unwrap();
    assert_eq!(store.sessions_with_prefix("ab", 9).unwrap(), ["ab", "abc", "abd"]);
    assert_eq!(store.sessions_with_prefix("ab", 2).unwrap(), ["ab", "abc"]);
    assert_eq!(store.sessions_with_prefix("ü", 9).unwrap(), ["ü1"]);
    assert_eq!(store.sessions_with_prefix("a%", 9).unwrap(), ["a%"]);
    assert_eq!(store.sessions_with_prefix("c", 9).unwrap(), Vec::<String>::new());
}

#[test]
fn a_session_is_told_by_its_events() {
    let place = Place::new();
    let clock = SetClock::default();
    let store = SqliteStore::open_with_clock(&place.database, OpenMode::ReadWriteCreate, clock.clock()).unwrap();
    let of = |session: &str| Event::new("tool.invoked").session(session);
    clock.set(10);
    let first = [
        Event::new("session.created").session("a").actor("old").client("cli").user("ann"),
        of("a").phase(Phase::Intent).operation("1"),
        of("a").phase(Phase::Outcome).operation("1").outcome(Outcome::Failure),
        of("b").outcome(Outcome::Success).project("shop"),
    ];
    append(&store, producer(1), 0, &payloads(&first)).unwrap();
    clock.set(20);
    let second = [of("a").actor("new").decision(Decision::Deny), Event::new("plan_applied")];
    append(&store, producer(1), 4, &payloads(&second)).unwrap();

    let page = store.sessions(&Filter::new(), &PageRequest::default()).unwrap();
    assert_eq!((page.cursor, page.examined_to), (None, None));
    let [a, b] = &page.sessions[..] else { panic!("two sessions, not {:?}", page.sessions) };
    assert_eq!((a.session_id.as_str(), b.session_id.as_str()), ("a", "b"));
    assert_eq!(
        (a.actor_name.as_deref(), a.client.as_deref(), a.user_identity.as_deref()),
        (Some("new"), Some("cli"), Some("ann"))
    );
    assert_eq!((a.first_at.as_nanos(), a.last_at.as_nanos(), a.last_seq), (10, 20, 4));
    assert_eq!((a.n_events, a.n_calls, a.n_failures), (4, 2, 2));
    assert_eq!((b.project_name.as_deref(), b.n_events, b.n_calls, b.n_failures), (Some("shop"), 1, 1, 0));

    let failed = Filter::new().outcome(Outcome::Failure);
    let page = store.sessions(&failed, &PageRequest::default()).unwrap();
    assert_eq!(page.sessions.len(), 1);
    assert_eq!((page.sessions[0].last_seq, page.sessions[0].n_events), (2, 1), "told by the fitting events only");
}

#[test]
fn sessions_come_in_pages_and_each_once() {
    let place = Place::new();
    let store = mixed(&place, 1_000);
    for order in [Order::Newest, Order::Oldest] {
        for filter in [Filter::new(), Filter::new().event_type("tool.*"), Filter::new().equals(Column::Tool, "Read")] {
            let mut request = PageRequest { order, limit: Limit::new(2).unwrap(), cursor: None };
            let mut seen = Vec::new();
            loop {
                let page = store.sessions(&filter, &request).unwrap();
                seen.extend(page.sessions.into_iter().map(|session| (session.last_seq, session.session_id)));
                request.cursor = page.cursor;
                if page.cursor.is_none() {
                    break;
                }
            }
            let mut last = std::collections::BTreeMap::new();
            for row in pages(&store, &filter, Order::Oldest, 1_000) {
                if let Some(session) = row.get(Column::SessionId) {
                    last.insert(session.to_owned(), row.seq);
                }
            }
            let mut expected: Vec<(u64, String)> = last.into_iter().map(|(session, seq)| (seq, session)).collect();
            expected.sort();
            if order == Order::Newest {
                expected.reverse();
            }
            assert_eq!(seen, expected);
            assert!(expected.len() > 3);
        }
    }
}
