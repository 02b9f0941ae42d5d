//! Open sessions: those in the log whose beginning has no end behind it.
//!
//! They are kept in a small table beside the log, touched by beginnings and ends alone. When a session was last heard of is not kept, since that would be a write for each of
//! its events; it is looked up by the session's index, for the few that began long ago.

use annals_event::{Column, Encoded, Event, Outcome, Phase, StoredEvent, Timestamp};
use annals_store::Error;
use rusqlite::{Connection, params};

use crate::ledger::Ledger;
use crate::operations;
use crate::row::{counted, stored};
use crate::sql;
use crate::writer::{Ending, Writer};

/// How many sessions one transaction ends.
const BATCH: usize = 100;

/// What the end of a session repeats of its beginning: who, and where.
const KEPT: [Column; 11] = [
    Column::UserIdentity,
    Column::OnBehalfOf,
    Column::ActorName,
    Column::AgentVersion,
    Column::Model,
    Column::Client,
    Column::ProjectName,
    Column::PlanId,
    Column::RootPlanId,
    Column::SessionId,
    Column::Host,
];

/// Remembers that a session began, or forgets one that ended, where the event says so.
pub(crate) fn follow(
    connection: &Connection,
    event: &Encoded<'_>,
    seq: u64,
    recorded_at: Timestamp,
) -> rusqlite::Result<()> {
    let begins = match event.event_type() {
        "session.created" => true,
        "session.ended" => false,
        _ => return Ok(()),
    };
    let Some(session_id) = event.get(Column::SessionId).filter(|_| event.phase() != Phase::Intent) else {
        return Ok(());
    };
    let created_at = event.created_at().as_nanos();
    if begins {
        let values = params![event.space(), session_id, stored(seq), created_at, recorded_at.as_nanos()];
        connection.prepare_cached(sql::OPEN_SESSION)?.execute(values).map(drop)
    } else {
        connection.prepare_cached(sql::CLOSE_SESSION)?.execute(params![event.space(), session_id, created_at]).map(drop)
    }
}

/// See [`annals_store::EventStore::end_sessions`].
pub(crate) fn end_some(writer: &Writer, silent_since: Timestamp) -> Result<u64, Error> {
    let (n_ended, rest) = writer.transaction(|writing| {
        let seqs: Vec<u64> = writing
            .connection
            .prepare_cached(sql::SILENT_SESSIONS)
            .and_then(|mut silent| {
                silent
                    .query_map(params![silent_since.as_nanos(), stored(BATCH as u64)], |row| counted(row, 0))?
                    .collect()
            })
            .map_err(|error| writing.failed(error))?;
        if seqs.is_empty() {
            return Ok(Ending::Nothing((0, Vec::new())));
        }
        let mut ledger = Ledger::open(writing, seqs.len())?;
        for seq in &seqs {
            end(&mut ledger, *seq)?;
        }
        let rest = ledger.ending.take_rest();
        ledger.finish()?;
        Ok(Ending::Commit((seqs.len() as u64, rest)))
    })?;
    // The ends are durable; operations that are not ended here end by their age.
    let _ = operations::end_rest(writer, &rest);
    Ok(n_ended)
}

/// Ends the session that began with this event, and its operations.
fn end(ledger: &mut Ledger<'_, '_>, seq: u64) -> Result<(), Error> {
    let created =
        crate::read::by_seq(ledger.writing().connection, seq).map_err(|error| ledger.writing().failed(error))?;
    if let Some(created) = created
        && let Some(session_id) = created.get(Column::SessionId)
    {
        let credential = created.credential.as_deref().unwrap_or_default();
        let ended = ledger.put_own(&end_of(&created), &created.space, credential)?;
        operations::end_those_of(ledger, &created.space, session_id, ended)?;
    }
    // The end's own row has taken the session off the table, unless the clock stood still or the beginning was pruned.
    ledger
        .writing()
        .connection
        .prepare_cached(sql::FORGET_SESSION)
        .and_then(|mut forget| forget.execute([stored(seq)]))
        .map(drop)
        .map_err(|error| ledger.writing().failed(error))
}

fn end_of(created: &StoredEvent) -> Event {
    KEPT.into_iter()
        .filter_map(|column| Some((column, created.get(column)?)))
        .fold(Event::new("session.ended").outcome(Outcome::Unknown), |event, (column, text)| event.text(column, text))
}
