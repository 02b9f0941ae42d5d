//! Sessions, told by the events that fit a filter.
//!
//! There is no table of sessions, which every append would have to keep up: a session is found at its last fitting event, the one that has no later one,
//! and then its own events are read by their index.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use annals_event::Timestamp;
use annals_store::{Cursor, Filter, PageRequest, Session, SessionPage};
use rusqlite::{Connection, params_from_iter};

use crate::conditions::{Plan, Sql};
use crate::page::{self, Shape};
use crate::row::{counted, stored};

/// What is read of each event of a session.
const COLUMNS: &str = "seq, recorded_at, \
    phase = 'single' AND event_type >= 'tool.' AND event_type < 'tool/', \
    coalesce(outcome IN ('failure', 'timeout', 'denied'), FALSE) OR coalesce(decision = 'deny', FALSE), \
    actor_name, client, user_identity, project_name, \
    CASE WHEN phase <> 'single' THEN operation_id END";

/// See [`annals_store::EventStore::sessions`].
pub(crate) fn read(connection: &Connection, filter: &Filter, request: &PageRequest) -> rusqlite::Result<SessionPage> {
    let mut plan = Plan::new(connection, filter)?;
    // Later events would move a session past the pages, or into a second one.
    if let Some(end) = request.cursor.and_then(Cursor::end) {
        plan.seqs.end = plan.seqs.end.min(end);
    }
    let end = plan.seqs.end;
    let shape =
        Shape { columns: "seq, session_id", more: is_last(&plan), read: |row| row.get::<_, String>(1), weigh: |_| 0 };
    let found = page::read(connection, &plan, request, &shape)?;
    let sessions =
        found.rows.into_iter().map(|id| tell(connection, &plan, id)).collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(SessionPage {
        sessions,
        cursor: found.cursor.map(|cursor| cursor.ending_at(end)),
        examined_to: found.examined_to,
        end,
    })
}

/// That an event is the last fitting one of its session. Inside, a bare column is that of the later event.
fn is_last(plan: &Plan) -> Sql {
    let mut sql = Sql::default();
    sql.push(
        " AND session_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event AS later INDEXED BY event_session_id WHERE ",
    );
    sql.push("later.session_id = event.session_id AND later.seq > event.seq");
    sql.push_with(" AND later.seq < ?", stored(plan.seqs.end));
    sql.append(&plan.all);
    sql.push(")");
    sql
}

/// A session as its fitting events tell it, newest first.
fn tell(connection: &Connection, plan: &Plan, session_id: String) -> rusqlite::Result<Session> {
    let mut sql = Sql::default();
    sql.push("SELECT ");
    sql.push(COLUMNS);
    sql.push_with(" FROM event INDEXED BY event_session_id WHERE session_id = ?", session_id.clone());
    sql.push_with(" AND seq >= ?", stored(plan.seqs.start));
    sql.push_with(" AND seq < ?", stored(plan.seqs.end));
    sql.append(&plan.all);
    sql.push(" ORDER BY seq DESC");
    let mut session = Session {
        session_id,
        actor_name: None,
        client: None,
        user_identity: None,
        project_name: None,
        first_at: Timestamp::from_nanos(0),
        last_at: Timestamp::from_nanos(0),
        last_seq: 0,
        n_events: 0,
        n_calls: 0,
        n_failures: 0,
    };
    // The names may be long and many; that two of them have one digest is not to be feared.
    let (mut operations, digest) = (HashSet::new(), RandomState::new());
    let mut statement = connection.prepare_cached(&sql.text)?;
    let mut rows = statement.query(params_from_iter(&sql.values))?;
    while let Some(row) = rows.next()? {
        session.first_at = Timestamp::from_nanos(row.get(1)?);
        if session.n_events == 0 {
            session.last_seq = counted(row, 0)?;
            session.last_at = session.first_at;
        }
        session.n_events += 1;
        session.n_calls += u64::from(row.get::<_, bool>(2)?);
        session.n_failures += u64::from(row.get::<_, bool>(3)?);
        let named =
            [&mut session.actor_name, &mut session.client, &mut session.user_identity, &mut session.project_name];
        if let Some(operation) = row.get_ref(8)?.as_bytes_or_null()? {
            session.n_calls += u64::from(operations.insert(digest.hash_one(operation)));
        }
        for (n, name) in named.into_iter().enumerate() {
            if name.is_none() {
                *name = row.get(4 + n)?;
            }
        }
    }
    Ok(session)
}
