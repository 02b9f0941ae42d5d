//! The world of a scenario: a data directory, a service on it, and what the calls answered.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use annals::store::EventStore;
use annals::{
    Audit, Error, Event, EventBus, Filter, Limit, Mode, Operation, Order, PageRequest, Receipt, Settings, StoredEvent,
    Subscription, Tail, Timestamp, json,
};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_testkit::{Child, Count, HeldStore, Threads, in_time};
use cucumber::World;
use tempfile::TempDir;

/// One scenario's world.
#[derive(World)]
#[world(init = Self::new)]
pub(crate) struct Trail {
    pub(crate) data: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) audit: Option<Audit>,
    /// The store behind the service, where the scenario holds or breaks it.
    pub(crate) store: Option<Arc<HeldStore>>,
    pub(crate) receipts: Vec<Receipt>,
    /// What the last call that failed answered, and the event that was handed to it.
    pub(crate) error: Option<Error>,
    pub(crate) handed_in: Option<Event>,
    pub(crate) moments: BTreeMap<&'static str, Timestamp>,
    /// Set just before held commits are let go.
    pub(crate) released: Arc<AtomicBool>,
    /// A thread that waits while the scenario goes on.
    pub(crate) waiting: Option<Threads<String>>,
    pub(crate) operation: Option<Operation>,
    pub(crate) operation_id: String,
    pub(crate) child: Option<Child>,
    /// What a program said.
    pub(crate) lines: Vec<String>,
    pub(crate) tail: Option<Tail>,
    pub(crate) shown: Vec<StoredEvent>,
    pub(crate) bus: Option<EventBus>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Subscriptions that handlers made.
    pub(crate) kept: Arc<Mutex<Vec<Subscription>>>,
    /// What handlers were called, and in which thread.
    pub(crate) called: Arc<Mutex<Vec<String>>>,
    pub(crate) openings: Option<Count>,
    pub(crate) secret_events: Vec<Event>,
    /// Holds `data`, which nobody has made yet. The last field, so that the service ends before its folder goes.
    _folder: TempDir,
}

impl Trail {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        Self {
            settings: Settings::new(&data),
            data,
            audit: None,
            store: None,
            receipts: Vec::new(),
            error: None,
            handed_in: None,
            moments: BTreeMap::new(),
            released: Arc::default(),
            waiting: None,
            operation: None,
            operation_id: String::new(),
            child: None,
            lines: Vec::new(),
            tail: None,
            shown: Vec::new(),
            bus: None,
            subscriptions: Vec::new(),
            kept: Arc::default(),
            called: Arc::default(),
            openings: None,
            secret_events: Vec::new(),
            _folder: folder,
        }
    }

    /// The service of the scenario.
    #[track_caller]
    pub(crate) fn audit(&self) -> &Audit {
        self.audit.as_ref().expect("the scenario begins with a service")
    }

    /// The store that can be held and broken.
    #[track_caller]
    pub(crate) fn store(&self) -> &Arc<HeldStore> {
        self.store.as_ref().expect("the scenario begins with a service over a store that can be held")
    }

    /// The data directory's database, opened for writing.
    pub(crate) fn database(&self) -> Arc<dyn EventStore> {
        std::fs::create_dir_all(&self.data).unwrap();
        Arc::new(SqliteStore::open(&self.data.join("annals.db"), OpenMode::ReadWriteCreate).unwrap())
    }

    /// A service whose database can be held and broken.
    pub(crate) fn open_over_held(&mut self) -> Arc<HeldStore> {
        let held = HeldStore::over(self.database());
        self.open_over(Arc::clone(&held) as Arc<dyn EventStore>);
        self.store = Some(Arc::clone(&held));
        held
    }

    /// An asynchronous service over this store.
    pub(crate) fn open_over(&mut self, store: Arc<dyn EventStore>) {
        self.audit = Some(Audit::with_opener(&self.settings, move || Ok(Arc::clone(&store))).unwrap());
    }

    /// Calls the service in a thread that must come back in time.
    #[track_caller]
    pub(crate) fn call<T: Send + 'static>(&self, name: &str, work: impl FnOnce(Audit) -> T + Send + 'static) -> T {
        let audit = self.audit().clone();
        in_time(name, move || work(audit))
    }

    /// Records an event and keeps the receipt or the error.
    #[track_caller]
    pub(crate) fn record(&mut self, event: Event) {
        self.handed_in = Some(event.clone());
        match self.call("record", move |audit| audit.record(event)) {
            Ok(receipt) => self.receipts.push(receipt),
            Err(error) => self.error = Some(error),
        }
    }

    /// Every event of the trail, oldest first, as a reader of its own finds it.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<StoredEvent> {
        let reader = Audit::with_settings(&Settings::new(&self.data).mode(Mode::ReadOnly)).unwrap();
        read_all(&reader)
    }

    /// The error that the scenario is about.
    #[track_caller]
    pub(crate) fn error(&self) -> &Error {
        self.error.as_ref().expect("a call was refused")
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        // A scenario that ends with its commits held must not make its service wait for them.
        if let Some(store) = &self.store {
            store.mend();
            store.release();
        }
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let health = self.audit.as_ref().map(Audit::health);
        formatter
            .debug_struct("Trail")
            .field("data", &self.data)
            .field("health", &health)
            .field("n_receipts", &self.receipts.len())
            .field("error", &self.error)
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

/// Pages through the whole trail, oldest first.
pub(crate) fn read_all(audit: &Audit) -> Vec<StoredEvent> {
    let mut rows = Vec::new();
    let mut request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    loop {
        let page = audit.query(&Filter::new(), &request).unwrap();
        rows.extend(page.events);
        match page.cursor {
            Some(cursor) => request.cursor = Some(cursor),
            None => return rows,
        }
    }
}

/// The event of this number that a thread of this name records.
pub(crate) fn event(thread: &str, number: usize) -> Event {
    Event::new("tool.invoked").actor(thread).tool("write_file").resource("src/cart.rs").details(json!({ "n": number }))
}

/// The number in the details that [`event`] gave.
pub(crate) fn number(row: &StoredEvent) -> u64 {
    let details: annals::Value = serde_json::from_str(row.details.as_deref().unwrap()).unwrap();
    details["n"].as_u64().unwrap()
}

/// That these are the numbers from 0 on, without a hole.
#[track_caller]
pub(crate) fn assert_dense(rows: &[StoredEvent], n_events: usize) {
    let seqs: Vec<u64> = rows.iter().map(|row| row.seq).collect();
    assert_eq!(seqs, (0..n_events as u64).collect::<Vec<_>>());
}

/// All bytes of all files under a folder, by file.
pub(crate) fn files_under(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return files };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            // A file that went meanwhile, such as a segment that was drained, holds nothing.
            files.push((path, bytes));
        }
    }
    files
}
