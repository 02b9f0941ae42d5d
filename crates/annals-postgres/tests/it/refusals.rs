//! What the database refuses, and what its refusals say.

use std::error::Error as _;
use std::fmt::Write as _;

use annals_event::{Column, Event};
use annals_postgres::{OpenMode, Opening, PostgresStore};
use annals_store::{Batch, Error, ErrorKind, EventStore, Filter, Origin, Pending, Sheds, append_all};

use crate::support::{Place, all, append, payload, plain, producer};

/// Everything that an error says, its sources' words too.
fn words(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, " {error} {error:?}");
        source = error.source();
    }
    text
}

#[test]
fn a_text_that_no_column_takes_is_put_aside() {
    let place = Place::new();
    let store = place.open();
    let mut events = plain(2);
    events.insert(1, payload(&Event::new("tool.invoked").resource("a quince\0b")));
    let error = append(&store, producer(1), 0, &events).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RowRefused, "{error}");
    assert!(!words(&error).contains("quince"), "{}", words(&error));
    let pending: Vec<_> = events.iter().zip(0..).map(|(payload, pseq)| Pending { pseq, payload }).collect();
    let mut rest = &pending[..];
    while !rest.is_empty() {
        let origin = Origin::Producer(producer(1));
        let batch = Batch { origin, events: rest, gaps: &[], sheds: Sheds::default(), credential: None };
        rest = &rest[append_all(&store, &batch).unwrap().appended.n_taken..];
    }
    assert_eq!(store.n_dead_letters().unwrap(), 1);
    assert_eq!(all(&store, &Filter::new()).len(), 3, "two events and a gap");
}

#[test]
fn a_refusal_says_nothing_of_the_row() {
    let place = Place::new();
    let store = place.open();
    let twice = payload(&Event::new("tool.invoked").resource("quince"));
    append(&store, producer(1), 0, std::slice::from_ref(&twice)).unwrap();
    let error = append(&store, producer(2), 0, std::slice::from_ref(&twice)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RowRefused);
    assert!(words(&error).contains("23505") && words(&error).contains("event_id"), "{}", words(&error));
    assert!(!words(&error).contains("Key ("), "{}", words(&error));
}

#[test]
fn what_is_asked_for_may_be_any_text() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(3)).unwrap();
    for text in ["\0", "a\0b", "'; DROP TABLE event; --", "%", "\\"] {
        assert_eq!(store.count(&Filter::new().equals(Column::Tool, text)).unwrap(), 0);
        assert_eq!(store.count(&Filter::new().text(text)).unwrap(), 0);
        assert_eq!(store.count(&Filter::new().space(text)).unwrap(), 0);
        assert_eq!(store.count(&Filter::new().event_type(text)).unwrap(), 0);
        assert_eq!(store.sessions_with_prefix(text, 10).unwrap(), [""; 0]);
    }
    assert_eq!(store.head().unwrap().n_events, 3);
}

#[test]
fn names_are_as_long_as_a_column_takes() {
    let place = Place::new();
    let store = place.open();
    // Nothing that an index could make smaller.
    let mut state = 1_u64;
    let mut long = String::new();
    while long.len() < 8 * 1024 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let _ = write!(long, "{state:016x}");
    }
    let other = format!("{}x", &long[..long.len() - 1]);
    for name in [&long, &other] {
        let mut event = Event::new("session.created").operation(name).session(name).tool(name).actor(name);
        event = event.text(Column::PlanId, name).text(Column::ProjectName, name).correlation(name);
        let next = store.mark(producer(1)).unwrap().next_pseq;
        append(&store, producer(1), next, &[payload(&event)]).unwrap();
    }
    for column in [Column::SessionId, Column::OperationId, Column::Tool, Column::ActorName, Column::ProjectName] {
        assert_eq!(store.count(&Filter::new().equals(column, &long)).unwrap(), 1, "{}", column.name());
    }
    let mut both = [long, other];
    both.sort();
    assert_eq!(store.sessions_with_prefix("", 10).unwrap(), both);
}

#[test]
fn a_server_of_another_kind_than_was_asked_for_is_told_as_that() {
    let place = Place::new();
    place.open().close().unwrap();
    for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
        let primary = format!("{}&target_session_attrs=read-only", place.url());
        let error = PostgresStore::open(&primary, mode).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
        let said = error.to_string();
        assert!(said.contains("no server that is read only") && said.contains("=read-only` asks for"), "{said}");
        assert!(said.contains("takes writes (hint: give a standby's address") && !said.contains("primary"), "{said}");
    }
    place.0.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", place.0.name()));
    let standby = format!("{}&target_session_attrs=read-write", place.url());
    let error = PostgresStore::open(&standby, OpenMode::ReadWriteCreate).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error:?}");
    let said = error.to_string();
    assert!(said.contains("no server that takes writes") && said.contains("is read only (hint: promote"), "{said}");
    // The control: what asks for it finds it.
    let reading = format!("{}&target_session_attrs=read-only", place.url());
    PostgresStore::open(&reading, OpenMode::ReadOnly).unwrap();
}

#[test]
fn why_nobody_gets_in_is_said() {
    let open = |url: &str| {
        let opening = Opening::default().waiting_at_most(std::time::Duration::from_secs(5));
        PostgresStore::open_as(url, OpenMode::ReadOnly, opening).unwrap_err()
    };
    let refused = open("postgres://someone:secret@127.0.0.1:1,127.0.0.1:2/log");
    let unknown = open("postgres://someone:secret@nowhere.invalid:7/log");
    for (error, parts) in [
        (&refused, ["at `127.0.0.1:1,127.0.0.1:2`", "Connection refused", "check that the server runs"]),
        (&unknown, ["at `nowhere.invalid:7`", "lookup", "check that the server runs"]),
    ] {
        assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
        for part in parts {
            assert!(error.to_string().contains(part), "`{part}` is missing in {error}");
        }
        assert!(!words(error).contains("secret"), "{}", words(error));
    }
}

#[test]
fn addresses_that_lead_nowhere_say_so() {
    let open = |url: &str| {
        let opening = Opening::default().waiting_at_most(std::time::Duration::from_secs(5));
        PostgresStore::open_as(url, OpenMode::ReadWriteCreate, opening).unwrap_err()
    };
    let wrong = open("quince://someone:secret@");
    assert_eq!(wrong.kind(), ErrorKind::Invalid);
    assert!(!words(&wrong).contains("secret"), "{}", words(&wrong));
    let nobody = open("postgres:///log?user=someone&password=secret&host=/nowhere");
    assert_eq!(nobody.kind(), ErrorKind::Io, "{nobody:?}");
    assert!(nobody.to_string().contains("`/nowhere:5432`") && nobody.to_string().contains("os error 2"), "{nobody}");
    assert!(!words(&nobody).contains("secret"), "{}", words(&nobody));
    let place = Place::new();
    let url = format!("postgres:///log?user=stranger&password=secret&host={}", place.0.socket().display());
    let stranger = open(&url);
    assert_eq!(stranger.kind(), ErrorKind::Permission, "{stranger:?}");
    assert!(stranger.to_string().contains("role \"stranger\" does not exist, SQLSTATE 28000"), "{stranger}");
    assert!(!words(&stranger).contains("secret"), "{}", words(&stranger));
    let missing = open(&place.url().replacen("/test_", "/none_", 1));
    assert_eq!(missing.kind(), ErrorKind::NotFound, "{missing:?}");
    let unread = PostgresStore::open(&place.url(), OpenMode::ReadOnly).unwrap_err();
    assert_eq!(unread.kind(), ErrorKind::NotFound, "no log was named yet: {unread:?}");
}
