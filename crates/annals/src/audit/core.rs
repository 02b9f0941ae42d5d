//! The state behind the handles: what is opened when, and how it ends.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use annals_event::{Event, PAYLOAD_FORMAT, ProducerId, Redactor, Rules, Types};
use annals_journal::{Config, Journal, Presence};
use annals_store::{EventStore, OpenOnce, OpenOperations, Opening};

use crate::place::Place;
use crate::progress::{Progress, Trouble};
use crate::seal::{Sealer, open_accepting};
use crate::settings::{Mode, Rollback, Values};
use crate::turn::Turn;
use crate::{Error, ErrorKind, identity, writer};

/// How long a server may take to answer a batch.
const REQUEST: Duration = Duration::from_secs(30);
/// How long a writer may hang beyond what it was given.
const GRACE: Duration = Duration::from_secs(1);

/// Which way events take, decided when the first one is recorded.
pub(crate) enum Route {
    /// Into this journal, which the writer drains.
    Journal(Arc<Journal>),
    /// Straight into the database. Says why, when it was not asked for.
    Direct { because: Option<String> },
}

/// Everything of one service. Handles, operations and the writer thread share it.
pub(crate) struct Core {
    pub(crate) settings: Values,
    pub(crate) rules: Rules,
    /// Where things are on disk; `None` over a caller's own store.
    pub(crate) place: Option<Place>,
    /// Opened by whoever first needs it: the writer or a reader.
    pub(crate) store: OpenOnce<Arc<dyn EventStore>>,
    pub(crate) progress: Arc<Progress>,
    /// Whether the store was asked to tell of what others write.
    listens: Once,
    sheddable: HashSet<String>,
    credential: OnceLock<String>,
    route: OnceLock<Route>,
    /// Taken to decide the route and to begin closing, so that no writer starts after the end.
    starting: Mutex<()>,
    /// Taken by synchronous recording, which makes its order the order of the rows.
    pub(crate) turn: Turn,
    /// The locked file that owns the open operations of a synchronous service; made by its first `begin`.
    pub(crate) presence: Mutex<Option<Presence>>,
    /// When a synchronous service last looked for journals of dead processes.
    pub(crate) looked_at: Mutex<Option<Instant>>,
    /// Held by the one thread that seals.
    pub(crate) sealer: Mutex<Sealer>,
    /// Somebody waits for a checkpoint.
    pub(crate) seal_wanted: AtomicBool,
    /// When a synchronous service last sealed, or tried to.
    pub(crate) sealed_at: Mutex<Option<Instant>>,
    /// Whether an operation was ever begun, so that there may be one to end at `close`.
    pub(crate) has_begun: AtomicBool,
    /// Whether a service of one event had to leave its last one.
    pub(crate) has_left: AtomicBool,
    closed: AtomicBool,
    closing: Mutex<Closing>,
    /// Told when closing begins, when it gets in more of a hurry, and when it is over.
    closing_changed: Condvar,
}

/// How the end is going.
#[derive(Default)]
struct Closing {
    limit: Option<Limit>,
    /// `close` has done all it will do.
    is_over: bool,
}

/// How long the writer goes on trying once the service is closing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// As long as events become durable, and so long without one; `None` for ever.
    Patience(Option<Duration>),
    /// Until this moment.
    Deadline(Instant),
}

impl Limit {
    /// Until when to wait if nothing moves from now on; `None` for ever.
    fn deadline(self) -> Option<Instant> {
        match self {
            Self::Patience(patience) => patience.map(identity::moment_in),
            Self::Deadline(deadline) => Some(deadline),
        }
    }
}

impl Core {
    pub(crate) fn new(settings: Values) -> Result<Self, Error> {
        let place = Place::of(&settings)?;
        let opened = place.clone();
        let (mode, waits) = (settings.mode, settings.record_timeout.unwrap_or(Duration::MAX));
        let rollback = settings.rollback;
        // A thread of its own waits for a server as long as one may take; a caller's thread, no longer than the caller.
        let request = match mode {
            Mode::Asynchronous => REQUEST,
            _ => waits.clamp(Duration::from_millis(50), REQUEST),
        };
        Self::with_opener(settings, Some(place), move || {
            if let Some(way) = opened.open_way(request) {
                return way;
            }
            let opening = match mode {
                Mode::ReadOnly => return opened.open_for_reading(),
                Mode::OneShot => Opening::default().waiting_at_most(waits).briefly(),
                Mode::Asynchronous | Mode::Synchronous => Opening::default(),
            };
            match rollback {
                Rollback::Refuse => opened.open_for_writing(opening),
                Rollback::Accept => open_accepting(&opened, &opening),
            }
        })
    }

    pub(crate) fn with_opener(
        settings: Values,
        place: Option<Place>,
        opener: impl Fn() -> Result<Arc<dyn EventStore>, annals_store::Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let types = Types::with(&settings.event_types).map_err(|invalid| {
            Error::new(ErrorKind::Setting, format!("`audit_event_types` (`ANNALS_AUDIT_EVENT_TYPES`): {invalid}"))
        })?;
        for name in &settings.sheddable {
            types.check(name).map_err(|invalid| {
                Error::new(ErrorKind::Setting, format!("`audit_sheddable` (`ANNALS_AUDIT_SHEDDABLE`): {invalid}"))
            })?;
        }
        let progress: Arc<Progress> = Arc::default();
        let told = Arc::clone(&progress);
        let opener = move || {
            let outcome = opener();
            // Nobody may be waiting for an event, and yet none could become durable.
            told.report_opening(outcome.as_ref().err().map(|error| Trouble::of(&error.clone().into())));
            outcome
        };
        let rules =
            Rules { types, redactor: Redactor::with_keys(&settings.redact_keys), max_details: settings.max_details };
        Ok(Self {
            rules,
            place,
            store: OpenOnce::new(opener),
            progress,
            listens: Once::new(),
            sheddable: settings.sheddable.iter().cloned().collect(),
            credential: OnceLock::new(),
            route: OnceLock::new(),
            starting: Mutex::new(()),
            turn: Turn::default(),
            presence: Mutex::new(None),
            looked_at: Mutex::new(None),
            sealer: Mutex::default(),
            seal_wanted: AtomicBool::new(false),
            sealed_at: Mutex::new(None),
            has_begun: AtomicBool::new(false),
            has_left: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            closing: Mutex::default(),
            closing_changed: Condvar::new(),
            settings,
        })
    }

    /// The store, asked to tell of what others write: for whoever waits for that.
    pub(crate) fn listening(&self) -> Result<Arc<dyn EventStore>, Error> {
        let store = self.store.get()?;
        self.listens.call_once(|| {
            let news = Arc::clone(&self.progress.news);
            store.listen(Arc::new(move || news.tell()));
        });
        Ok(store)
    }

    /// Whether the log is kept by a server.
    pub(crate) fn is_remote(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.server().is_some())
    }

    /// Whether events of this type may be dropped.
    pub(crate) fn may_shed(&self, event: &Event) -> bool {
        !self.sheddable.is_empty() && self.sheddable.contains(event.event_type())
    }

    /// The system's user behind this process.
    pub(crate) fn credential(&self) -> &str {
        self.credential.get_or_init(identity::system_user)
    }

    /// The way events take, if one was recorded already.
    pub(crate) fn known_route(&self) -> Option<&Route> {
        self.route.get()
    }

    /// The way events take; the first caller decides it and starts the writer.
    pub(crate) fn route(self: &Arc<Self>) -> Result<&Route, Error> {
        if let Some(route) = self.route.get() {
            return Ok(route);
        }
        let _starting = lock(&self.starting);
        if let Some(route) = self.route.get() {
            return Ok(route);
        }
        if self.is_closed() {
            return Err(Error::closed());
        }
        let route = self.choose_route().inspect_err(|error| {
            if error.kind() != ErrorKind::ReadOnly {
                self.progress.report_opening(Some(Trouble::of(error)));
            }
        })?;
        if self.store.opened().is_some() {
            self.progress.report_opening(None);
        }
        if let Route::Journal(journal) = &route {
            writer::start(Arc::clone(self), Arc::clone(journal))?;
        }
        Ok(self.route.get_or_init(|| route))
    }

    fn choose_route(&self) -> Result<Route, Error> {
        let place = match (&self.place, self.settings.mode) {
            (_, Mode::ReadOnly) => return Err(Error::read_only()),
            (Some(place), Mode::Asynchronous) => place,
            (_, Mode::Asynchronous | Mode::Synchronous | Mode::OneShot) => return Ok(Route::Direct { because: None }),
        };
        place.make()?;
        let log = self.store.opened().map(|store| store.log_ids().0);
        let config = Config {
            dir: place.journals(),
            target: place.target(log),
            payload_format: PAYLOAD_FORMAT,
            max_bytes: self.settings.journal_bytes,
            max_records: self.settings.queue_maxsize,
        };
        match Journal::create(config) {
            Ok(journal) => Ok(Route::Journal(Arc::new(journal))),
            Err(error) if error.kind() == annals_journal::ErrorKind::LocksUnsupported => {
                let because = format!("recording is synchronous, since {error}");
                tracing::warn!("{because}");
                Ok(Route::Direct { because: Some(because) })
            }
            Err(error) => Err(Error::journal(error)),
        }
    }

    /// Asks the writer not to wait for more events.
    pub(crate) fn hurry(&self) {
        if let Some(Route::Journal(journal)) = self.route.get() {
            journal.hurry();
        }
    }

    /// Whether closing has begun.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// How long the writer may go on, once the service is closing.
    pub(crate) fn closing_limit(&self) -> Option<Limit> {
        lock(&self.closing).limit
    }

    /// Waits until the service is told to close.
    pub(crate) fn await_closing(&self) {
        let mut closing = lock(&self.closing);
        while closing.limit.is_none() {
            closing = self.closing_changed.wait(closing).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits so long, or less when closing begins meanwhile.
    pub(crate) fn pause(&self, length: Duration) {
        let began = Instant::now();
        let mut closing = lock(&self.closing);
        let was_closing = closing.limit.is_some();
        while began.elapsed() < length && closing.limit.is_some() == was_closing {
            let left = length.saturating_sub(began.elapsed());
            closing = self.closing_changed.wait_timeout(closing, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Closes with all patience, see [`crate::Audit::close`].
    pub(crate) fn close(&self) -> Result<(), Error> {
        self.end(Limit::Patience(self.settings.record_timeout))
    }

    /// Closes within this time; what is left stays in the journal.
    pub(crate) fn close_within(&self, timeout: Duration) {
        if let Err(error) = self.end(Limit::Deadline(identity::moment_in(timeout))) {
            tracing::warn!("closing the audit service: {error}");
        }
    }

    fn end(&self, limit: Limit) -> Result<(), Error> {
        {
            let _starting = lock(&self.starting);
            self.closed.store(true, Ordering::Release);
        }
        let is_first = {
            let mut closing = lock(&self.closing);
            let is_first = closing.limit.is_none();
            // A later close may be in more of a hurry than the first, never in less.
            if is_first || matches!(limit, Limit::Deadline(_)) {
                closing.limit = Some(limit);
            }
            self.closing_changed.notify_all();
            is_first
        };
        if !is_first {
            return self.await_end(limit);
        }
        let result = self.release(limit);
        lock(&self.closing).is_over = true;
        self.closing_changed.notify_all();
        result
    }

    /// Stops the writer and releases every file.
    fn release(&self, limit: Limit) -> Result<(), Error> {
        let drained = match self.route.get() {
            Some(Route::Journal(journal)) => {
                journal.end();
                self.await_writer(limit)
            }
            _ => Ok(()),
        };
        if !self.writer_is_gone() {
            // It hangs in a call of the store's, whose files cannot be taken from under it.
            return drained;
        }
        // Whoever records synchronously right now is let through.
        let Some(_turn) = self.turn.take(limit.deadline()) else {
            return drained.and(Err(Error::new(
                ErrorKind::Timeout,
                "an event is still being written; the database stays open until it is",
            )));
        };
        if self.settings.mode == Mode::Synchronous && matches!(self.route.get(), Some(Route::Direct { .. })) {
            self.seal_at_close();
        }
        let store = self.store.close();
        let ended = match lock(&self.presence).take() {
            None => Ok(()),
            Some(presence) => {
                let ended = self.end_operations_of(presence.producer());
                if ended.is_err() {
                    presence.abandon();
                }
                ended
            }
        };
        let closed = store.map_or(Ok(()), |store| store.close().map_err(Error::from));
        drained.and(ended).and(closed)
    }

    /// Waits until another thread's close is done.
    fn await_end(&self, limit: Limit) -> Result<(), Error> {
        let deadline = limit.deadline();
        let mut closing = lock(&self.closing);
        while !closing.is_over {
            closing = match deadline {
                None => self.closing_changed.wait(closing).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(Error::new(ErrorKind::Timeout, "another `close` is still at work"));
                    }
                    self.closing_changed.wait_timeout(closing, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        Ok(())
    }

    /// Ends as `unknown` what `begin` left open under this producer, before the file that names it is released: afterwards nobody could.
    pub(crate) fn end_operations_of(&self, producer: [u8; 16]) -> Result<(), Error> {
        if !self.has_begun.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Nothing is opened for this: an operation that is open in the database came through an open store.
        let Some(store) = self.store.opened() else { return Ok(()) };
        let began = Instant::now();
        loop {
            match store.end_operations(OpenOperations::OwnedBy(ProducerId::from_bytes(producer))) {
                Ok(_) => return Ok(()),
                Err(error) if error.is_retryable() && !self.patience_is_over(began) => {
                    self.pause(Duration::from_millis(10));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether the service is closing and has waited, since this moment, as long as it should.
    pub(crate) fn patience_is_over(&self, since: Instant) -> bool {
        match self.closing_limit() {
            None => false,
            Some(Limit::Deadline(deadline)) => deadline <= Instant::now(),
            Some(Limit::Patience(patience)) => patience.is_some_and(|patience| patience <= since.elapsed()),
        }
    }

    /// Whether no writer was started, or it has ended.
    fn writer_is_gone(&self) -> bool {
        !matches!(self.route.get(), Some(Route::Journal(_))) || self.progress.wait_end(Instant::now())
    }

    /// Waits until the writer is done, and says whether it left anything.
    fn await_writer(&self, limit: Limit) -> Result<(), Error> {
        let Some(Route::Journal(journal)) = self.route.get() else { return Ok(()) };
        loop {
            let seen = self.progress.durable();
            // The writer keeps count by itself and gives up in time; the grace is for one that hangs in a call of the store's.
            let deadline = limit.deadline().map_or_else(|| identity::moment_in(GRACE), |deadline| deadline + GRACE);
            if self.progress.wait_end(deadline) {
                break;
            }
            let goes_on = matches!(limit, Limit::Patience(None))
                || (matches!(limit, Limit::Patience(_)) && seen < self.progress.durable());
            if !goes_on {
                return Err(Error::new(
                    ErrorKind::Timeout,
                    "the writer hangs in the store; what waits stays in the journal",
                ));
            }
        }
        let trouble = self.progress.trouble();
        let n_left = journal.next_pseq() - self.progress.durable();
        if n_left == 0 {
            return trouble.map_or(Ok(()), |trouble| Err(Error::new(trouble.kind, trouble.message)));
        }
        let kind = trouble.as_ref().map_or(ErrorKind::Timeout, |trouble| trouble.kind);
        let why = trouble.map(|trouble| format!(": {}", trouble.message)).unwrap_or_default();
        Err(Error::new(kind, format!("{n_left} events stay in the journal, and the next open makes them durable{why}")))
    }
}

/// Takes a lock; what these locks guard is whole at every step, so that a panic elsewhere does not matter.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
