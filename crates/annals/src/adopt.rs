//! Adoption: what a dead process left in its journal is made durable by the next one that records.
//!
//! The marks of the store make it harmless to be interrupted and to begin again.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use annals_event::{Encoded, Gap, GapReason, GapSpan, PAYLOAD_FORMAT, ProducerId, Timestamp};
use annals_journal::{Adoption, Condition, Found, Journal, Orphan, Role};
use annals_store::{Batch, EventStore, OpenOperations, Origin, Pending, Sheds, append_all};

use crate::audit::{Core, Route};
use crate::place::{Place, Waiting, WaitingState};
use crate::{Error, ErrorKind, identity};

/// An intent that came over a wire or a hook is ended as `unknown` after so long without its outcome, and a session after so long without an event.
const OPEN_AT_MOST: Duration = Duration::from_hours(24);
/// How long a look may keep its thread from the events of its own service.
const LOOK_AT_MOST: Duration = Duration::from_secs(1);
/// Between two looks of somebody who waits for their end.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Takes over the journals of dead processes, a while at a time. Kept between looks by whoever goes on.
#[derive(Default)]
pub(crate) struct Adopter {
    /// What an unfinished look has not come to.
    listed: Option<Adoption>,
    /// The journal that it was interrupted in.
    begun: Option<Draining>,
    /// Why one of those before was left alone.
    first_error: Option<Error>,
}

/// How far a look came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Looked {
    /// To the end of the list, or to trouble that is better met later.
    Everywhere,
    /// Not far, because others kept the database; it may be free in a moment.
    Hindered,
    /// As far as there was time; the next look goes on from there.
    SoFar,
}

/// Looks for journals of dead processes and drains them, as far as there is time.
pub(crate) fn look(core: &Core) -> Looked {
    Adopter::default().look(core, &|| false)
}

impl Adopter {
    /// Drains journals of dead processes until `is_enough` or the time is over, and one step at least. Failures, panics of the store included, are logged and met again by
    /// the look after the next listing.
    pub(crate) fn look(&mut self, core: &Core, is_enough: &dyn Fn() -> bool) -> Looked {
        match self.try_to_look(core, is_enough) {
            Ok(looked) => looked,
            Err(trouble) => {
                tracing::warn!("what earlier processes left in their journals waits: {trouble}");
                if trouble.kind() == ErrorKind::Busy { Looked::Hindered } else { Looked::Everywhere }
            }
        }
    }

    /// The same for a caller who is to know of the first failure.
    fn try_to_look(&mut self, core: &Core, is_enough: &dyn Fn() -> bool) -> Result<Looked, Error> {
        let Some(place) = &core.place else { return Ok(Looked::Everywhere) };
        // A caller who may wait only so long for room must not wait for strangers' events all that time.
        let at_most = core.settings.record_timeout.map_or(LOOK_AT_MOST, |patience| LOOK_AT_MOST.min(patience / 4));
        let began = Instant::now();
        let is_enough = || core.is_closed() || at_most <= began.elapsed() || is_enough();
        // Nothing is kept of a look that panicked: what it held is given back, and is there for the next one.
        let looked = catch_unwind(AssertUnwindSafe(|| self.look_in(core, place, &is_enough)));
        let trouble = match looked {
            Ok(Ok(Looked::SoFar)) => return Ok(Looked::SoFar),
            Ok(Ok(_)) => self.first_error.take(),
            Ok(Err(error)) => Some(error),
            Err(_) => Some(Error::new(ErrorKind::Io, "the store panicked while it took them")),
        };
        *self = Self::default();
        trouble.map_or(Ok(Looked::Everywhere), Err)
    }

    fn look_in(&mut self, core: &Core, place: &Place, is_enough: &dyn Fn() -> bool) -> Result<Looked, Error> {
        let store = core.store.get()?;
        let is_ours = |target: &annals_journal::Target| place.is_ours(target, &*store);
        let mut listed = match self.listed.take() {
            Some(listed) => listed,
            None => annals_journal::adopt(&place.journals(), PAYLOAD_FORMAT).map_err(Error::journal)?,
        };
        loop {
            let draining = match self.begun.take() {
                Some(begun) => Ok(begun),
                None => match listed.next_orphan(&is_ours) {
                    None => break,
                    Some(Ok(orphan)) => Draining::begin(&*store, orphan),
                    Some(Err(error)) if error.kind() == annals_journal::ErrorKind::LocksUnsupported => {
                        return Err(Error::journal(error));
                    }
                    Some(Err(refused)) => {
                        tracing::warn!("a journal is left alone: {refused}");
                        continue;
                    }
                },
            };
            match draining.and_then(|draining| draining.go_on(&*store, core.settings.batch_max, is_enough)) {
                Ok(interrupted) => self.begun = interrupted,
                // A server that is away is away for all of them.
                Err(error) if core.is_remote() && error.is_retryable() => return Err(error),
                Err(error) => {
                    self.first_error.get_or_insert(error);
                }
            }
            if is_enough() {
                self.listed = Some(listed);
                return Ok(Looked::SoFar);
            }
        }
        let now = identity::now();
        let before = now.as_nanos().saturating_sub(i64::try_from(OPEN_AT_MOST.as_nanos()).unwrap_or(i64::MAX));
        let before = Timestamp::from_nanos(before);
        // The sessions first, which end their operations.
        while 0 < store.end_sessions(before)? {
            if is_enough() {
                return Ok(Looked::SoFar);
            }
        }
        store.end_operations(OpenOperations::UnownedBefore(before))?;
        Ok(Looked::Everywhere)
    }
}

/// One journal on its way into the log.
struct Draining {
    orphan: Orphan,
    producer: ProducerId,
    drained: Drained,
    /// What the log had of this producer when this began.
    mark: u64,
    /// What the log will take next of this producer; what lies below is there already.
    next_pseq: u64,
    /// Some record lay below the mark.
    was_there: bool,
    /// There may be an operation that its process has left open.
    owns: bool,
}

impl Draining {
    fn begin(store: &dyn EventStore, orphan: Orphan) -> Result<Self, Error> {
        let producer = ProducerId::from_bytes(orphan.producer());
        let sheds = Sheds { total: orphan.shed_total(), after: orphan.shed_after() };
        let drained = Drained { origin: Origin::Producer(producer), sheds, gaps: Vec::new(), records: Vec::new() };
        let is_left = orphan.role() == Role::Left;
        // One record that was left begins at 0, so that nothing can be missing before it, and whether it is there already is told when it is handed in: one question less.
        let mark = if is_left { 0 } else { store.mark(producer)?.next_pseq };
        let first_pseq = orphan.first_pseq();
        let mut draining = Self { orphan, producer, drained, mark, next_pseq: mark, was_there: false, owns: !is_left };
        if let Some(first_pseq) = first_pseq {
            draining.skip_to(first_pseq);
        }
        Ok(draining)
    }

    /// Makes durable what the journal holds, ends the operations its process left open, and removes its files; or gives itself back when it is enough for now.
    fn go_on(
        mut self,
        store: &dyn EventStore,
        batch_max: usize,
        is_enough: &dyn Fn() -> bool,
    ) -> Result<Option<Self>, Error> {
        while let Some(found) = self.orphan.read().next() {
            self.take(found.map_err(Error::journal)?);
            if batch_max <= self.drained.records.len() {
                self.was_there |= self.drained.deliver(store)?;
                if is_enough() {
                    return Ok(Some(self));
                }
            }
        }
        self.was_there |= self.drained.deliver(store)?;
        let producer = self.producer;
        let n_ended = if self.owns { store.end_operations(OpenOperations::OwnedBy(producer))? } else { 0 };
        if self.was_there {
            // Whoever wrote it may have died in doubt of it, and this file is the only other copy.
            store.settle()?;
        }
        self.orphan.remove().map_err(Error::journal)?;
        tracing::info!(%producer, n_ended, "drained the journal of a process that is gone");
        Ok(None)
    }

    fn take(&mut self, found: Found) {
        match found {
            Found::Record { pseq, payload } => {
                self.was_there |= pseq < self.mark;
                self.owns |= Encoded::decode(&payload).is_ok_and(|event| event.begun());
                self.skip_to(pseq);
                self.next_pseq = self.next_pseq.max(pseq.saturating_add(1));
                self.drained.records.push((pseq, payload));
            }
            // Damage that ends below was made durable before it was damaged.
            Found::Damaged { last: Some(last), .. } if last < self.next_pseq => {}
            Found::Damaged { first, last } => {
                self.skip_to(first);
                let first = first.max(self.next_pseq);
                self.drained.gaps.push(gap(self.producer, GapReason::Damaged, first, last));
                self.next_pseq = last.unwrap_or(first).saturating_add(1);
            }
        }
    }

    /// The journal goes on with this number. What the log lacks below had been given up by the journal, so it was in the log once: the database went back behind it.
    fn skip_to(&mut self, pseq: u64) {
        if self.next_pseq < pseq {
            self.drained.gaps.push(gap(self.producer, GapReason::TargetLost, self.next_pseq, Some(pseq - 1)));
            self.next_pseq = pseq;
        }
    }
}

/// A loss from one `pseq` to another, or to an end that nobody knows.
fn gap(producer: ProducerId, reason: GapReason, first: u64, last: Option<u64>) -> Gap {
    let span = last.map_or(GapSpan::From { first }, |last| GapSpan::Range { first, last });
    Gap { producer, reason, span, n_events: last.map(|last| (last - first).saturating_add(1)) }
}

/// What was read and is not yet durable.
struct Drained {
    origin: Origin,
    sheds: Sheds,
    gaps: Vec<Gap>,
    records: Vec<(u64, Vec<u8>)>,
}

impl Drained {
    /// Answers whether something was there already.
    fn deliver(&mut self, store: &dyn EventStore) -> Result<bool, Error> {
        let mut was_there = false;
        let events: Vec<Pending<'_>> =
            self.records.iter().map(|(pseq, payload)| Pending { pseq: *pseq, payload }).collect();
        let mut rest = events.as_slice();
        loop {
            let outcome = append_all(
                store,
                &Batch { origin: self.origin, events: rest, gaps: &self.gaps, sheds: self.sheds, credential: None },
            )?;
            let n_new = outcome.appended.seqs.iter().flatten().count() + outcome.buried.len();
            was_there |= n_new < outcome.appended.n_taken;
            rest = &rest[outcome.appended.n_taken..];
            if rest.is_empty() {
                break;
            }
        }
        self.records.clear();
        self.gaps.clear();
        Ok(was_there)
    }
}

impl Core {
    /// See [`crate::Audit::waiting`].
    pub(crate) fn waiting(&self) -> Result<Vec<Waiting>, Error> {
        let Some(place) = &self.place else { return Ok(Vec::new()) };
        // Our own is not read from its files: they hold megabytes while somebody records, and a server is asked every few seconds.
        let own = match self.known_route() {
            Some(Route::Journal(journal)) if !self.is_closed() => Some(journal),
            _ => None,
        };
        let producer = own.map(|journal| journal.producer());
        let others = annals_journal::waiting_of_others(&place.journals(), PAYLOAD_FORMAT, producer);
        let mut waiting: Vec<Waiting> = others
            .map_err(Error::journal)?
            .into_iter()
            .map(|journal| {
                let is_ours = self.is_ours(place, &journal);
                let (n_durable, since) = (self.n_durable(is_ours, &journal), journal.first.as_deref());
                // Of those that wait behind durable ones the first is not read.
                let since = since.filter(|_| n_durable == 0);
                Waiting {
                    producer: ProducerId::from_bytes(journal.producer),
                    n_events: journal.n_records.saturating_sub(n_durable),
                    state: self.waiting_state(place, &journal),
                    since: since.and_then(|first| Some(Encoded::decode(first).ok()?.created_at())),
                    is_ours,
                }
            })
            .collect();
        waiting.extend(own.map(|journal| own_waiting(journal)));
        Ok(waiting)
    }

    /// How many of a journal's records the database has already: a file goes when all of it is durable. Asked after the files were read, so that what is written meanwhile counts as durable.
    fn n_durable(&self, is_ours: bool, journal: &annals_journal::Waiting) -> u64 {
        let Some(store) = self.store.opened().filter(|_| is_ours && !self.is_remote()) else { return 0 };
        let Ok(mark) = store.mark(ProducerId::from_bytes(journal.producer)) else { return 0 };
        mark.next_pseq.min(journal.pseqs.end).saturating_sub(journal.pseqs.start)
    }

    /// See [`crate::Audit::drain`].
    pub(crate) fn drain(&self, patience: Duration) -> Result<(), Error> {
        if self.settings.mode == crate::Mode::ReadOnly {
            return Err(Error::read_only());
        }
        let mut adopter = Adopter::default();
        let (mut since, mut fewest, mut pause) = (Instant::now(), usize::MAX, FIRST_PAUSE);
        // What was seen dead once and is held later is in another process's hands, which may die as well.
        let mut dead = HashSet::new();
        loop {
            dead.extend(self.waiting()?.iter().filter(|left| is_dead(left)).map(|left| left.producer));
            let looked = adopter.try_to_look(self, &|| false);
            let n_left = self.waiting()?.iter().filter(|left| is_dead(left) || dead.contains(&left.producer)).count();
            if n_left == 0 {
                return looked.map(drop);
            }
            if n_left < fewest {
                (since, fewest, pause) = (Instant::now(), n_left, FIRST_PAUSE);
            }
            if self.is_closed() || patience <= since.elapsed() {
                let timeout = || Error::new(ErrorKind::Timeout, "another process keeps what waits, or the database");
                return Err(looked.err().unwrap_or_else(timeout));
            }
            if !matches!(looked, Ok(Looked::SoFar)) {
                self.pause(pause.min(patience.saturating_sub(since.elapsed())));
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    /// What is to be expected of a journal. Whether one that names a log is ours is known once the database is open.
    fn is_ours(&self, place: &Place, journal: &annals_journal::Waiting) -> bool {
        journal.target.as_ref().is_none_or(|target| match (target.log, self.store.opened()) {
            (None, store) => {
                target.address == place.target(None).address || place.was_at(&target.address, store.map(|it| &**it))
            }
            (Some(_), _) if place.server().is_some() => false,
            (Some(_), Some(store)) => place.is_ours(target, &**store),
            (Some(_), None) => true,
        })
    }

    fn waiting_state(&self, place: &Place, journal: &annals_journal::Waiting) -> WaitingState {
        let is_ours = self.is_ours(place, journal);
        match journal.condition {
            Condition::Live => WaitingState::Live,
            Condition::Newer { version } => WaitingState::Newer(version),
            Condition::Orphaned if is_ours => WaitingState::Dead,
            Condition::Orphaned => WaitingState::Foreign,
            _ => WaitingState::Damaged,
        }
    }
}

/// Whether somebody who is gone left it for this log.
fn is_dead(left: &Waiting) -> bool {
    left.is_ours && left.state == WaitingState::Dead
}

/// What of this very process is not durable yet.
fn own_waiting(journal: &Journal) -> Waiting {
    let stats = journal.stats();
    let age = |oldest: Instant| i64::try_from(oldest.elapsed().as_nanos()).unwrap_or(i64::MAX);
    let now = identity::now().as_nanos();
    Waiting {
        producer: ProducerId::from_bytes(journal.producer()),
        n_events: stats.n_records,
        state: WaitingState::Live,
        since: stats.oldest.map(|oldest| Timestamp::from_nanos(now.saturating_sub(age(oldest)))),
        is_ours: true,
    }
}

#[cfg(test)]
mod tests;
