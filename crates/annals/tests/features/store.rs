//! Stores that are broken in one way each, around a real one: for scenarios that need them, and for the controls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annals::store::{
    Appended, Batch, Bucket, BucketWidth, Error, EventStore, Filter, Head, LogId, Mark, OpenOperations, Page,
    PageRequest, Refused, SessionPage,
};
use annals::{EventId, ProducerId, StoredEvent};

/// In which way a store is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Twist {
    /// It answers that events are durable and writes none.
    Lies,
    /// It writes the first and the last event of a batch and answers for all.
    ForgetsTheMiddle,
    /// It panics once where the writer asks it for the log's id, outside of any append.
    KillsTheWriter,
}

/// A broken store.
pub(crate) struct Twisted {
    inner: Arc<dyn EventStore>,
    twist: Twist,
    is_done: AtomicBool,
}

impl Twisted {
    pub(crate) fn new(inner: Arc<dyn EventStore>, twist: Twist) -> Arc<Self> {
        Arc::new(Self { inner, twist, is_done: AtomicBool::new(false) })
    }
}

/// The answer of a store that has written all of it.
fn as_if_taken(batch: &Batch<'_>) -> Appended {
    Appended {
        n_taken: batch.events.len(),
        seqs: (0..).map(Some).take(batch.events.len()).collect(),
        n_gaps: 0,
        buried: Vec::new(),
    }
}

impl EventStore for Twisted {
    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        match self.twist {
            Twist::Lies => Ok(as_if_taken(batch)),
            Twist::ForgetsTheMiddle if batch.events.len() > 2 => {
                let few = [batch.events[0], batch.events[batch.events.len() - 1]];
                let origin = annals::store::Origin::Own { owner: None };
                self.inner.append(&Batch { origin, events: &few, ..batch.clone() })?;
                Ok(as_if_taken(batch))
            }
            Twist::ForgetsTheMiddle | Twist::KillsTheWriter => self.inner.append(batch),
        }
    }

    fn log_ids(&self) -> (LogId, Vec<LogId>) {
        let dies = self.twist == Twist::KillsTheWriter && !self.is_done.swap(true, Ordering::SeqCst);
        assert!(!dies, "the store was told to kill the writer");
        self.inner.log_ids()
    }

    fn bury(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        self.inner.bury(refused)
    }

    fn end_operations(&self, which: OpenOperations) -> Result<u64, Error> {
        self.inner.end_operations(which)
    }

    fn end_sessions(&self, silent_since: annals::Timestamp) -> Result<u64, Error> {
        self.inner.end_sessions(silent_since)
    }

    fn mark(&self, producer: ProducerId) -> Result<Mark, Error> {
        self.inner.mark(producer)
    }

    fn head(&self) -> Result<Head, Error> {
        self.inner.head()
    }

    fn query(&self, filter: &Filter, request: &PageRequest) -> Result<Page, Error> {
        self.inner.query(filter, request)
    }

    fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        self.inner.get(id)
    }

    fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<EventId>, Error> {
        self.inner.ids_with_prefix(prefix, limit)
    }

    fn sessions_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, Error> {
        self.inner.sessions_with_prefix(prefix, limit)
    }

    fn count(&self, filter: &Filter) -> Result<u64, Error> {
        self.inner.count(filter)
    }

    fn sessions(&self, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Error> {
        self.inner.sessions(filter, request)
    }

    fn stats(&self, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Error> {
        self.inner.stats(filter, width)
    }

    fn n_dead_letters(&self) -> Result<u64, Error> {
        self.inner.n_dead_letters()
    }

    fn settle(&self) -> Result<(), Error> {
        self.inner.settle()
    }

    fn close(&self) -> Result<(), Error> {
        self.inner.close()
    }
}
