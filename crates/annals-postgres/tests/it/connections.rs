//! What an address says of connections, against real servers.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use annals_postgres::{OpenMode, Opening, PostgresStore, migrate};
use annals_store::{ErrorKind, EventStore};
use annals_testkit::postgres::{Flush, Server, Wire};
use annals_testkit::until;

use crate::support::{Place, append, plain, producer};

const SOON: Duration = Duration::from_secs(30);

/// The URL of a database with some more parameters.
fn with(place: &Place, parameters: &str) -> String {
    format!("{}&{parameters}", place.url())
}

/// How many connections of this name there are.
fn n_connections(place: &Place, name: &str) -> usize {
    let counted = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND datname = current_database()"
    );
    place.0.sql(&counted).parse().unwrap()
}

#[test]
fn a_connection_has_the_name_that_the_address_says() {
    let place = Place::new();
    let _usual = place.open();
    assert_ne!(n_connections(&place, "annals"), 0);
    let _named = PostgresStore::open(&with(&place, "application_name=quince"), OpenMode::ReadWriteCreate).unwrap();
    assert_ne!(n_connections(&place, "quince"), 0);
}

#[test]
fn there_are_no_more_connections_than_the_address_says() {
    let most = |parameters: &str, opening: Opening| {
        let place = Place::new();
        let url = with(&place, &format!("application_name=many&{parameters}"));
        let store = PostgresStore::open_as(&url, OpenMode::ReadWriteCreate, opening).unwrap();
        // A lock on the table keeps every reader waiting with its connection in its hand.
        let mut holder = place.0.hold("LOCK TABLE event IN ACCESS EXCLUSIVE MODE");
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| store.head().unwrap());
            }
            let waiting = "SELECT count(*) FROM pg_stat_activity \
                WHERE application_name = 'many' AND datname = current_database() AND wait_event_type = 'Lock'";
            until("readers wait", SOON, || place.0.sql(waiting) == if parameters.is_empty() { "6" } else { "2" });
            let n = n_connections(&place, "many");
            holder.let_go();
            n
        })
    };
    assert_eq!(most("pool_size=2", Opening::default()), 2);
    assert_eq!(most("", Opening::default()), 6, "the usual bound is higher");
}

#[test]
fn what_takes_longer_than_the_address_says_ends() {
    let place = Place::new();
    let store = PostgresStore::open(&with(&place, "statement_timeout=2s"), OpenMode::ReadWriteCreate).unwrap();
    let mut holder = place.0.hold("SELECT 1 FROM log_head FOR UPDATE");
    let error = append(&store, producer(1), 0, &plain(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error:?}");
    holder.let_go();
    append(&store, producer(1), 0, &plain(1)).unwrap();
}

#[test]
fn idle_connections_are_closed_when_the_address_says_so() {
    let place = Place::new();
    let url = with(&place, "application_name=brief&idle_timeout=20ms");
    let brief = PostgresStore::open(&url, OpenMode::ReadWriteCreate).unwrap();
    until("the idle connection is closed", SOON, || n_connections(&place, "brief") == 0);
    brief.head().unwrap();
    let url = with(&place, "application_name=lasting&idle_timeout=0");
    let _lasting = PostgresStore::open(&url, OpenMode::ReadWriteCreate).unwrap();
    until("the idle connection is closed", SOON, || n_connections(&place, "brief") == 0);
    assert_ne!(n_connections(&place, "lasting"), 0);
}

#[test]
fn a_server_that_says_nothing_is_passed_over() {
    let place = Place::new();
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let socket = place.0.socket().display();
    let url = format!(
        "postgres:///{}?user=annals_writer&host=127.0.0.1,{socket}&port={port},5432&connect_timeout=1",
        place.0.name()
    );
    append(&PostgresStore::open(&url, OpenMode::ReadWriteCreate).unwrap(), producer(1), 0, &plain(1)).unwrap();
    let alone = format!("postgres://annals@127.0.0.1:{port}/log?connect_timeout=1");
    let error = PostgresStore::open(&alone, OpenMode::ReadWriteCreate).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
    assert!(error.to_string().contains("does not answer"), "{error}");
}

#[test]
fn writes_find_the_primary_after_a_failover() {
    let primary = Server::alone(Flush::None);
    primary.create("log", "template0");
    migrate(&primary.url("log")).unwrap();
    let standby = primary.standby();
    let (one, other) = (standby.socket().display().to_string(), primary.socket().display().to_string());
    let url = format!("postgres:///log?user=annals&host={one},{other}&target_session_attrs=read-write");
    let opening = || Opening::default().waiting_at_most(SOON);
    let store = PostgresStore::open_as(&url, OpenMode::ReadWriteCreate, opening()).unwrap();
    assert_eq!(append(&store, producer(1), 0, &plain(3)).unwrap().n_taken, 3);

    let only = |host: &str, parameters: &str| {
        let url = format!("postgres:///log?user=annals&host={host}{parameters}");
        PostgresStore::open_as(&url, OpenMode::ReadWriteCreate, opening())
    };
    let refused = only(&one, "&target_session_attrs=read-write").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReadOnly, "{refused:?}");
    only(&one, "&target_session_attrs=read-only").unwrap().head().unwrap();
    let refused = only(&other, "&target_session_attrs=read-only").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Io, "it can be written, which is what was not asked for: {refused:?}");

    // Nobody said that it will be written, so the standby is found out by the first write.
    until("the standby has all", SOON, || standby.sql("log", "SELECT count(*) FROM event") == "3");
    let unaware = only(&one, "").unwrap();
    let refused = append(&unaware, producer(2), 0, &plain(1)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReadOnly, "{refused:?}");

    primary.kill();
    append(&store, producer(1), 3, &plain(1)).unwrap_err();
    standby.promote();
    let mark = || store.settle().and_then(|()| store.mark(producer(1)));
    let mut next = mark();
    until("the store finds the new primary", SOON, || {
        next = mark();
        next.is_ok()
    });
    assert_eq!(next.unwrap().next_pseq, 3);
    assert_eq!(append(&store, producer(1), 3, &plain(2)).unwrap().n_taken, 2);
    assert_eq!(store.head().unwrap().n_events, 5);
    // What followed is the primary now.
    append(&unaware, producer(2), 0, &plain(1)).unwrap();
}

/// A store over a wire that can be pulled out, whose statements may take as long as they like.
fn patient_over_wire(place: &Place) -> (Wire, PostgresStore) {
    let wire = Wire::to(place.0.socket());
    let url = format!("{}&statement_timeout=1h", wire.url(&place.url()));
    let store = PostgresStore::open(&url, OpenMode::ReadWriteCreate).unwrap();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    (wire, store)
}

#[test]
fn a_server_that_says_nothing_any_more_keeps_nobody_waiting_for_an_hour() {
    let place = Place::new();
    let (wire, store) = patient_over_wire(&place);
    wire.hush();
    let silent = |outcome: Result<_, annals_store::Error>| {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.to_string().contains("does not answer"), "{error}");
    };
    silent(store.head());
    let n_opened = wire.n_opened();
    (0..1_000).for_each(|_| silent(store.head()));
    assert!(wire.n_opened() - n_opened < 100, "only one of them tries, from time to time");
    wire.mend();
    until("it is heard again", SOON, || store.head().is_ok());
    append(&store, producer(1), 1, &plain(1)).unwrap();
    assert_eq!(store.head().unwrap().n_events, 2);
}

#[test]
fn a_statement_that_takes_long_is_waited_for_while_the_server_answers_others() {
    let place = Place::new();
    let (wire, store) = patient_over_wire(&place);
    let mut holder = place.0.hold("LOCK TABLE event IN ACCESS EXCLUSIVE MODE");
    let n_opened = wire.n_opened();
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| store.head().unwrap().n_events);
        until("it is tried whether anybody is there", SOON, || wire.n_opened() > n_opened);
        holder.let_go();
        assert_eq!(reading.join().unwrap(), 1);
    });
}
