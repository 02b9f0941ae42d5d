//! Adoption: what a dead process left in its journal is made durable by the next one that records.
//!
//! The marks of the store make it harmless to be interrupted and to begin again.

use std::time::Duration;

use annals_event::{Gap, GapReason, GapSpan, PAYLOAD_FORMAT, ProducerId, Timestamp};
use annals_journal::{Condition, Found, Orphan};
use annals_store::{Batch, EventStore, OpenOperations, Origin, Pending, Sheds, append_all};

use crate::audit::Core;
use crate::place::{Place, Waiting, WaitingState};
use crate::{Error, identity};

/// An intent that came over a wire or a hook is ended as `unknown` after so long without its outcome.
const OPEN_AT_MOST: Duration = Duration::from_hours(24);

/// Looks for journals of dead processes and drains them. Failures are logged and looked at again next time.
pub(crate) fn look(core: &Core) {
    let Some(place) = &core.place else { return };
    if let Err(error) = look_in(core, place) {
        tracing::warn!("what earlier processes left in their journals waits: {error}");
    }
}

fn look_in(core: &Core, place: &Place) -> Result<(), Error> {
    let store = core.store.get()?;
    let is_ours = |target: &annals_journal::Target, format| place.is_ours(target, format, &*store);
    let adoption = annals_journal::adopt(&place.journals(), &is_ours).map_err(Error::journal)?;
    for refused in adoption.refused {
        tracing::warn!("a journal is left alone: {refused}");
    }
    let mut first_error = None;
    for orphan in adoption.orphans {
        if core.is_closed() {
            return Ok(());
        }
        if let Err(error) = drain(&*store, orphan, core.settings.batch_max) {
            first_error.get_or_insert(error);
        }
    }
    let now = identity::now();
    let before = now.as_nanos().saturating_sub(i64::try_from(OPEN_AT_MOST.as_nanos()).unwrap_or(i64::MAX));
    store.end_operations(OpenOperations::UnownedBefore(Timestamp::from_nanos(before)))?;
    first_error.map_or(Ok(()), Err)
}

/// Makes durable what one journal holds, ends the operations its process left open, and removes its files.
fn drain(store: &dyn EventStore, mut orphan: Orphan, batch_max: usize) -> Result<(), Error> {
    let producer = ProducerId::from_bytes(orphan.producer());
    let sheds = Sheds { total: orphan.shed_total(), after: orphan.shed_after() };
    let mut drained = Drained { origin: Origin::Producer(producer), sheds, gaps: Vec::new(), records: Vec::new() };
    // What the log will take next of this producer; what lies below is there already.
    let mut next_pseq = store.mark(producer)?.next_pseq;
    if let Some(first_pseq) = orphan.first_pseq().filter(|first_pseq| next_pseq < *first_pseq) {
        // The database went back behind what this journal had already given up.
        drained.gaps.push(gap(producer, GapReason::TargetLost, next_pseq, Some(first_pseq - 1)));
        next_pseq = first_pseq;
    }
    for found in orphan.read() {
        match found.map_err(Error::journal)? {
            Found::Record { pseq, payload } => {
                drained.records.push((pseq, payload));
                next_pseq = next_pseq.max(pseq + 1);
            }
            // Damage that ends below was made durable before it was damaged.
            Found::Damaged { last: Some(last), .. } if last < next_pseq => {}
            Found::Damaged { first, last } => {
                let first = first.max(next_pseq);
                drained.gaps.push(gap(producer, GapReason::Damaged, first, last));
                next_pseq = last.unwrap_or(first) + 1;
            }
        }
        if batch_max <= drained.records.len() {
            drained.deliver(store)?;
        }
    }
    drained.deliver(store)?;
    let n_ended = store.end_operations(OpenOperations::OwnedBy(producer))?;
    orphan.remove().map_err(Error::journal)?;
    tracing::info!(%producer, n_ended, "drained the journal of a process that is gone");
    Ok(())
}

/// A loss from one `pseq` to another, or to an end that nobody knows.
fn gap(producer: ProducerId, reason: GapReason, first: u64, last: Option<u64>) -> Gap {
    let span = last.map_or(GapSpan::From { first }, |last| GapSpan::Range { first, last });
    Gap { producer, reason, span, n_events: last.map(|last| last - first + 1) }
}

/// What was read and is not yet durable.
struct Drained {
    origin: Origin,
    sheds: Sheds,
    gaps: Vec<Gap>,
    records: Vec<(u64, Vec<u8>)>,
}

impl Drained {
    fn deliver(&mut self, store: &dyn EventStore) -> Result<(), Error> {
        let events: Vec<Pending<'_>> =
            self.records.iter().map(|(pseq, payload)| Pending { pseq: *pseq, payload }).collect();
        let mut rest = events.as_slice();
        loop {
            let outcome =
                append_all(store, &Batch { origin: self.origin, events: rest, gaps: &self.gaps, sheds: self.sheds })?;
            rest = &rest[outcome.appended.n_taken..];
            if rest.is_empty() {
                break;
            }
        }
        self.records.clear();
        self.gaps.clear();
        Ok(())
    }
}

impl Core {
    /// See [`crate::Audit::waiting`].
    pub(crate) fn waiting(&self) -> Result<Vec<Waiting>, Error> {
        let Some(place) = &self.place else { return Ok(Vec::new()) };
        let waiting = annals_journal::waiting(&place.journals()).map_err(Error::journal)?;
        Ok(waiting
            .into_iter()
            .map(|journal| Waiting {
                producer: ProducerId::from_bytes(journal.producer),
                n_events: journal.n_records,
                state: self.waiting_state(place, &journal),
            })
            .collect())
    }

    /// What is to be expected of a journal. Whether one that names a log is ours is known once the database is open.
    fn waiting_state(&self, place: &Place, journal: &annals_journal::Waiting) -> WaitingState {
        let is_ours = journal.target.as_ref().is_none_or(|target| match (target.log, self.store.opened()) {
            (None, _) => target.address == place.target(None).address,
            (Some(_), Some(store)) => place.is_ours(target, PAYLOAD_FORMAT, &**store),
            (Some(_), None) => true,
        });
        match journal.condition {
            Condition::Live => WaitingState::Live,
            Condition::Newer { version } => WaitingState::Newer(version),
            Condition::Orphaned if is_ours => WaitingState::Dead,
            Condition::Orphaned => WaitingState::Foreign,
            _ => WaitingState::Damaged,
        }
    }
}
