//! The ends of calls that only a batch tells of: those that have no outcome on record when all of them are over.
//!
//! A refused call has no other end, so that without this it would stay open until its session ends, and then be `unknown`.
//! A batch whose calls all have their outcome says nothing new and is not recorded.

use annals::{Audit, Column, Error, Event, Filter, PageRequest, Phase, Timestamp};
use annals_capture::claude_code::{BatchCall, Intent, Payload};
use annals_capture::{Policy, Surroundings};

/// The outcomes that are missing; `None` where the payload is no batch, or where nobody can tell what is missing: events wait in a journal, or one was lost since a call began.
pub(super) fn of_batch(
    audit: &Audit,
    payload: &Payload,
    surroundings: &Surroundings,
    policy: &Policy,
    last_lost_at: Option<Timestamp>,
) -> Option<Vec<Event>> {
    let calls = payload.batch();
    if calls.is_empty() || has_waiting(audit).unwrap_or(true) {
        return None;
    }
    let mut ends = Vec::new();
    for call in &calls {
        if let Some((intent, begun_at)) = open(audit, call).ok()? {
            if begun_at.is_some() && begun_at <= last_lost_at {
                return None;
            }
            ends.push(call.end(intent, surroundings, policy));
        }
    }
    Some(ends)
}

/// Whether a journal holds events that are on no page yet: an outcome may be among them.
fn has_waiting(audit: &Audit) -> Result<bool, Error> {
    Ok(audit.waiting()?.iter().any(|journal| journal.n_events > 0))
}

/// Whether a call without an outcome has begun, and when; `None` for one that has its outcome.
fn open(audit: &Audit, call: &BatchCall) -> Result<Option<(Intent, Option<Timestamp>)>, Error> {
    let filter = Filter::new().equals(Column::OperationId, call.operation_id());
    let page = audit.query(&filter, &PageRequest::default())?;
    let first = |phase| page.events.iter().find(|event| event.phase == phase);
    if first(Phase::Outcome).is_some() {
        return Ok(None);
    }
    let intent = first(Phase::Intent);
    Ok(Some((intent.map_or(Intent::Missing, |_| Intent::Recorded), intent.map(|event| event.created_at))))
}
