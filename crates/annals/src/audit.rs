//! The service as its users hold it: one handle to record, read, flush and close.

mod core;
mod read;

use std::future::{Future, poll_fn};
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use annals_event::{Event, EventId};
use annals_store::EventStore;
use annals_store::awareness::{Desk, Shelf};
use serde_json::Value;

pub(crate) use self::core::{Core, Route, lock};
use crate::receipt::explain;
use crate::settings::{Mode, Settings};
use crate::{Caller, Error, Forwarded, Health, Operation, Receipt, Reception};
use crate::{Stop, Undone};

/// The audit service. A clone is another handle on the same service; the last one dropped closes it.
#[derive(Clone)]
pub struct Audit {
    handle: Arc<Handle>,
}

/// What a service that works for others says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ServiceEvent {
    /// It takes events from now on.
    Started,
    /// This is how it is set up.
    Configured,
    /// It lives, though nothing was recorded for a while.
    Alive,
    /// It takes no more.
    Stopped,
}

impl ServiceEvent {
    /// The event's type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "audit.started",
            Self::Configured => "audit.configured",
            Self::Alive => "audit.alive",
            Self::Stopped => "audit.stopped",
        }
    }
}

/// Closes the service when the last handle goes. Receipts, operations and the writer hold the core, never this.
struct Handle {
    core: Arc<Core>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.core.close_within(self.core.settings.close_timeout);
    }
}

impl Audit {
    /// A service for this data directory with default settings. Cheap and lazy: touches no disk.
    pub fn open(data: impl AsRef<Path>) -> Result<Self, Error> {
        Self::with_settings(&Settings::new(data))
    }

    /// A service with these settings. Touches no disk; an error is about a setting.
    pub fn with_settings(settings: &Settings) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self::over(Core::new(settings.values.clone())?))
    }

    /// A service over a store that the caller has opened: synchronous, without a thread or a journal. Closing the service closes the store.
    pub fn with_store(store: Arc<dyn EventStore>) -> Result<Self, Error> {
        let mut values = Settings::new(".").values;
        values.mode = Mode::Synchronous;
        Ok(Self::over(Core::with_opener(values, None, move || Ok(Arc::clone(&store)))?))
    }

    /// A service that opens its store with a function of the caller's, when it first needs it and once; its journal stands in the settings' data directory.
    pub fn with_opener(
        settings: &Settings,
        opener: impl Fn() -> Result<Arc<dyn EventStore>, annals_store::Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        settings.check()?;
        let place = crate::place::Place::new(settings.data(), settings.values.database_url.as_deref())?;
        Ok(Self::over(Core::with_opener(settings.values.clone(), Some(place), opener)?))
    }

    fn over(core: Core) -> Self {
        Self { handle: Arc::new(Handle { core: Arc::new(core) }) }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.handle.core
    }

    /// Records an event.
    ///
    /// Asynchronous mode: returns once the event is in the journal; never waits for a disk or the database, only for room when too much waits.
    /// Synchronous mode: returns once the event is durable.
    /// An error gives the event back ([`Error::into_event`]).
    pub fn record(&self, event: Event) -> Result<Receipt, Error> {
        self.core().record(event)
    }

    /// Offers an event and returns at once: accepted, or dropped where the journal is full, its disk is, or nothing is taken any more ([`ReceiptState::Shed`](crate::ReceiptState::Shed)).
    /// Drops are counted on disk and declared by a gap later. For callers who stand in somebody else's way; the first event makes the journal, which is the only slow one.
    ///
    /// An intent that is offered belongs to this process, like those of [`Self::begin`]: its outcome is `unknown` if the process dies before it offers one.
    /// A bad event is an error, and so is a journal that cannot be made. In synchronous mode, where there is no journal to count in, it is one attempt at the database, and a failure is an error.
    pub fn offer(&self, event: Event) -> Result<Receipt, Error> {
        self.core().offer(event)
    }

    /// Accepts an event on behalf of an authenticated caller, or refuses it at once: for servers, whose threads belong to everybody.
    ///
    /// Waits neither for room nor for a disk: an error of kind `Overloaded` says that too much waits, and gives the event back. Its space and credential are the caller's;
    /// an intent belongs to no process, and ends with its session or after a day. In synchronous mode it is one attempt at the database.
    pub fn accept(&self, event: Event, caller: &Caller) -> Result<Receipt, Error> {
        self.core().accept_for(event, caller)
    }

    /// Records events once, however often they are sent under this key within seven days, and answers the receipts of those that are there: durable ones. Blocks.
    ///
    /// All of them are checked before any is recorded. Keys of two callers are different keys. An error of kind `Conflict` says that the key was used for other events; after any other error
    /// the same call may be made again, also in another process, and records what is not there yet.
    pub fn accept_once(&self, events: &[Event], key: &str, caller: &Caller) -> Result<Vec<Receipt>, Error> {
        self.core().accept_once(events, key, caller)
    }

    /// Looks at one snapshot of the entries in the caller's space. Blocks; waits for no writer. Opens the database if nobody has. The closure may be called again from its beginning.
    pub fn look<T>(
        &self,
        caller: &Caller,
        look: impl FnMut(&mut dyn Shelf) -> Result<T, annals_store::Error>,
    ) -> Result<T, Error> {
        self.core().look(caller, look)
    }

    /// The vectors of entries, for whoever makes them. Blocks, and opens the database where nobody has.
    pub fn with_vectors<T>(
        &self,
        work: impl FnOnce(&dyn annals_store::awareness::VectorStore) -> Result<T, annals_store::Error>,
    ) -> Result<T, Error> {
        self.core().with_vectors(work)
    }

    /// Purges the entries of all spaces that were put into the trash before this moment, and those that expired before it, and answers how many. Blocks. Each is one event of the credential
    /// `annals`; some go with each transaction, so what was purged before an error is gone.
    pub fn purge_stale(&self, before: annals_event::Timestamp) -> Result<u64, Error> {
        self.core().purge_stale(before)
    }

    /// Changes entries of the caller's space in one durable transaction, together with the events that tell of it. Blocks.
    ///
    /// The work reads and writes at its desk, and answers what its caller gets with the events, which are encoded by the rules of this service as the caller's. A change of an entry must be told by
    /// an event with the entry's digest ([`awareness::Record::change`](annals_store::awareness::Record::change)). It runs on whichever thread commits for several callers, one work after the
    /// other, so it must wait for nothing; and may be run again from its beginning, of which only the last time counts.
    pub fn change<T, R, W>(&self, caller: &Caller, work: W) -> Result<T, Undone<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
        W: FnMut(&mut dyn Desk) -> Result<(T, Vec<Event>), Stop<R>> + Send + 'static,
    {
        self.core().change(caller, work)
    }

    /// Writes what a service says of itself, with these details; like [`Self::accept`] it waits for nothing. No caller can record an event of these types.
    pub fn declare(&self, what: ServiceEvent, details: Value, caller: &Caller) -> Result<Receipt, Error> {
        self.core().declare(&Event::new(what.as_str()).details(details), caller)
    }

    /// The types of events that this service takes, sorted: the known ones and those that were registered on it.
    pub fn event_types(&self) -> impl Iterator<Item = &str> {
        self.core().rules.types.iter()
    }

    /// Says what is wrong with an event, as [`Self::accept`] would, and records nothing. Opens nothing.
    pub fn check(&self, event: &Event, caller: &Caller) -> Result<(), Error> {
        self.core().check_for(event, caller)
    }

    /// Takes what another Annals sends on behalf of an authenticated caller: durable, or put aside with a gap that says so, when this returns. Telling the same again changes nothing
    /// and is answered the same. A producer belongs to the credential that first used it: an error of kind `Foreign` for others.
    ///
    /// Waits for the database. The events keep their ids, times and numbers; space and credential are the caller's, and the rules of this service hold.
    pub fn receive(&self, batch: &Forwarded, caller: &Caller) -> Result<Reception, Error> {
        self.core().receive(batch, caller)
    }

    /// Makes durable what processes that are gone have left for this log, and waits for it; gives up after so long without any becoming so, with the reason.
    pub fn drain(&self, patience: Duration) -> Result<(), Error> {
        self.core().drain(patience)
    }

    /// Asks the server that keeps the log whether it answers and takes the token, for so long at most. An error where the log is kept here.
    #[cfg(feature = "forward")]
    pub fn reach_server(&self, timeout: Duration) -> Result<(), Error> {
        let way = self.core().place.as_ref().and_then(|place| place.way(timeout));
        let way = way.ok_or_else(|| Error::new(crate::ErrorKind::Invalid, "no server keeps this log"))?;
        Ok(way.probe()?)
    }

    /// Leaves an event in a small journal of its own and returns: accepted, with nothing opened and nothing waited for. The next process that records for this database makes it durable.
    ///
    /// For programs that live for one event; a service that records more is faster with [`Self::record`].
    pub fn leave(&self, event: Event) -> Result<EventId, Error> {
        self.core().leave(event)
    }

    /// Records the intent of an operation, whose outcome the answer records: [`Operation::succeed`], [`Operation::fail`], [`Operation::deny`], or `cancelled` when it is dropped.
    /// If this process dies before, the next one that records writes the outcome `unknown`.
    pub fn begin(&self, event: Event) -> Result<Operation, Error> {
        Operation::begin(self.core(), event)
    }

    /// Starts now what the first event would start: makes the journal, opens the database and has the writer look for what processes left that are gone.
    ///
    /// For servers, which should be ready before the first request. Waits for the database to open; an error leaves the service as it was, and the writer goes on trying.
    pub fn start(&self) -> Result<(), Error> {
        self.core().route()?;
        self.core().store.get()?;
        Ok(())
    }

    /// Whether the database is open.
    pub fn is_open(&self) -> bool {
        self.core().store.opened().is_some()
    }

    /// Returns when everything recorded before is durable. A barrier, not an end: any number of times, from any thread.
    ///
    /// Waits while events become durable; an error of kind `Timeout` after `record_timeout` without one.
    pub fn flush(&self) -> Result<(), Error> {
        let core = self.core();
        let Some(Route::Journal(journal)) = core.known_route() else { return Ok(()) };
        let target = journal.next_pseq();
        core.hurry();
        let patience = core.settings.record_timeout;
        core.progress
            .wait_while_moving(target, patience)
            .map_err(|stalled| explain(stalled, patience.unwrap_or_default()))
    }

    /// The same for async code, on any executor, without a deadline of its own.
    pub fn flush_async(&self) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let core = Arc::clone(self.core());
        let target = match core.known_route() {
            Some(Route::Journal(journal)) => journal.next_pseq(),
            _ => 0,
        };
        core.hurry();
        poll_fn(move |context| match core.progress.poll_below(target, context.waker()) {
            Some(Ok(())) => Poll::Ready(Ok(())),
            Some(Err(stalled)) => Poll::Ready(Err(explain(stalled, std::time::Duration::ZERO))),
            None => Poll::Pending,
        })
    }

    /// Makes durable what waits, stops the writer and releases every file. Idempotent; afterwards `record` is an error of kind `Closed`.
    ///
    /// When nothing becomes durable for `record_timeout` it gives up with an error; what is left stays in the journal, and the next open makes it durable.
    pub fn close(&self) -> Result<(), Error> {
        self.core().close()
    }

    /// How the service is. Opens nothing.
    pub fn health(&self) -> Health {
        Health::of(self.core())
    }

    /// The same without `dead_letters`, and with the newest number as far as this process knows, for those who may not wait: looks at nothing but this process's memory, also while the database hangs.
    pub fn pulse(&self) -> Health {
        Health::in_memory(self.core())
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Audit").field("data", &self.core().settings.data).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
