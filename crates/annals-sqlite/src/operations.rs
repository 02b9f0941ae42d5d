//! Open operations: intents in the log whose outcome is not there yet.
//!
//! They are kept in a small table beside the log, touched only by events that are an intent or an outcome, so that ending what a dead process left open
//! costs as much as there is to end and not a search through the log.

use annals_event::{Column, Encoded, ProducerId, Timestamp};
use annals_store::backend::{self, BATCH, EndedSession};
use annals_store::{Error, OpenOperations};
use rusqlite::{Connection, params};

use crate::ledger::Ledger;
use crate::row::{counted, stored};
use crate::sql;
use crate::writer::{Ending, Writer, Writing};

/// Remembers that an operation began.
pub(crate) fn open(
    connection: &Connection,
    event: &Encoded<'_>,
    seq: u64,
    owner: Option<&ProducerId>,
    recorded_at: Timestamp,
) -> rusqlite::Result<()> {
    let Some(operation_id) = event.get(Column::OperationId) else { return Ok(()) };
    connection
        .prepare_cached(sql::OPEN_OPERATION)?
        .execute(params![
            event.space(),
            operation_id,
            stored(seq),
            owner.map(|owner| &owner.as_bytes()[..]),
            event.get(Column::SessionId),
            recorded_at.as_nanos(),
            event.created_at().as_nanos()
        ])
        .map(drop)
}

/// Forgets an operation that ended.
pub(crate) fn end(connection: &Connection, event: &Encoded<'_>) -> rusqlite::Result<()> {
    let Some(operation_id) = event.get(Column::OperationId) else { return Ok(()) };
    connection.prepare_cached(sql::END_OPERATION)?.execute(params![event.space(), operation_id]).map(drop)
}

/// Writes an outcome `unknown` for each of these operations, some at a time, and answers how many there were.
pub(crate) fn end_all(writer: &Writer, which: OpenOperations) -> Result<u64, Error> {
    end_in_batches(writer, |writing| seqs(writing, which))
}

/// Ends at most [`BATCH`] operations in each transaction, until `find` finds no more.
fn end_in_batches(writer: &Writer, find: impl Fn(&Writing<'_>) -> rusqlite::Result<Vec<u64>>) -> Result<u64, Error> {
    let mut n_ended = 0;
    loop {
        let n = writer.transaction(|writing| {
            let seqs = find(writing).map_err(|error| writing.failed(error))?;
            if seqs.is_empty() {
                return Ok(Ending::Nothing(0));
            }
            end_these(writing, &seqs).map(Ending::Commit)
        })?;
        n_ended += n as u64;
        if n < BATCH {
            return Ok(n_ended);
        }
    }
}

/// Ends what the transaction of a `session.ended` has left, some at a time. An error leaves the others to their age, since the event itself is in the log.
pub(crate) fn end_rest(writer: &Writer, sessions: &[EndedSession]) -> Result<(), Error> {
    for EndedSession { space, session_id, seq } in sessions {
        end_in_batches(writer, |writing| of_session(writing, space, session_id, *seq, BATCH))?;
    }
    Ok(())
}

pub(crate) fn of_session(
    writing: &Writing<'_>,
    space: &str,
    session_id: &str,
    before: u64,
    limit: usize,
) -> rusqlite::Result<Vec<u64>> {
    writing
        .connection
        .prepare_cached(sql::OPERATIONS_OF_SESSION)?
        .query_map(params![space, session_id, stored(before), stored(limit as u64)], |row| counted(row, 0))?
        .collect()
}

fn end_these(writing: &mut Writing<'_>, seqs: &[u64]) -> Result<usize, Error> {
    let mut ledger = Ledger::open(writing, seqs.len())?;
    backend::end_each(&mut ledger, seqs)?;
    ledger.finish()?;
    Ok(seqs.len())
}

fn seqs(writing: &Writing<'_>, which: OpenOperations) -> rusqlite::Result<Vec<u64>> {
    let limit = stored(BATCH as u64);
    let read = |row: &rusqlite::Row<'_>| counted(row, 0);
    match which {
        OpenOperations::OwnedBy(owner) => writing
            .connection
            .prepare_cached(sql::OPERATIONS_OWNED)?
            .query_map(params![&owner.as_bytes()[..], limit], read)?
            .collect(),
        OpenOperations::UnownedBefore(moment) => writing
            .connection
            .prepare_cached(sql::OPERATIONS_UNOWNED)?
            .query_map(params![moment.as_nanos(), limit], read)?
            .collect(),
    }
}
