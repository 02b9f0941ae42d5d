//! The reading half: every answer is a walk over all rows.

use std::collections::{BTreeMap, BTreeSet};

use annals_event::{Column, Decision, EventId, Outcome, Phase, StoredEvent, Timestamp};
use annals_store::{Bucket, BucketWidth, Cursor, Filter, Order, Page, PageRequest, Session, SessionPage, weight};

/// The most rows that one page looks at.
const MAX_EXAMINED: usize = 20_000;

pub(super) fn page(rows: &[StoredEvent], filter: &Filter, request: PageRequest) -> Page {
    let rest = behind(rows, request);
    let mut events = Vec::new();
    let mut n_bytes = 0;
    for (n_examined, row) in rest.iter().enumerate() {
        let last_seen = |row: &StoredEvent| Cursor::after(request.order, row.seq);
        if events.len() == request.limit.get() {
            let cursor = events.last().map(last_seen);
            return Page { events, cursor, examined_to: None };
        }
        if n_examined == MAX_EXAMINED {
            let before = rest[n_examined - 1];
            return Page { events, cursor: Some(last_seen(before)), examined_to: Some(before.seq) };
        }
        if filter.fits(row) {
            n_bytes += weight(row);
            if request.limit.n_bytes() < n_bytes && !events.is_empty() {
                let cursor = events.last().map(last_seen);
                return Page { events, cursor, examined_to: None };
            }
            events.push((*row).clone());
        }
    }
    Page { events, cursor: None, examined_to: None }
}

/// The rows after the cursor, in the order asked for.
fn behind(rows: &[StoredEvent], request: PageRequest) -> Vec<&StoredEvent> {
    let at = request.cursor.map(Cursor::seq);
    match request.order {
        Order::Oldest => rows.iter().filter(|row| at.is_none_or(|at| row.seq > at)).collect(),
        Order::Newest => rows.iter().rev().filter(|row| at.is_none_or(|at| row.seq < at)).collect(),
    }
}

pub(super) fn ids_with_prefix(rows: &[StoredEvent], prefix: &str, limit: usize) -> Vec<EventId> {
    let ids: BTreeMap<String, EventId> = rows.iter().map(|row| (row.id.to_string().replace('-', ""), row.id)).collect();
    ids.into_iter().filter(|(text, _)| text.starts_with(prefix)).map(|(_, id)| id).take(limit).collect()
}

pub(super) fn sessions_with_prefix(rows: &[StoredEvent], prefix: &str, limit: usize) -> Vec<String> {
    let names: BTreeSet<&str> =
        rows.iter().filter_map(|row| row.get(Column::SessionId)).filter(|name| name.starts_with(prefix)).collect();
    names.into_iter().take(limit).map(str::to_owned).collect()
}

pub(super) fn sessions(rows: &[StoredEvent], filter: &Filter, request: PageRequest) -> SessionPage {
    let mut by_name: BTreeMap<&str, Session> = BTreeMap::new();
    let mut operations = BTreeSet::new();
    let end = request.cursor.and_then(Cursor::end).unwrap_or(rows.len() as u64);
    for row in rows.iter().filter(|row| row.seq < end && filter.fits(row)) {
        let Some(name) = row.get(Column::SessionId) else { continue };
        let session = by_name.entry(name).or_insert_with(|| empty_session(name, row.recorded_at));
        for (field, column) in [
            (&mut session.actor_name, Column::ActorName),
            (&mut session.client, Column::Client),
            (&mut session.user_identity, Column::UserIdentity),
            (&mut session.project_name, Column::ProjectName),
        ] {
            if let Some(text) = row.get(column) {
                *field = Some(text.to_owned());
            }
        }
        session.last_at = row.recorded_at;
        session.last_seq = row.seq;
        session.n_events += 1;
        let is_call = match row.phase {
            Phase::Single => row.event_type.starts_with("tool."),
            _ => operations.insert((name, row.get(Column::OperationId))),
        };
        session.n_calls += u64::from(is_call);
        session.n_failures += u64::from(has_failed(row) || is_denied(row));
    }
    let mut sessions: Vec<Session> = by_name.into_values().collect();
    sessions.sort_by_key(|session| session.last_seq);
    let at = request.cursor.map(Cursor::seq);
    match request.order {
        Order::Oldest => sessions.retain(|session| at.is_none_or(|at| session.last_seq > at)),
        Order::Newest => {
            sessions.reverse();
            sessions.retain(|session| at.is_none_or(|at| session.last_seq < at));
        }
    }
    let n_left = sessions.len();
    sessions.truncate(request.limit.get());
    let cursor = sessions
        .last()
        .filter(|_| n_left > sessions.len())
        .map(|last| Cursor::after(request.order, last.last_seq).ending_at(end));
    SessionPage { sessions, cursor, examined_to: None, end }
}

pub(super) fn stats(rows: &[StoredEvent], filter: &Filter, width: BucketWidth) -> Vec<Bucket> {
    let width = i64::from(width.seconds()) * 1_000_000_000;
    let mut buckets: BTreeMap<i64, Bucket> = BTreeMap::new();
    for row in rows.iter().filter(|row| filter.fits(row)) {
        let start = row.recorded_at.as_nanos().div_euclid(width) * width;
        let bucket = buckets.entry(start).or_insert(Bucket {
            start: Timestamp::from_nanos(start),
            n_events: 0,
            n_failed: 0,
            n_denied: 0,
        });
        bucket.n_events += 1;
        bucket.n_failed += u64::from(has_failed(row));
        bucket.n_denied += u64::from(is_denied(row));
    }
    buckets.into_values().collect()
}

fn has_failed(row: &StoredEvent) -> bool {
    matches!(row.outcome, Some(Outcome::Failure | Outcome::Timeout))
}

fn is_denied(row: &StoredEvent) -> bool {
    row.outcome == Some(Outcome::Denied) || row.get(Column::Decision) == Some(Decision::Deny.as_str())
}

fn empty_session(name: &str, first_at: Timestamp) -> Session {
    Session {
        session_id: name.to_owned(),
        actor_name: None,
        client: None,
        user_identity: None,
        project_name: None,
        first_at,
        last_at: first_at,
        last_seq: 0,
        n_events: 0,
        n_calls: 0,
        n_failures: 0,
    }
}
