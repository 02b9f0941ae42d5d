//! Databases, events, and a wire that is cut to order.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use annals_event::{Event, EventId, ProducerId, Stamp, StoredEvent, Timestamp, encode_own};
use annals_postgres::{MIGRATIONS, OpenMode, PostgresStore, migrate};
use annals_store::{Appended, Batch, Error, EventStore, Filter, Limit, Order, Origin, PageRequest, Pending, Sheds};
use annals_testkit::postgres::{Database, OWNER, ROLES};
use tempfile::TempDir;

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
        let version: String = MIGRATIONS.iter().map(|migration| migration.checksum()[..8].to_owned()).collect();
        Self(Database::prepared(&version, |database| {
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

/// A wire to the server that goes through this process.
pub(crate) struct Wire {
    folder: TempDir,
    cut: Arc<Mutex<Option<Cut>>>,
}

/// Where it is cut, once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    /// The next commit does not arrive.
    BeforeCommit,
    /// The next commit's answer does not.
    AfterCommit,
}

impl Wire {
    pub(crate) fn to(place: &Place) -> Self {
        let server = place.0.socket().join(".s.PGSQL.5432");
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let cut = Arc::new(Mutex::new(None));
        let cuts = Arc::clone(&cut);
        // Ends with the test's process.
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                let (cuts, server) = (Arc::clone(&cuts), server.clone());
                thread::spawn(move || pass(&client, &server, &cuts));
            }
        });
        Self { folder, cut }
    }

    /// The URL of this database at the wire's near end.
    pub(crate) fn url(&self, place: &Place) -> String {
        let url = place.url();
        let (before, _) = url.split_once("&host=").unwrap();
        format!("{before}&host={}", self.folder.path().display())
    }

    pub(crate) fn cut(&self, at: Cut) {
        *self.cut.lock().unwrap() = Some(at);
    }

    /// Whether it was not cut yet.
    pub(crate) fn is_whole(&self) -> bool {
        self.cut.lock().unwrap().is_some()
    }
}

/// Passes bytes both ways until either end closes, or the wire is cut.
fn pass(client: &UnixStream, server: &Path, cuts: &Mutex<Option<Cut>>) {
    let Ok(server) = UnixStream::connect(server) else { return };
    let end = || {
        let _ = client.shutdown(std::net::Shutdown::Both);
        let _ = server.shutdown(std::net::Shutdown::Both);
    };
    let swallows = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            copy(&server, client, |_| !swallows.load(Ordering::SeqCst));
            end();
        });
        copy(client, &server, |bytes| {
            if !bytes.windows(8).any(|window| window == b"; COMMIT") {
                return true;
            }
            let cut = cuts.lock().unwrap().take();
            swallows.store(cut == Some(Cut::AfterCommit), Ordering::SeqCst);
            cut != Some(Cut::BeforeCommit)
        });
        end();
    });
}

fn copy(mut from: &UnixStream, mut to: &UnixStream, mut go_on: impl FnMut(&[u8]) -> bool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        if !go_on(&buffer[..n]) || to.write_all(&buffer[..n]).is_err() {
            return;
        }
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
