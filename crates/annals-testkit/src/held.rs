//! A store whose appends can be held, made to fail and made to panic, around any other store.
//!
//! It stands for a database that is slow, locked, full or broken, without breaking a real one. Reads go through untouched and are counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use annals_event::{EventId, ProducerId, StoredEvent, Timestamp};
use annals_store::{
    Appended, Batch, Bucket, BucketWidth, Error, ErrorKind, EventStore, Filter, Head, InTurn, LogId, Mark,
    OpenOperations, Page, PageRequest, Refused, SessionPage,
};

use crate::Door;

/// What happens to one append instead of its usual course.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Nothing is written, and an error answered.
    Fails(ErrorKind),
    /// It is written, and the answer lost.
    LosesTheAnswer,
    /// The thread that called panics; nothing is written.
    Panics,
}

/// A store around another one.
pub struct HeldStore {
    inner: Arc<dyn EventStore>,
    door: Door,
    /// Where turns wait while others are said to write.
    queue: Door,
    is_contended: AtomicBool,
    /// The faults of the next appends, one each.
    faults: Mutex<VecDeque<Fault>>,
    /// What every append answers until it is mended, when no single fault is due.
    broken: Mutex<Option<ErrorKind>>,
    n_appends: AtomicU64,
    n_reads: AtomicU64,
    n_settles: AtomicU64,
    n_closes: AtomicU64,
}

impl HeldStore {
    /// Does what the inner store does, until told otherwise.
    pub fn over(inner: Arc<dyn EventStore>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            door: Door::open_at_first("append"),
            queue: Door::open_at_first("turn"),
            is_contended: AtomicBool::new(false),
            faults: Mutex::default(),
            broken: Mutex::default(),
            n_appends: AtomicU64::new(0),
            n_reads: AtomicU64::new(0),
            n_settles: AtomicU64::new(0),
            n_closes: AtomicU64::new(0),
        })
    }

    /// The store that is wrapped.
    pub fn inner(&self) -> &Arc<dyn EventStore> {
        &self.inner
    }

    /// From now on appends wait before they reach the inner store.
    pub fn hold(&self) {
        self.door.shut();
    }

    /// Waits until so many appends are held.
    #[track_caller]
    pub fn wait_until_held(&self, n_appends: usize) {
        self.door.wait_for(n_appends);
    }

    /// Lets the held appends and all later ones go on.
    pub fn release(&self) {
        self.door.open();
    }

    /// From now on others write too, and a turn waits until [`HeldStore::let_in`].
    pub fn contend(&self) {
        self.queue.shut();
        self.is_contended.store(true, Ordering::SeqCst);
    }

    /// Waits until a turn is waited for.
    #[track_caller]
    pub fn wait_until_queued(&self) {
        self.queue.wait_for(1);
    }

    /// It is this process's turn.
    pub fn let_in(&self) {
        self.queue.open();
    }

    /// The next so many appends answer an error of this kind and write nothing.
    pub fn fail_next(&self, n_appends: usize, kind: ErrorKind) {
        self.add(n_appends, Fault::Fails(kind));
    }

    /// The next so many appends are written and answer an error of kind `UnknownOutcome` all the same.
    pub fn lose_next_answers(&self, n_appends: usize) {
        self.add(n_appends, Fault::LosesTheAnswer);
    }

    /// The next so many appends panic and write nothing.
    pub fn panic_next(&self, n_appends: usize) {
        self.add(n_appends, Fault::Panics);
    }

    /// Everything that would write answers an error of this kind and writes nothing, until [`HeldStore::mend`].
    pub fn break_down(&self, kind: ErrorKind) {
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(kind);
    }

    /// Ends every fault that was asked for.
    pub fn mend(&self) {
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The appends that have begun, failed ones too.
    pub fn n_appends(&self) -> u64 {
        self.n_appends.load(Ordering::SeqCst)
    }

    /// The reads so far: `query`, `get`, `count`, `sessions`, `stats` and the prefixes.
    pub fn n_reads(&self) -> u64 {
        self.n_reads.load(Ordering::SeqCst)
    }

    /// The calls of `settle`, failed ones too.
    pub fn n_settles(&self) -> u64 {
        self.n_settles.load(Ordering::SeqCst)
    }

    /// The calls of `close`.
    pub fn n_closes(&self) -> u64 {
        self.n_closes.load(Ordering::SeqCst)
    }

    fn add(&self, n_appends: usize, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).extend(std::iter::repeat_n(fault, n_appends));
    }

    /// The store, unless it is broken down.
    fn writable(&self, call: &str) -> Result<&dyn EventStore, Error> {
        match *self.broken.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(kind) => Err(Error::new(kind, format!("`{call}` was told to fail: {kind:?}"))),
            None => Ok(self.inner.as_ref()),
        }
    }

    fn read(&self) -> &dyn EventStore {
        self.n_reads.fetch_add(1, Ordering::SeqCst);
        self.inner.as_ref()
    }
}

/// A turn that ends with nothing.
struct Turn;

impl InTurn for Turn {}

impl EventStore for HeldStore {
    fn turn(&self) -> Result<Option<Box<dyn InTurn + '_>>, Error> {
        if !self.is_contended.load(Ordering::SeqCst) {
            return self.inner.turn();
        }
        self.queue.pass();
        Ok(Some(Box::new(Turn)))
    }

    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        self.n_appends.fetch_add(1, Ordering::SeqCst);
        self.door.pass();
        let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let broken = *self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        match fault.or(broken.map(Fault::Fails)) {
            None => self.inner.append(batch),
            Some(Fault::Fails(kind)) => Err(Error::new(kind, format!("`append` was told to fail: {kind:?}"))),
            Some(Fault::LosesTheAnswer) => {
                self.inner.append(batch)?;
                Err(Error::new(ErrorKind::UnknownOutcome, "`append` was told to lose its answer"))
            }
            Some(Fault::Panics) => panic!("`append` was told to panic"),
        }
    }

    fn bury(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        self.writable("bury")?.bury(refused)
    }

    fn end_operations(&self, which: OpenOperations) -> Result<u64, Error> {
        self.writable("end_operations")?.end_operations(which)
    }

    fn end_sessions(&self, silent_since: Timestamp) -> Result<u64, Error> {
        self.writable("end_sessions")?.end_sessions(silent_since)
    }

    fn log_ids(&self) -> (LogId, Vec<LogId>) {
        self.inner.log_ids()
    }

    fn mark(&self, producer: ProducerId) -> Result<Mark, Error> {
        self.inner.mark(producer)
    }

    fn head(&self) -> Result<Head, Error> {
        self.inner.head()
    }

    fn query(&self, filter: &Filter, request: &PageRequest) -> Result<Page, Error> {
        self.read().query(filter, request)
    }

    fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        self.read().get(id)
    }

    fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<EventId>, Error> {
        self.read().ids_with_prefix(prefix, limit)
    }

    fn sessions_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, Error> {
        self.read().sessions_with_prefix(prefix, limit)
    }

    fn count(&self, filter: &Filter) -> Result<u64, Error> {
        self.read().count(filter)
    }

    fn sessions(&self, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Error> {
        self.read().sessions(filter, request)
    }

    fn stats(&self, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Error> {
        self.read().stats(filter, width)
    }

    fn n_dead_letters(&self) -> Result<u64, Error> {
        self.inner.n_dead_letters()
    }

    fn settle(&self) -> Result<(), Error> {
        self.n_settles.fetch_add(1, Ordering::SeqCst);
        self.writable("settle")?.settle()
    }

    fn close(&self) -> Result<(), Error> {
        self.n_closes.fetch_add(1, Ordering::SeqCst);
        self.inner.close()
    }
}

#[cfg(test)]
mod tests;
