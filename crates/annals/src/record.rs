//! The record path: validate, redact, encode, then into the journal or straight into the database.
//!
//! Redaction happens in `encode`, before the first byte leaves this function's buffer, whichever way the event came.

mod accept;
mod change;
mod clean;
mod offer;
mod once;
mod one_shot;
mod send;

pub use change::{Stop, Undone};

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_event::{Event, EventId, PAYLOAD_FORMAT, ProducerId, Rules, Stamp, encode};
use annals_journal::{Journal, Wait};
use annals_store::{Batch, ErrorKind as StoreErrorKind, EventStore, Origin, Pending, Sheds};

use crate::adopt::Looked;
use crate::audit::{Core, Route, lock};
use crate::identity::Ids;
use crate::progress::Trouble;
use crate::settings::Mode;
use crate::{Error, ErrorKind, Receipt, adopt, identity, writer};

/// The space of everything that is recorded without a server.
pub(crate) const DEFAULT_SPACE: &str = "default";

thread_local! {
    /// What this thread's events are encoded with, kept so that recording allocates nothing. Taken out while it is used: a store may record into another service.
    static SCRATCH: Cell<Scratch> = const { Cell::new(Scratch { buffer: Vec::new(), ids: Ids { left: Vec::new() } }) };
}

/// See `SCRATCH`.
#[derive(Default)]
struct Scratch {
    buffer: Vec<u8>,
    ids: Ids,
}

/// Whether an intent belongs to this process, which then owes its outcome.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    Begun,
    None,
}

impl Core {
    /// See [`crate::Audit::record`].
    pub(crate) fn record(self: &Arc<Self>, event: Event) -> Result<Receipt, Error> {
        self.record_as(event, Intent::None)
    }

    pub(crate) fn record_as(self: &Arc<Self>, event: Event, intent: Intent) -> Result<Receipt, Error> {
        match self.try_record(&event, intent) {
            Ok(receipt) => Ok(receipt),
            Err(error) => Err(error.giving_back(event)),
        }
    }

    fn try_record(self: &Arc<Self>, event: &Event, intent: Intent) -> Result<Receipt, Error> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        // A server cannot tell whether this process lives: what it begins ends with its session, or by its age.
        let intent = if self.is_remote() && self.settings.mode != Mode::Asynchronous { Intent::None } else { intent };
        if self.settings.mode == Mode::OneShot {
            return self.write_or_leave(event, intent);
        }
        match self.known_route() {
            Some(Route::Journal(journal)) => self.accept(journal, event, intent),
            Some(Route::Direct { .. }) => self.write_and_look(event, intent),
            None => {
                // A bad event must not be the one that makes files.
                self.encoded(event, intent, |_, _| Ok(()))?;
                match self.route()? {
                    Route::Journal(journal) => self.accept(journal, event, intent),
                    Route::Direct { .. } => self.write_and_look(event, intent),
                }
            }
        }
    }

    /// Leaves the event in a small journal of its own, which the next process that records for this database drains. Opens no database, waits for nothing.
    pub(crate) fn leave(&self, event: Event) -> Result<EventId, Error> {
        let left = self.encoded(&event, Intent::None, |id, payload| {
            if self.is_closed() {
                return Err(Error::closed());
            }
            self.leave_payload(payload).map(|_| id)
        });
        left.map_err(|error| error.giving_back(event))
    }

    /// Answers whose journal it is in.
    fn leave_payload(&self, payload: &[u8]) -> Result<ProducerId, Error> {
        if self.settings.mode == Mode::ReadOnly {
            return Err(Error::read_only());
        }
        let place = self
            .place
            .as_ref()
            .ok_or_else(|| Error::new(ErrorKind::Invalid, "a service over a given store has no journal"))?;
        place.make()?;
        let log = self.store.opened().map(|store| store.log_ids().0);
        annals_journal::leave(&place.journals(), &place.target(log), PAYLOAD_FORMAT, payload)
            .map(ProducerId::from_bytes)
            .map_err(Error::journal)
    }

    /// Encodes the event under a fresh id, as this process's own, and hands the bytes on.
    fn encoded<T>(
        &self,
        event: &Event,
        intent: Intent,
        then: impl FnOnce(EventId, &[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.encoded_for(event, (DEFAULT_SPACE, self.credential()), intent, then)
    }

    /// The same for a space and the credential behind the call.
    fn encoded_for<T>(
        &self,
        event: &Event,
        whose: (&str, &str),
        intent: Intent,
        then: impl FnOnce(EventId, &[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        Self::encoded_by(&self.rules, event, whose, intent, then)
    }

    /// The same by other rules.
    fn encoded_by<T>(
        rules: &Rules,
        event: &Event,
        (space, credential): (&str, &str),
        intent: Intent,
        then: impl FnOnce(EventId, &[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // A thread that is ending may record too, when its own scratch is gone already.
        let mut scratch = SCRATCH.try_with(Cell::take).unwrap_or_default();
        scratch.buffer.clear();
        let created_at = identity::now();
        let id = scratch.ids.fresh(created_at);
        let begun = intent == Intent::Begun;
        let stamp = Stamp { id, created_at, space, credential, begun };
        let result = match encode(event, rules, &stamp, &mut scratch.buffer) {
            Ok(()) => then(id, &scratch.buffer),
            Err(invalid) => Err(invalid.into()),
        };
        let _ = SCRATCH.try_with(|kept| kept.set(scratch));
        result
    }

    /// Asynchronous: into the journal.
    fn accept(self: &Arc<Self>, journal: &Journal, event: &Event, intent: Intent) -> Result<Receipt, Error> {
        self.encoded(event, intent, |id, payload| {
            let appended = if self.may_shed(event) {
                match journal.try_append(payload) {
                    Err(error) if error.kind() == annals_journal::ErrorKind::Full => {
                        return Ok(shed(journal, id));
                    }
                    other => other,
                }
            } else {
                journal.append(payload, &Wait { no_progress: self.settings.record_timeout })
            };
            let pseq = appended.map_err(|error| self.explain_refusal(error))?;
            Ok(Receipt::accepted(id, pseq, Arc::clone(&self.progress), Arc::downgrade(self)))
        })
    }

    /// Says why the journal took nothing, with the writer's trouble where that is the cause.
    fn explain_refusal(&self, error: annals_journal::Error) -> Error {
        let trouble = self.progress.trouble();
        match (error.kind(), trouble) {
            (annals_journal::ErrorKind::Refused, Some(trouble)) => Error::new(trouble.kind, trouble.message),
            (annals_journal::ErrorKind::Full, Some(trouble)) => {
                Error::new(ErrorKind::Overloaded, format!("{error}; the writer waits: {}", trouble.message))
            }
            (annals_journal::ErrorKind::Closed, _) => Error::closed(),
            _ => Error::journal(error),
        }
    }

    /// Synchronous, and now and then also what earlier processes left in their journals, and a step of the index of words.
    fn write_and_look(self: &Arc<Self>, event: &Event, intent: Intent) -> Result<Receipt, Error> {
        let receipt = self.write(event, intent)?;
        self.seal_in_passing();
        let is_time = {
            let mut looked_at = lock(&self.looked_at);
            let is_time = looked_at.is_none_or(|looked_at| writer::LOOK_INTERVAL <= looked_at.elapsed());
            if is_time {
                *looked_at = Some(Instant::now());
            }
            is_time
        };
        if is_time && adopt::look(self) == Looked::Everywhere {
            self.index_some();
        }
        Ok(receipt)
    }

    /// Synchronous: straight into the database, one after another. `record_timeout` bounds all of it, the wait for the others included.
    fn write(self: &Arc<Self>, event: &Event, intent: Intent) -> Result<Receipt, Error> {
        let deadline = self.settings.record_timeout.map(identity::moment_in);
        self.encoded(event, intent, |id, payload| self.write_payload(id, payload, intent, deadline))
    }

    /// The same for what is encoded already.
    fn write_payload(
        self: &Arc<Self>,
        id: EventId,
        payload: &[u8],
        intent: Intent,
        deadline: Option<Instant>,
    ) -> Result<Receipt, Error> {
        let _turn = self.turn.take(deadline).ok_or_else(|| {
            Error::new(ErrorKind::Overloaded, "the events before this one were not written within `record_timeout`")
        })?;
        if self.is_closed() {
            return Err(Error::closed());
        }
        if self.is_remote() {
            return self.leave_and_send(id, payload, deadline);
        }
        let written = self.presence_of(intent).and_then(|owner| {
            let store = self.store.get()?;
            let events = [Pending { pseq: 0, payload }];
            let batch = Batch {
                origin: Origin::Own { owner },
                events: &events,
                gaps: &[],
                sheds: Sheds::default(),
                credential: None,
            };
            self.insist(&*store, id, &batch, deadline)
        });
        match &written {
            Ok(seq) => self.progress.wrote(*seq),
            // What the database refuses for itself says nothing about the next event.
            Err(error) if error.kind() == ErrorKind::Rejected => {}
            Err(error) => self.progress.report(Trouble::of(error)),
        }
        written.map(|seq| Receipt::durable(id, seq, Arc::clone(&self.progress), Arc::downgrade(self)))
    }

    /// Appends one event, waiting for the database's lock until the deadline, or until a closing service has waited enough.
    fn insist(
        &self,
        store: &dyn EventStore,
        id: EventId,
        batch: &Batch<'_>,
        deadline: Option<Instant>,
    ) -> Result<u64, Error> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(1);
        let mut may_be_there = false;
        loop {
            let attempt = if may_be_there { settle(store, id) } else { append_one(store, batch).map(Some) };
            match attempt {
                Ok(Some(seq)) => return Ok(seq),
                Ok(None) => may_be_there = false,
                Err(error) => {
                    may_be_there |= error.kind() == StoreErrorKind::UnknownOutcome;
                    let mends = may_be_there || error.kind() == StoreErrorKind::Busy;
                    let is_late = deadline.is_some_and(|deadline| deadline < Instant::now() + pause);
                    if !mends || is_late || self.patience_is_over(began) {
                        return Err(if may_be_there { unknown(&error) } else { error.into() });
                    }
                    self.pause(pause);
                    pause = (pause * 2).min(Duration::from_millis(50));
                }
            }
        }
    }

    /// The file that owns this process's open operations, made by the first `begin` of a synchronous service.
    fn presence_of(&self, intent: Intent) -> Result<Option<ProducerId>, Error> {
        let (Intent::Begun, Some(place)) = (intent, &self.place) else { return Ok(None) };
        let mut presence = lock(&self.presence);
        if presence.is_none() {
            place.make()?;
            let log = self.store.opened().map(|store| store.log_ids().0);
            let made = annals_journal::presence(&place.journals(), &place.target(log), PAYLOAD_FORMAT);
            match made {
                Ok(made) => *presence = Some(made),
                // Nobody could tell whether its process lives: the operation ends with its session or after a day.
                Err(error) if error.kind() == annals_journal::ErrorKind::LocksUnsupported => return Ok(None),
                Err(error) => return Err(Error::journal(error)),
            }
        }
        Ok(presence.as_ref().map(|presence| ProducerId::from_bytes(presence.producer())))
    }
}

/// Counts an event that was dropped instead of appended.
fn shed(journal: &Journal, id: EventId) -> Receipt {
    // A count that does not reach the disk reaches the writer all the same.
    if let Err(error) = journal.shed() {
        tracing::warn!("a dropped event is counted in memory alone: {error}");
    }
    Receipt::shed(id)
}

/// Appends the batch's one event and answers its number.
fn append_one(store: &dyn EventStore, batch: &Batch<'_>) -> Result<u64, annals_store::Error> {
    let seq = store.append(batch)?.seqs.first().copied().flatten();
    seq.ok_or_else(|| annals_store::Error::new(StoreErrorKind::Io, "the database took the event without a number"))
}

/// Patience ended before it was known whether the event is there: whoever records it again may record it twice.
fn unknown(error: &annals_store::Error) -> Error {
    Error::new(
        ErrorKind::UnknownOutcome,
        format!("the event may or may not be recorded: {error} (hint: look for it before you record it again)"),
    )
}

/// After a commit whose answer was lost: once the store has settled what it holds, the event's id tells whether it is there.
fn settle(store: &dyn EventStore, id: EventId) -> Result<Option<u64>, annals_store::Error> {
    store.settle()?;
    Ok(store.get(id)?.map(|row| row.seq))
}
