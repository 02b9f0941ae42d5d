//! Databases and events.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use annals_event::{Event, EventId, ProducerId, Stamp, StoredEvent, Timestamp, encode_own};
use annals_postgres::{MIGRATIONS, OpenMode, PostgresStore, migrate};
use annals_store::{Appended, Batch, Error, EventStore, Filter, Limit, Order, Origin, PageRequest, Pending, Sheds};
use annals_testkit::postgres::{Database, OWNER, ROLES};

/// Who serves, and owns nothing.
pub(crate) const WRITER: &str = ROLES[0];

/// What operations.md has the owner of the tables grant.
fn grants() -> String {
    const TEXT: &str = include_str!("../../../../docs/operations.md");
    let (_, section) = TEXT.split_once("## Roles in PostgreSQL").unwrap();
    let (_, script) = section.split_once("```sql\nREVOKE").unwrap();
    format!("REVOKE{}", script.split_once("```").unwrap().0)
}

/// A database with our tables, which one role owns and another writes to.
pub(crate) struct Place(pub(crate) Database);

impl Place {
    #[track_caller]
    pub(crate) fn new() -> Self {
        // The template's name changes with what it holds.
        let mut version = DefaultHasher::new();
        for migration in MIGRATIONS {
            migration.checksum().hash(&mut version);
        }
        Self(Database::prepared(&format!("{:016x}", version.finish()), |database| {
            migrate(database.url()).unwrap();
            database.try_sql_as(OWNER, &grants()).unwrap();
        }))
    }

    /// Where it is, as the role that writes and owns nothing.
    pub(crate) fn url(&self) -> String {
        self.0.url_as(WRITER)
    }

    #[track_caller]
    pub(crate) fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.url(), OpenMode::ReadWriteCreate).unwrap()
    }
}

pub(crate) fn producer(n: u8) -> ProducerId {
    ProducerId::from_bytes([n; 16])
}

/// An event's bytes, with an id of its own.
pub(crate) fn payload(event: &Event) -> Vec<u8> {
    payload_of("default", event)
}

/// The same of an event in this space.
pub(crate) fn payload_of(space: &str, event: &Event) -> Vec<u8> {
    static N_MADE: AtomicU64 = AtomicU64::new(0);
    let n = N_MADE.fetch_add(1, Ordering::Relaxed);
    let created_at = Timestamp::from_nanos(1_700_000_000_000_000_000 + i64::try_from(n).unwrap() * 1_000);
    let id = EventId::v7(created_at, n);
    let mut out = Vec::new();
    let stamp = Stamp { id, created_at, space, credential: "uid:1000", begun: false };
    encode_own(event, &stamp, &mut out);
    out
}

/// So many plain events.
pub(crate) fn plain(n: usize) -> Vec<Vec<u8>> {
    (0..n).map(|n| payload(&Event::new("tool.invoked").tool("Bash").resource(format!("file-{n}")))).collect()
}

/// Appends payloads of a producer from this `pseq` on.
pub(crate) fn append(
    store: &dyn EventStore,
    producer: ProducerId,
    first_pseq: u64,
    payloads: &[Vec<u8>],
) -> Result<Appended, Error> {
    let events: Vec<_> = payloads.iter().zip(first_pseq..).map(|(payload, pseq)| Pending { pseq, payload }).collect();
    let origin = Origin::Producer(producer);
    store.append(&Batch { origin, events: &events, gaps: &[], sheds: Sheds::default(), credential: None })
}

/// Every event that fits, oldest first.
pub(crate) fn all(store: &dyn EventStore, filter: &Filter) -> Vec<StoredEvent> {
    let (mut events, mut cursor) = (Vec::new(), None);
    loop {
        let request = PageRequest { order: Order::Oldest, limit: Limit::new(1_000).unwrap(), cursor };
        let page = store.query(filter, &request).unwrap();
        events.extend(page.events);
        cursor = page.cursor;
        if cursor.is_none() {
            return events;
        }
    }
}
