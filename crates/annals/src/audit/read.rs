//! Reading: every method opens the database if nobody has, uses connections of its own, and never waits for the writer.

use annals_event::{EventId, StoredEvent};
use annals_store::{Bucket, BucketWidth, Filter, Head, Page, PageRequest, SessionPage};

use super::Audit;
use crate::{Error, Tail, Waiting};

impl Audit {
    /// One page of events. It examines at most 20 000 rows and holds about 1 MiB of events; if it isn't full by then it carries a cursor to go on.
    pub fn query(&self, filter: &Filter, request: &PageRequest) -> Result<Page, Error> {
        Ok(self.core().store.get()?.query(filter, request)?)
    }

    /// The event with this id.
    pub fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        Ok(self.core().store.get()?.get(id)?)
    }

    /// The ids that begin with these hexadecimal digits, at most `limit`.
    pub fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<EventId>, Error> {
        Ok(self.core().store.get()?.ids_with_prefix(prefix, limit)?)
    }

    /// The sessions whose name begins with this text, at most `limit`.
    pub fn sessions_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, Error> {
        Ok(self.core().store.get()?.sessions_with_prefix(prefix, limit)?)
    }

    /// How many events fit.
    pub fn count(&self, filter: &Filter) -> Result<u64, Error> {
        Ok(self.core().store.get()?.count(filter)?)
    }

    /// One page of sessions, by their last event.
    pub fn sessions(&self, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Error> {
        Ok(self.core().store.get()?.sessions(filter, request)?)
    }

    /// Counts by time, oldest first, empty buckets left out.
    pub fn stats(&self, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Error> {
        Ok(self.core().store.get()?.stats(filter, width)?)
    }

    /// Where the log ends.
    pub fn head(&self) -> Result<Head, Error> {
        Ok(self.core().store.get()?.head()?)
    }

    /// How many events were put aside because the database refuses them.
    pub fn n_dead_letters(&self) -> Result<u64, Error> {
        Ok(self.core().store.get()?.n_dead_letters()?)
    }

    /// Follows the log from this `seq`, or from its end.
    pub fn tail(&self, filter: Filter, from: Option<u64>) -> Result<Tail, Error> {
        Tail::new(self.core(), filter, from)
    }

    /// Waits until the log has more events than so many, or until the timeout, and answers how many it has: one look for any number of readers who then fetch what they want.
    /// An error of kind `Closed` when the service ends.
    pub fn await_growth(&self, n_events: u64, timeout: std::time::Duration) -> Result<u64, Error> {
        crate::tail::await_growth(self.core(), n_events, timeout)
    }

    /// The journals of this data directory that hold events; of this service's own, what is not durable yet. Opens no database.
    pub fn waiting(&self) -> Result<Vec<Waiting>, Error> {
        self.core().waiting()
    }
}
