//! Open operations: intents in the log whose outcome is not there yet.
//!
//! They are kept in a small table beside the log, touched only by events that are an intent or an outcome, so that ending what a dead process left open
//! costs as much as there is to end and not a search through the log.

use annals_event::{Column, Encoded, Event, Outcome, Phase, ProducerId, StoredEvent, Timestamp};
use annals_store::{Error, OpenOperations};
use rusqlite::{Connection, params};

use crate::ledger::Ledger;
use crate::row::{counted, stored};
use crate::sql;
use crate::writer::{Ending, Writer, Writing};

/// How many operations one transaction ends.
const BATCH: usize = 1_000;

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

/// A session that has ended in the log.
pub(crate) struct EndedSession {
    space: String,
    session_id: String,
    /// Its operations lie below; a session that goes on under its old name begins new ones beyond.
    seq: u64,
}

/// How far one transaction has come with the sessions that end in it.
#[derive(Default)]
pub(crate) struct EndingSessions {
    n_ended: usize,
    /// Those whose operations were too many for this transaction.
    rest: Vec<EndedSession>,
}

impl EndingSessions {
    /// What is left for transactions of its own, once this one is committed.
    pub(crate) fn take_rest(&mut self) -> Vec<EndedSession> {
        std::mem::take(&mut self.rest)
    }
}

/// Where an event that somebody handed in ends a session, writes an outcome `unknown` for each of its operations that came over a wire or a hook and is still open, as far as
/// one transaction goes. What Annals writes of itself ends no session, or each outcome might end the next within itself.
pub(crate) fn end_session(ledger: &mut Ledger<'_, '_>, event: &Encoded<'_>, seq: u64) -> Result<(), Error> {
    if event.event_type() != "session.ended" || event.phase() == Phase::Intent {
        return Ok(());
    }
    match event.get(Column::SessionId) {
        Some(session_id) => end_those_of(ledger, event.space(), session_id, seq),
        None => Ok(()),
    }
}

/// The same for a session by its name, which ends with this row.
pub(crate) fn end_those_of(ledger: &mut Ledger<'_, '_>, space: &str, session_id: &str, seq: u64) -> Result<(), Error> {
    let limit = BATCH.saturating_sub(ledger.ending.n_ended);
    let seqs =
        of_session(ledger.writing(), space, session_id, seq, limit).map_err(|error| ledger.writing().failed(error))?;
    end_each(ledger, &seqs)?;
    ledger.ending.n_ended += seqs.len();
    if seqs.len() == limit {
        let (space, session_id) = (space.to_owned(), session_id.to_owned());
        ledger.ending.rest.push(EndedSession { space, session_id, seq });
    }
    Ok(())
}

/// Ends what the transaction of a `session.ended` has left, some at a time. An error leaves the others to their age, since the event itself is in the log.
pub(crate) fn end_rest(writer: &Writer, sessions: &[EndedSession]) -> Result<(), Error> {
    for EndedSession { space, session_id, seq } in sessions {
        end_in_batches(writer, |writing| of_session(writing, space, session_id, *seq, BATCH))?;
    }
    Ok(())
}

fn of_session(
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
    end_each(&mut ledger, seqs)?;
    ledger.finish()?;
    Ok(seqs.len())
}

fn end_each(ledger: &mut Ledger<'_, '_>, seqs: &[u64]) -> Result<(), Error> {
    for seq in seqs {
        let intent =
            crate::read::by_seq(ledger.writing().connection, *seq).map_err(|error| ledger.writing().failed(error))?;
        // The outcome's own row takes the operation off the table…
        if let Some(intent) = intent {
            let credential = intent.credential.as_deref().unwrap_or_default();
            ledger.put_own(&outcome_of(&intent), &intent.space, credential)?;
        }
        // … but an intent whose row was pruned can have none any more.
        ledger
            .writing()
            .connection
            .prepare_cached(sql::FORGET_OPERATION)
            .and_then(|mut forget| forget.execute([stored(*seq)]))
            .map_err(|error| ledger.writing().failed(error))?;
    }
    Ok(())
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

/// The outcome that says that nobody knows: of the same type, by whom and about what the intent was.
fn outcome_of(intent: &StoredEvent) -> Event {
    intent.texts.iter().fold(
        Event::new(&intent.event_type).phase(Phase::Outcome).outcome(Outcome::Unknown),
        |event, (column, text)| event.text(column, text),
    )
}
