//! Following the log: every event once, in order, as it becomes durable.
//!
//! A tail remembers the next `seq` and asks for what follows it, so that nothing can fall between two looks. Events of this service wake it at once; those of other
//! processes as soon as the database tells of them, or at its next look, within a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_event::StoredEvent;
use annals_store::{Cursor, EventStore, Filter, Limit, Order, PageRequest, SeqRange};

use crate::audit::Core;
use crate::{Error, identity};

/// Follows the log from some place on.
pub struct Tail {
    core: Arc<Core>,
    filter: Filter,
    /// The first `seq` not looked at yet.
    next_seq: u64,
    ready: std::vec::IntoIter<StoredEvent>,
}

/// Waits until the log has more events than so many, or until the timeout, and answers how many it has. An error of kind `Closed` when the service ends.
pub(crate) fn await_growth(core: &Core, n_events: u64, timeout: Duration) -> Result<u64, Error> {
    let deadline = identity::moment_in(timeout);
    loop {
        let store = core.listening()?;
        let n_told = core.progress.news.n_told();
        let end = store.head()?.n_events;
        let now = Instant::now();
        if n_events < end || deadline <= now {
            return Ok(end);
        }
        if core.is_closed() {
            return Err(Error::closed());
        }
        core.progress.news.wait(n_told, deadline.min(now + store.look_interval()));
    }
}

impl Tail {
    pub(crate) fn new(core: &Arc<Core>, filter: Filter, from: Option<u64>) -> Result<Self, Error> {
        let next_seq = match from {
            Some(seq) => seq,
            None => core.store.get()?.head()?.n_events,
        };
        Ok(Self { core: Arc::clone(core), filter, next_seq, ready: Vec::new().into_iter() })
    }

    /// The next event, waiting for it until the timeout; `None` when there was none. An error of kind `Closed` ends the tail.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<StoredEvent>, Error> {
        let deadline = identity::moment_in(timeout);
        loop {
            if let Some(event) = self.ready.next() {
                return Ok(Some(event));
            }
            let store = self.core.listening()?;
            let n_told = self.core.progress.news.n_told();
            if self.look(&*store)? {
                continue;
            }
            let now = Instant::now();
            if deadline <= now {
                return Ok(None);
            }
            if self.core.is_closed() {
                return Err(Error::closed());
            }
            self.core.progress.news.wait(n_told, deadline.min(now + store.look_interval()));
        }
    }

    /// Fetches what became durable; says whether it came any further.
    fn look(&mut self, store: &dyn EventStore) -> Result<bool, Error> {
        let end = store.head()?.n_events;
        if end <= self.next_seq {
            return Ok(false);
        }
        let mut filter = self.filter.clone();
        let asked = filter.seqs.unwrap_or(SeqRange::ALL);
        filter.seqs = Some(SeqRange { start: self.next_seq.max(asked.start), end: end.min(asked.end) });
        let request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
        let page = store.query(&filter, &request)?;
        // Without a cursor everything up to `end` was looked at.
        self.next_seq = page.cursor.map_or(end, |cursor: Cursor| cursor.seq() + 1);
        self.ready = page.events.into_iter();
        Ok(true)
    }
}
