//! What Annals ends of itself: operations whose outcome nobody knows, and sessions that fell silent.

use annals_event::{Column, Encoded, Event, Outcome, Phase, StoredEvent};

use super::Ledger;
use crate::Error;

/// How many operations one transaction ends.
pub const BATCH: usize = 1_000;
/// How many sessions one transaction ends.
pub const SESSIONS: usize = 100;

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

/// A session that has ended in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndedSession {
    /// Its space.
    pub space: String,
    /// Its name.
    pub session_id: String,
    /// Its operations lie below; a session that goes on under its old name begins new ones beyond.
    pub seq: u64,
}

/// How far one transaction has come with the sessions that end in it.
#[derive(Debug, Default)]
pub struct EndingSessions {
    n_ended: usize,
    /// Those whose operations were too many for this transaction.
    rest: Vec<EndedSession>,
}

impl EndingSessions {
    /// What is left for transactions of its own, once this one is committed.
    pub fn take_rest(&mut self) -> Vec<EndedSession> {
        std::mem::take(&mut self.rest)
    }
}

/// Where an event that somebody handed in ends a session, writes an outcome `unknown` for each of its operations that came over a wire or a hook and is still open, as far as
/// one transaction goes. What Annals writes of itself ends no session, or each outcome might end the next within itself.
pub fn end_session(ledger: &mut impl Ledger, event: &Encoded<'_>, seq: u64) -> Result<(), Error> {
    if event.event_type() != "session.ended" || event.phase() == Phase::Intent {
        return Ok(());
    }
    match event.get(Column::SessionId) {
        Some(session_id) => end_those_of(ledger, event.space(), session_id, seq),
        None => Ok(()),
    }
}

/// The same for a session by its name, which ends with this row.
fn end_those_of(ledger: &mut impl Ledger, space: &str, session_id: &str, seq: u64) -> Result<(), Error> {
    let limit = BATCH.saturating_sub(ledger.ending().n_ended);
    let seqs = ledger.operations_of(space, session_id, seq, limit)?;
    end_each(ledger, &seqs)?;
    ledger.ending().n_ended += seqs.len();
    if seqs.len() == limit {
        let (space, session_id) = (space.to_owned(), session_id.to_owned());
        ledger.ending().rest.push(EndedSession { space, session_id, seq });
    }
    Ok(())
}

/// Writes an outcome `unknown` for each of the operations that began with these rows.
pub fn end_each(ledger: &mut impl Ledger, seqs: &[u64]) -> Result<(), Error> {
    for seq in seqs {
        // The outcome's own row takes the operation off the table…
        if let Some(intent) = ledger.by_seq(*seq)? {
            let credential = intent.credential.as_deref().unwrap_or_default();
            ledger.put_own(&outcome_of(&intent), &intent.space, credential)?;
        }
        // … but an intent whose row was pruned can have none any more.
        ledger.forget_operation(*seq)?;
    }
    Ok(())
}

/// Ends the sessions that began with these events, and their operations.
pub fn end_sessions(ledger: &mut impl Ledger, seqs: &[u64]) -> Result<(), Error> {
    for seq in seqs {
        if let Some(created) = ledger.by_seq(*seq)?
            && let Some(session_id) = created.get(Column::SessionId)
        {
            let credential = created.credential.as_deref().unwrap_or_default();
            let ended = ledger.put_own(&end_of(&created), &created.space, credential)?;
            end_those_of(ledger, &created.space, session_id, ended)?;
        }
        // The end's own row has taken the session off the table, unless the clock stood still or the beginning was pruned.
        ledger.forget_session(*seq)?;
    }
    Ok(())
}

fn end_of(created: &StoredEvent) -> Event {
    KEPT.into_iter()
        .filter_map(|column| Some((column, created.get(column)?)))
        .fold(Event::new("session.ended").outcome(Outcome::Unknown), |event, (column, text)| event.text(column, text))
}

/// The outcome that says that nobody knows: of the same type, by whom and about what the intent was.
fn outcome_of(intent: &StoredEvent) -> Event {
    intent.texts.iter().fold(
        Event::new(&intent.event_type).phase(Phase::Outcome).outcome(Outcome::Unknown),
        |event, (column, text)| event.text(column, text),
    )
}
