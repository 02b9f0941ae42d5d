//! Open sessions: those in the log whose beginning has no end behind it.
//!
//! They are kept in a small table beside the log, touched by beginnings and ends alone. When a session was last heard of is not kept, since that would be a write for each of
//! its events; it is looked up by the session's index, for the few that began long ago.

use annals_event::{Column, Encoded, Phase, Timestamp};
use annals_store::Error;
use annals_store::backend::{self, SESSIONS};
use rusqlite::{Connection, params};

use crate::ledger::Ledger;
use crate::operations;
use crate::row::{counted, stored};
use crate::sql;
use crate::writer::{Ending, Writer};

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
                    .query_map(params![silent_since.as_nanos(), stored(SESSIONS as u64)], |row| counted(row, 0))?
                    .collect()
            })
            .map_err(|error| writing.failed(error))?;
        if seqs.is_empty() {
            return Ok(Ending::Nothing((0, Vec::new())));
        }
        let mut ledger = Ledger::open(writing, seqs.len())?;
        backend::end_sessions(&mut ledger, &seqs)?;
        let rest = ledger.ending.take_rest();
        ledger.finish()?;
        Ok(Ending::Commit((seqs.len() as u64, rest)))
    })?;
    // The ends are durable; operations that are not ended here end by their age.
    let _ = operations::end_rest(writer, &rest);
    Ok(n_ended)
}
