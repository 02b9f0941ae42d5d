//! Looking at entries and changing them: the doors through which the knowledge service reaches the database.
//!
//! A change brings its own events, which are encoded here, by the rules of this service and as the caller's, and appended in the transaction that makes the change. It goes through no journal: what
//! waits in a journal is not done yet, and a change must be there when it is answered.
//! After a commit whose outcome is unknown the log is asked whether the first event is in it; a change without events changed nothing.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use annals_event::{Event, EventId};
use annals_store::awareness::{Abort, AwarenessStore, Desk, Shelf, VectorStore, Work};
use annals_store::{ErrorKind as StoreErrorKind, EventStore};

use super::{Intent, settle, unknown};
use crate::audit::{Core, Route, lock};
use crate::progress::Trouble;
use crate::settings::Mode;
use crate::{Caller, Error, ErrorKind, identity};

/// Why the work of a change stops. Everything that it wrote is undone.
#[derive(Debug)]
pub enum Stop<R> {
    /// The work would not: its own reason.
    Refused(R),
    /// The store could not.
    Store(annals_store::Error),
}

impl<R> From<annals_store::Error> for Stop<R> {
    fn from(error: annals_store::Error) -> Self {
        Self::Store(error)
    }
}

/// Why a change was not made.
#[derive(Debug)]
pub enum Undone<R> {
    /// The work would not: its own reason.
    Refused(R),
    /// The service could not. An error of kind `UnknownOutcome` leaves open whether it was made.
    Failed(Error),
}

impl<R> From<Error> for Undone<R> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What the last run of a work came to.
struct Run<T, R> {
    outcome: Result<T, Undone<R>>,
    /// The first event that it told.
    first: Option<EventId>,
}

impl Core {
    /// See [`crate::Audit::look`].
    pub(crate) fn look<T>(
        &self,
        caller: &Caller,
        mut look: impl FnMut(&mut dyn Shelf) -> Result<T, annals_store::Error>,
    ) -> Result<T, Error> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        let store = self.store.get()?;
        let mut answer = None;
        entries_of(store.as_ref())?.look(caller.space(), &mut |shelf| {
            answer = Some(look(shelf)?);
            Ok(())
        })?;
        answer.ok_or_else(|| Error::new(ErrorKind::Invalid, "the store never let anybody look"))
    }

    /// See [`crate::Audit::with_vectors`].
    pub(crate) fn with_vectors<T>(
        &self,
        work: impl FnOnce(&dyn VectorStore) -> Result<T, annals_store::Error>,
    ) -> Result<T, Error> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        let store = self.store.get()?;
        Ok(work(entries_of(store.as_ref())?.vectors())?)
    }

    /// See [`crate::Audit::change`].
    pub(crate) fn change<T, R, W>(self: &Arc<Self>, caller: &Caller, work: W) -> Result<T, Undone<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
        W: FnMut(&mut dyn Desk) -> Result<(T, Vec<Event>), Stop<R>> + Send + 'static,
    {
        if self.is_closed() {
            return Err(Error::closed().into());
        }
        if self.settings.mode == Mode::ReadOnly {
            return Err(Error::read_only().into());
        }
        // Whoever seals must be there, also where nothing else is ever recorded.
        let route = self.route()?;
        let store = self.store.get().map_err(Error::from)?;
        let entries = entries_of(store.as_ref())?;
        let work = Arc::new(Mutex::new(work));
        let deadline = self.settings.record_timeout.map(identity::moment_in);
        let (began, mut pause) = (Instant::now(), Duration::from_millis(1));
        loop {
            let run = Arc::new(Mutex::new(None));
            let error = match entries.change(caller.space(), self.job(caller, &work, &run)) {
                Ok(last) => {
                    if let Some(last) = last {
                        self.changed(last, route);
                    }
                    return taken(&run)?.outcome;
                }
                Err(Abort::Refused) => return taken(&run)?.outcome,
                Err(Abort::Store(error)) => error,
            };
            let in_doubt = error.kind() == StoreErrorKind::UnknownOutcome;
            if in_doubt {
                let Run { outcome, first } = taken(&run)?;
                if let Some(seq) = first.map(|first| self.insist_to_know(store.as_ref(), first)).transpose()?.flatten()
                {
                    self.changed(seq, route);
                    return outcome;
                }
            }
            let mends = in_doubt || error.kind() == StoreErrorKind::Busy;
            let is_late = deadline.is_some_and(|deadline| deadline < Instant::now() + pause);
            if !mends || is_late || self.patience_is_over(began) {
                let error = Error::from(error);
                if error.kind() != ErrorKind::Rejected && matches!(route, Route::Direct { .. }) {
                    self.progress.report(Trouble::of(&error));
                }
                return Err(error.into());
            }
            self.pause(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// The work as the store takes it: with its events encoded, and its answer left in `run`.
    fn job<T, R, W>(
        self: &Arc<Self>,
        caller: &Caller,
        work: &Arc<Mutex<W>>,
        run: &Arc<Mutex<Option<Run<T, R>>>>,
    ) -> Work
    where
        T: Send + 'static,
        R: Send + 'static,
        W: FnMut(&mut dyn Desk) -> Result<(T, Vec<Event>), Stop<R>> + Send + 'static,
    {
        let (core, caller, work, run) = (Arc::clone(self), caller.clone(), Arc::clone(work), Arc::clone(run));
        Box::new(move |desk| {
            let whose = (caller.space(), caller.credential());
            let refused = |outcome| {
                *lock(&run) = Some(Run { outcome: Err(outcome), first: None });
                Abort::Refused
            };
            let (answer, events) = (lock(&work))(desk).map_err(|stop| match stop {
                Stop::Refused(reason) => refused(Undone::Refused(reason)),
                Stop::Store(error) if error.kind() == StoreErrorKind::Busy => Abort::Store(error),
                Stop::Store(error) => refused(Undone::Failed(error.into())),
            })?;
            let mut first = None;
            let payloads = events
                .iter()
                .map(|event| {
                    core.encoded_for(event, whose, Intent::None, |id, payload| {
                        first.get_or_insert(id);
                        Ok(payload.to_vec())
                    })
                })
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| refused(Undone::Failed(error)))?;
            *lock(&run) = Some(Run { outcome: Ok(answer), first });
            Ok(payloads)
        })
    }

    /// A change is durable: whoever waits for the log or seals it is told.
    fn changed(self: &Arc<Self>, last: u64, route: &Route) {
        self.progress.wrote_beside(last);
        match route {
            Route::Journal(journal) => journal.nudge(),
            Route::Direct { .. } => self.seal_in_passing(),
        }
    }

    /// Whether an event whose commit's outcome is unknown is in the log; asked until the store can tell, for as long as `record_timeout`.
    fn insist_to_know(&self, store: &dyn EventStore, id: EventId) -> Result<Option<u64>, Error> {
        let deadline = self.settings.record_timeout.map(identity::moment_in);
        let (began, mut pause) = (Instant::now(), Duration::from_millis(1));
        loop {
            match settle(store, id) {
                Ok(seq) => return Ok(seq),
                Err(error) => {
                    let is_late = deadline.is_some_and(|deadline| deadline < Instant::now() + pause);
                    if is_late || self.patience_is_over(began) {
                        return Err(unknown(&error));
                    }
                }
            }
            self.pause(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

pub(super) fn entries_of(store: &dyn EventStore) -> Result<&dyn AwarenessStore, Error> {
    store.awareness().ok_or_else(|| {
        Error::new(ErrorKind::Invalid, "this store keeps no entries (hint: ask the server that keeps the log)")
    })
}

/// What the last run left. A store that answers has run the work.
fn taken<T, R>(run: &Mutex<Option<Run<T, R>>>) -> Result<Run<T, R>, Error> {
    lock(run).take().ok_or_else(|| Error::new(ErrorKind::Invalid, "the store answered for a change that it never made"))
}
