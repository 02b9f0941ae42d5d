//! Sessions, told by their events: a page finds each at its last fitting event, the one that has no later one, and then its own events are read by their index.

use std::collections::HashSet;

use annals_event::Timestamp;
use annals_store::{Cursor, Filter, PageRequest, Session, SessionPage};

use crate::conditions::{Plan, Sql};
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::page::{self, Shape};
use crate::row::{counted, stored, time};

/// What is read of each event of a session.
const COLUMNS: &str = "SELECT seq, recorded_at, \
    phase = 'single' AND event_type >= 'tool.' AND event_type < 'tool/', \
    coalesce(outcome IN ('failure', 'timeout', 'denied'), FALSE) OR coalesce(decision = 'deny', FALSE), \
    actor_name, client, user_identity, project_name, \
    CASE WHEN phase <> 'single' THEN operation_id END";

/// See [`annals_store::EventStore::sessions`].
pub(crate) fn read(connection: &Connection, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Trouble> {
    let mut plan = Plan::new(connection, filter)?;
    // Later events would move a session past the pages, or into a second one.
    if let Some(end) = request.cursor.and_then(Cursor::end) {
        plan.seqs.end = plan.seqs.end.min(end);
    }
    let plan = plan.resolved(connection)?;
    let end = plan.seqs.end;
    let read = |row: &tokio_postgres::Row| Ok(row.try_get::<_, String>(1)?);
    let shape = Shape { columns: "seq, session_id", more: is_last(&plan), read, weigh: |_| 0 };
    let found = page::read(connection, &plan, request, &shape)?;
    Ok(SessionPage {
        sessions: found.rows.into_iter().map(|id| tell(connection, &plan, id)).collect::<Result<_, _>>()?,
        cursor: found.cursor.map(|cursor| cursor.ending_at(end)),
        examined_to: found.examined_to,
        end,
    })
}

/// That an event is the last fitting one of its session. Inside, a bare column is that of the later event.
fn is_last(plan: &Plan) -> Sql {
    let mut sql = Sql::new(
        " AND session_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event AS later \
         WHERE left(later.session_id, 200) = left(event.session_id, 200) AND later.session_id = event.session_id \
         AND later.seq > event.seq",
    );
    sql.push_with(" AND later.seq < ?", stored(plan.seqs.end));
    sql.append(&plan.all);
    sql.push(")");
    sql
}

/// A session as its fitting events tell it, newest first.
fn tell(connection: &Connection, plan: &Plan, session_id: String) -> Result<Session, Trouble> {
    let mut sql = Sql::new(COLUMNS);
    plan.push_from(&mut sql);
    sql.push_with(" AND left(session_id, 200) = left(?, 200)", session_id.as_str());
    sql.push_with(" AND session_id = ? ORDER BY seq DESC", session_id.as_str());
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
    let rows = sql.rows(connection)?;
    let mut operations = HashSet::new();
    for row in &rows {
        session.first_at = time(row, 1)?;
        if session.n_events == 0 {
            session.last_seq = counted(row, 0)?;
            session.last_at = session.first_at;
        }
        session.n_events += 1;
        session.n_calls += u64::from(row.try_get::<_, bool>(2)?);
        session.n_failures += u64::from(row.try_get::<_, bool>(3)?);
        if let Some(operation) = row.try_get::<_, Option<&str>>(8)? {
            session.n_calls += u64::from(operations.insert(operation));
        }
        let named =
            [&mut session.actor_name, &mut session.client, &mut session.user_identity, &mut session.project_name];
        for (n, name) in named.into_iter().enumerate() {
            if name.is_none() {
                *name = row.try_get(4 + n)?;
            }
        }
    }
    Ok(session)
}
