//! Hearing of what others write: at once where the server tells, and after every loss of the connection on which it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use annals_postgres::{OpenMode, Opening, PostgresStore};
use annals_store::EventStore;
use annals_testkit::postgres::{Pooler, Pooling};
use annals_testkit::{PATIENCE, until};

use crate::support::{Place, WRITER, append, plain, producer};

/// Those who listen, as the server knows them.
const LISTENERS: &str = "FROM pg_locks JOIN pg_stat_activity USING (pid) \
    WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted AND datname = current_database()";
/// How often one looks who is not told.
const UNTOLD: Duration = Duration::from_millis(500);

/// A store, and how often it was told.
struct Ear {
    store: PostgresStore,
    n_told: Arc<AtomicU64>,
}

impl Ear {
    fn of(store: PostgresStore) -> Self {
        let n_told = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&n_told);
        store.listen(Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        }));
        Self { store, n_told }
    }

    /// The same, once it hears.
    #[track_caller]
    fn hearing(place: &Place, store: PostgresStore) -> Self {
        let ear = Self::of(store);
        until("it listens", PATIENCE, || n_listeners(place) == 1 && ear.n_told() == 1);
        assert!(UNTOLD < ear.store.look_interval());
        ear
    }

    fn n_told(&self) -> u64 {
        self.n_told.load(Ordering::SeqCst)
    }

    fn n_events(&self) -> u64 {
        self.store.head().unwrap().n_events
    }
}

fn n_listeners(place: &Place) -> usize {
    place.0.sql(&format!("SELECT count(*) {LISTENERS}")).parse().unwrap()
}

#[test]
fn who_listens_is_told_of_what_others_write() {
    let place = Place::new();
    let ear = Ear::hearing(&place, place.open());
    let other = place.open();
    for n in 0..20 {
        append(&other, producer(1), n, &plain(1)).unwrap();
        until("it is told", PATIENCE, || ear.n_told() == n + 2);
        assert_eq!(ear.n_events(), n + 1, "what it is told of is there");
    }
    // What puts no row into the log is nothing to tell of: what is told next is what comes behind it, a batch of many as one.
    other.settle().unwrap();
    append(&other, producer(1), 20, &plain(100)).unwrap();
    until("it is told", PATIENCE, || 21 < ear.n_told());
    assert_eq!((ear.n_told(), ear.n_events()), (22, 120));
    ear.store.close().unwrap();
    until("nobody listens any more", PATIENCE, || n_listeners(&place) == 0);
}

#[test]
fn a_lost_connection_is_made_anew_and_what_came_meanwhile_is_looked_for() {
    let place = Place::new();
    let ear = Ear::hearing(&place, place.open());
    let other = place.open();
    append(&other, producer(1), 0, &plain(1)).unwrap();
    until("it is told", PATIENCE, || ear.n_told() == 2);
    for n in 0..3 {
        let limit = |n| place.0.sql(&format!("ALTER DATABASE {} CONNECTION LIMIT {n}", place.0.name()));
        let n_told = ear.n_told();
        limit(0);
        assert_eq!(place.0.sql(&format!("SELECT bool_and(pg_terminate_backend(pid)) {LISTENERS}")), "t");
        until("it is called since nobody tells it any more", PATIENCE, || ear.n_told() == n_told + 1);
        assert_eq!(ear.store.look_interval(), UNTOLD, "and looks more often");
        // The other one has its connection.
        append(&other, producer(1), 1 + n, &plain(1)).unwrap();
        assert_eq!(ear.n_told(), n_told + 1, "the control: without a connection nobody is told");
        limit(-1);
        until("it is called when it listens again", PATIENCE, || ear.n_told() == n_told + 2);
        assert_eq!(ear.n_events(), 2 + n);
        assert!(UNTOLD < ear.store.look_interval());
    }
    append(&other, producer(1), 4, &plain(1)).unwrap();
    until("it is told again", PATIENCE, || ear.n_told() == 9);
}

#[test]
fn behind_a_pooler_it_is_told_at_the_servers_own_address() {
    let place = Place::new();
    let pooler = Pooler::start(&place.0, Pooling::Transaction);
    let open = |opening| PostgresStore::open_as(&pooler.url_as(WRITER), OpenMode::ReadWriteCreate, opening).unwrap();
    let other = open(Opening::default());
    // What it would hear there goes to somebody else, so it does not rely on that.
    let deaf = Ear::of(open(Opening::default()));
    let tried = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_notify(''annals'', ''_%'";
    until("it tries to hear itself", PATIENCE, || place.0.sql(&format!("{tried} AND pid <> pg_backend_pid()")) != "0");
    append(&other, producer(1), 0, &plain(1)).unwrap();
    assert_eq!((deaf.n_told(), deaf.store.look_interval(), n_listeners(&place)), (0, UNTOLD, 0));
    assert_eq!(deaf.n_events(), 1, "what it looks for itself is there");
    let ear = Ear::hearing(&place, open(Opening::default().listening_at(place.url())));
    append(&other, producer(1), 1, &plain(1)).unwrap();
    until("it is told", PATIENCE, || ear.n_told() == 2);
    // Another database's address is none where it hears itself.
    let strange = Place::new();
    let misled = Ear::of(open(Opening::default().listening_at(strange.url())));
    let listens =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN annals'";
    until("it listens elsewhere", PATIENCE, || strange.0.sql(listens) != "0");
    append(&other, producer(1), 2, &plain(1)).unwrap();
    until("the other one is told", PATIENCE, || ear.n_told() == 3);
    assert_eq!((misled.n_told(), misled.store.look_interval(), n_listeners(&strange)), (0, UNTOLD, 0));
}
