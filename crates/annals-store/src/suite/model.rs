//! What the summaries must say, by a plain walk over all rows.

use std::collections::{BTreeMap, BTreeSet};

use annals_event::{Column, Decision, Outcome, Phase, StoredEvent, Timestamp};

use crate::{Bucket, BucketWidth, Filter, Session};

/// The sessions of the fitting events, in the order of their last one.
pub(super) fn sessions(rows: &[StoredEvent], filter: &Filter) -> Vec<Session> {
    let mut events: BTreeMap<&str, Vec<&StoredEvent>> = BTreeMap::new();
    for row in rows.iter().filter(|row| filter.fits(row)) {
        if let Some(name) = row.get(Column::SessionId) {
            events.entry(name).or_default().push(row);
        }
    }
    let mut sessions: Vec<Session> = events.into_iter().map(|(name, events)| session(name, &events)).collect();
    sessions.sort_by_key(|session| session.last_seq);
    sessions
}

fn session(name: &str, events: &[&StoredEvent]) -> Session {
    let newest = |column| events.iter().rev().find_map(|row| row.get(column)).map(str::to_owned);
    let (first, last) = (events[0], events[events.len() - 1]);
    Session {
        session_id: name.to_owned(),
        actor_name: newest(Column::ActorName),
        client: newest(Column::Client),
        user_identity: newest(Column::UserIdentity),
        project_name: newest(Column::ProjectName),
        first_at: first.recorded_at,
        last_at: last.recorded_at,
        last_seq: last.seq,
        n_events: events.len() as u64,
        n_calls: operations(events).len() as u64 + count(events, is_single_call),
        n_failures: count(events, |row| has_failed(row) || is_denied(row)),
    }
}

/// The buckets that are not empty, oldest first.
pub(super) fn stats(rows: &[StoredEvent], filter: &Filter, width: BucketWidth) -> Vec<Bucket> {
    let width = i64::from(width.seconds()) * 1_000_000_000;
    let mut events: BTreeMap<i64, Vec<&StoredEvent>> = BTreeMap::new();
    for row in rows.iter().filter(|row| filter.fits(row)) {
        events.entry(row.recorded_at.as_nanos().div_euclid(width)).or_default().push(row);
    }
    events
        .into_iter()
        .map(|(number, events)| Bucket {
            start: Timestamp::from_nanos(number * width),
            n_events: events.len() as u64,
            n_failed: count(&events, has_failed),
            n_denied: count(&events, is_denied),
        })
        .collect()
}

fn count(events: &[&StoredEvent], holds: impl Fn(&StoredEvent) -> bool) -> u64 {
    events.iter().filter(|row| holds(row)).count() as u64
}

fn operations<'a>(events: &[&'a StoredEvent]) -> BTreeSet<Option<&'a str>> {
    events.iter().filter(|row| row.phase != Phase::Single).map(|row| row.get(Column::OperationId)).collect()
}

fn is_single_call(row: &StoredEvent) -> bool {
    row.phase == Phase::Single && row.event_type.starts_with("tool.")
}

fn has_failed(row: &StoredEvent) -> bool {
    matches!(row.outcome, Some(Outcome::Failure | Outcome::Timeout))
}

fn is_denied(row: &StoredEvent) -> bool {
    row.outcome == Some(Outcome::Denied) || row.get(Column::Decision) == Some(Decision::Deny.as_str())
}
