//! A store in memory that keeps the whole contract, in the plainest way there is.
//!
//! It shows that the suite can be passed, is broken on purpose to show that the suite can fail, and stands in for a database where a test is about the service alone.
//! It is no backend: what it holds ends with the process, and every read walks over all rows.

mod entries;
mod log;
mod reading;
mod shelf;
mod vectors;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use annals_event::{EventId, ProducerId, StoredEvent, Timestamp};
use annals_store::awareness::AwarenessStore;
use annals_store::suite::Database;
use annals_store::{
    Appended, Batch, Bucket, BucketWidth, Error, ErrorKind, EventStore, Filter, Head, LogId, Mark, OpenOperations,
    Page, PageRequest, Refused, SessionPage,
};

pub use entries::Flaw;
use entries::{Given, Kept};
use log::Log;

/// A database in memory, which any number of stores may have open.
#[derive(Clone, Default)]
pub struct Memory {
    log: Arc<Mutex<Log>>,
    /// Locked alone, or while the log is.
    entries: Arc<Mutex<Vec<Kept>>>,
    /// What named calls were answered.
    answers: Arc<Mutex<Vec<Given>>>,
    /// Held by whoever changes entries.
    turn: Arc<Mutex<()>>,
    /// The models that vectors are of.
    models: Arc<Mutex<vectors::Models>>,
    /// Whether somebody has the turn to embed.
    embeds: Arc<AtomicBool>,
    flaw: Flaw,
}

impl Memory {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty log whose entries are kept with this flaw.
    pub fn flawed(flaw: Flaw) -> Self {
        Self { flaw, ..Self::default() }
    }

    /// Opens it.
    pub fn store(&self) -> Arc<MemoryStore> {
        Arc::new(MemoryStore { memory: self.clone(), is_closed: AtomicBool::new(false) })
    }
}

impl Database for Memory {
    fn open(&self) -> Arc<dyn EventStore> {
        self.store()
    }
}

/// An opened [`Memory`].
pub struct MemoryStore {
    memory: Memory,
    is_closed: AtomicBool,
}

impl MemoryStore {
    /// The log, if this store is still open. Each change of it is applied at its end in steps that cannot panic, so a poisoned lock is taken all the same.
    fn log(&self) -> Result<MutexGuard<'_, Log>, Error> {
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Closed, "the store is closed"));
        }
        Ok(self.memory.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn answers(&self) -> MutexGuard<'_, Vec<Given>> {
        self.memory.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.memory.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventStore for MemoryStore {
    fn log_ids(&self) -> (LogId, Vec<LogId>) {
        (log::ID, Vec::new())
    }

    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        self.log()?.append(batch)
    }

    fn bury(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        self.log()?.bury(refused)
    }

    fn end_operations(&self, which: OpenOperations) -> Result<u64, Error> {
        Ok(self.log()?.end_operations(which))
    }

    fn end_sessions(&self, silent_since: Timestamp) -> Result<u64, Error> {
        Ok(self.log()?.end_sessions(silent_since))
    }

    fn mark(&self, producer: ProducerId) -> Result<Mark, Error> {
        Ok(self.log()?.mark(producer))
    }

    fn head(&self) -> Result<Head, Error> {
        let log = self.log()?;
        Ok(Head { n_events: log.rows().len() as u64, recorded_at: log.rows().last().map(|row| row.recorded_at) })
    }

    fn query(&self, filter: &Filter, request: &PageRequest) -> Result<Page, Error> {
        Ok(reading::page(self.log()?.rows(), filter, request.checked()?))
    }

    fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        Ok(self.log()?.rows().iter().find(|row| row.id == id).cloned())
    }

    fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<EventId>, Error> {
        Ok(reading::ids_with_prefix(self.log()?.rows(), prefix, limit))
    }

    fn sessions_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, Error> {
        Ok(reading::sessions_with_prefix(self.log()?.rows(), prefix, limit))
    }

    fn count(&self, filter: &Filter) -> Result<u64, Error> {
        Ok(self.log()?.rows().iter().filter(|row| filter.fits(row)).count() as u64)
    }

    fn sessions(&self, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Error> {
        Ok(reading::sessions(self.log()?.rows(), filter, request.checked()?))
    }

    fn stats(&self, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Error> {
        Ok(reading::stats(self.log()?.rows(), filter, width))
    }

    fn n_dead_letters(&self) -> Result<u64, Error> {
        Ok(self.log()?.n_dead_letters())
    }

    /// Memory has no disk.
    fn settle(&self) -> Result<(), Error> {
        self.log().map(drop)
    }

    fn awareness(&self) -> Option<&dyn AwarenessStore> {
        Some(self)
    }

    fn close(&self) -> Result<(), Error> {
        self.is_closed.store(true, Ordering::SeqCst);
        Ok(())
    }
}
