//! Events, stores and folders for the tests.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use annals_event::{Event, EventId, Gap, ProducerId, Stamp, StoredEvent, Timestamp, encode_own};
use annals_sqlite::{Clock, OpenMode, SqliteStore};
use annals_store::{Appended, Batch, Error, EventStore, Filter, Limit, Order, Origin, PageRequest, Pending, Sheds};
use tempfile::TempDir;

/// A folder with a database in it.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) database: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("annals.db");
        Self { folder, database }
    }

    pub(crate) fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.database, OpenMode::ReadWriteCreate).unwrap()
    }

    pub(crate) fn read(&self) -> Result<SqliteStore, Error> {
        SqliteStore::open(&self.database, OpenMode::ReadOnly)
    }

    /// A plain connection, as another program would have it.
    pub(crate) fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.database).unwrap()
    }
}

/// A clock that tests set.
#[derive(Clone, Default)]
pub(crate) struct SetClock(Arc<AtomicI64>);

impl SetClock {
    pub(crate) fn set(&self, nanos: i64) {
        self.0.store(nanos, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_nanos(now.load(Ordering::SeqCst)))
    }
}

pub(crate) fn producer(n: u8) -> ProducerId {
    ProducerId::from_bytes([n; 16])
}

/// An event's bytes, with an id of its own.
pub(crate) fn payload(event: &Event) -> Vec<u8> {
    stamped(event, "default", false)
}

/// An intent as `begin()` makes it.
pub(crate) fn begun(event: &Event) -> Vec<u8> {
    stamped(event, "default", true)
}

pub(crate) fn stamped(event: &Event, space: &str, begun: bool) -> Vec<u8> {
    static N_MADE: AtomicU64 = AtomicU64::new(0);
    let n = N_MADE.fetch_add(1, Ordering::Relaxed);
    let created_at = Timestamp::from_nanos(1_700_000_000_000_000_000 + i64::try_from(n).unwrap() * 1_000);
    let random = n ^ (u64::from(std::process::id()) << 32);
    let id = EventId::v7(created_at, random);
    let mut out = Vec::new();
    encode_own(event, &Stamp { id, created_at, space, credential: "uid:1000", begun }, &mut out);
    out
}

pub(crate) fn payloads(events: &[Event]) -> Vec<Vec<u8>> {
    events.iter().map(payload).collect()
}

/// So many plain events.
pub(crate) fn plain(n: usize) -> Vec<Vec<u8>> {
    (0..n).map(|n| payload(&Event::new("tool.invoked").tool("Bash").resource(format!("file-{n}")))).collect()
}

/// Pending events of a producer from this `pseq` on.
pub(crate) fn pending(first_pseq: u64, payloads: &[Vec<u8>]) -> Vec<Pending<'_>> {
    payloads.iter().zip(first_pseq..).map(|(payload, pseq)| Pending { pseq, payload }).collect()
}

/// Appends payloads of a producer from this `pseq` on.
pub(crate) fn append(
    store: &dyn EventStore,
    producer: ProducerId,
    first_pseq: u64,
    payloads: &[Vec<u8>],
) -> Result<Appended, Error> {
    append_with(store, producer, first_pseq, payloads, &[], Sheds::default())
}

pub(crate) fn append_with(
    store: &dyn EventStore,
    producer: ProducerId,
    first_pseq: u64,
    payloads: &[Vec<u8>],
    gaps: &[Gap],
    sheds: Sheds,
) -> Result<Appended, Error> {
    let events = pending(first_pseq, payloads);
    store.append(&Batch { origin: Origin::Producer(producer), events: &events, gaps, sheds, credential: None })
}

/// Appends what came through no journal.
pub(crate) fn append_own(store: &dyn EventStore, payloads: &[Vec<u8>]) -> Result<Appended, Error> {
    let events = pending(0, payloads);
    let origin = Origin::Own { owner: None };
    store.append(&Batch { origin, events: &events, gaps: &[], sheds: Sheds::default(), credential: None })
}

/// Appends all of it, however many prefixes that takes.
pub(crate) fn append_all_of(store: &dyn EventStore, producer: ProducerId, mut first_pseq: u64, payloads: &[Vec<u8>]) {
    let mut rest = payloads;
    while !rest.is_empty() {
        let appended = append(store, producer, first_pseq, rest).unwrap();
        assert!(appended.n_taken > 0, "an append that takes nothing");
        rest = &rest[appended.n_taken..];
        first_pseq += appended.n_taken as u64;
    }
}

/// Every event there is, oldest first.
pub(crate) fn all(store: &dyn EventStore) -> Vec<StoredEvent> {
    pages(store, &Filter::new(), Order::Oldest, 1_000)
}

/// All pages of a filter together.
pub(crate) fn pages(store: &dyn EventStore, filter: &Filter, order: Order, limit: u64) -> Vec<StoredEvent> {
    let mut events = Vec::new();
    let mut cursor = None;
    loop {
        let request = PageRequest { order, limit: Limit::new(limit).unwrap(), cursor };
        let page = store.query(filter, &request).unwrap();
        events.extend(page.events);
        cursor = page.cursor;
        if cursor.is_none() {
            return events;
        }
    }
}

/// The rows' `seq` is 0, 1, 2, …, and their times never step back.
pub(crate) fn check_dense(events: &[StoredEvent]) {
    for (n, event) in events.iter().enumerate() {
        assert_eq!(event.seq, n as u64, "a hole in `seq`");
    }
    for pair in events.windows(2) {
        assert!(pair[0].recorded_at <= pair[1].recorded_at, "`recorded_at` steps back at {}", pair[1].seq);
    }
}

/// The `pseq` of one producer's rows in the log's order.
pub(crate) fn pseqs(events: &[StoredEvent], producer: ProducerId) -> Vec<u64> {
    events.iter().filter(|event| event.producer == producer).map(|event| event.pseq).collect()
}
