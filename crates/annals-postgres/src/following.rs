//! What follows from rows: the tables of operations and sessions that are open, so that ending what was left costs as much as there is to end and not a search through the log.
//!
//! A batch asks once what is known of all its operations, goes through its events in their order, and writes once how it ends for each.

use std::collections::HashMap;

use annals_event::{Column, Encoded, Phase, Timestamp};
use sha2::{Digest, Sha256};

use crate::connection::{Bundle, Connection};
use crate::failure::Trouble;
use crate::ledger::seqs;
use crate::row::stored;
use crate::rows::Place;
use crate::sql;

/// The digest by which these tables name an operation or a session. Neither name has a NUL in it.
fn name(space: &str, id: &str) -> Vec<u8> {
    Sha256::new().chain_update(space).chain_update([0]).chain_update(id).finalize().to_vec()
}

/// An operation or a session as it stands.
#[derive(Default)]
struct Thing<'a> {
    is_open: bool,
    /// When a session that is open was begun.
    begun_at: i64,
    /// When its newest end was made.
    ended_at: Option<i64>,
    /// Its row goes, if there is one.
    goes: bool,
    /// The beginning that makes its new row.
    begins: Option<&'a (Encoded<'a>, Place)>,
}

/// Takes some rows into the tables.
pub(crate) fn follow<'a>(
    connection: &Connection,
    events: &'a [(Encoded<'a>, Place)],
    recorded_at: Timestamp,
    bundle: &mut Bundle<'a>,
) -> Result<(), Trouble> {
    operations(connection, events, recorded_at, bundle)?;
    sessions(connection, events, recorded_at, bundle)
}

/// Operations of a session that are open and nobody's.
pub(crate) fn operations_of(
    connection: &Connection,
    space: &str,
    session: &str,
    before: u64,
    limit: usize,
) -> Result<Vec<u64>, Trouble> {
    let (before, limit) = (stored(before), stored(limit as u64));
    seqs(connection, sql::OPERATIONS_OF_SESSION, &[&name(space, session), &before, &limit])
}

/// An intent opens its operation, unless an outcome that was made no earlier is in the log already: such an outcome is this intent's own, and has overtaken it in another journal; one that was
/// made earlier ended an operation of the same id before. A second intent of an operation that is open is the same operation.
fn operations<'a>(
    connection: &Connection,
    events: &'a [(Encoded<'a>, Place)],
    recorded_at: Timestamp,
    bundle: &mut Bundle<'a>,
) -> Result<(), Trouble> {
    let is_one = |event: &Encoded<'a>| matches!(event.phase(), Phase::Intent | Phase::Outcome);
    let mut things = Things::of(events, |event| event.get(Column::OperationId).filter(|_| is_one(event)));
    if things.is_empty() {
        return Ok(());
    }
    things.read(connection, sql::OPERATIONS_BEFORE, events, |row, thing| {
        (thing.is_open, thing.ended_at) = (row.try_get(1)?, row.try_get(2)?);
        Ok(())
    })?;
    things.go_through(|both, thing| {
        let created_at = both.0.created_at().as_nanos();
        if both.0.phase() == Phase::Outcome {
            (thing.is_open, thing.goes, thing.begins) = (false, true, None);
            thing.ended_at = thing.ended_at.max(Some(created_at));
        } else if !thing.is_open && thing.ended_at < Some(created_at) {
            (thing.is_open, thing.begins) = (true, Some(both));
        }
    });
    things.take_out(sql::END_OPERATIONS, bundle);
    let begun: Vec<_> = things.begun().collect();
    if begun.is_empty() {
        return Ok(());
    }
    let session = |event: &Encoded<'_>| event.get(Column::SessionId).map(|id| name(event.space(), id));
    let sessions: Vec<_> = begun.iter().map(|(_, (event, _))| session(event)).collect();
    let (names, begun): (Vec<_>, Vec<_>) = begun.into_iter().unzip();
    bundle.push(
        sql::OPEN_OPERATIONS,
        vec![
            Box::new(names),
            Box::new(begun.iter().map(|(_, place)| stored(place.seq)).collect::<Vec<_>>()),
            Box::new(begun.iter().map(|(_, place)| Some(&place.owner.as_ref()?.as_bytes()[..])).collect::<Vec<_>>()),
            Box::new(sessions),
            Box::new(vec![recorded_at.as_nanos(); begun.len()]),
        ],
    );
    Ok(())
}

/// A session is open, unless an end that was made no earlier is in the log already and has overtaken its beginning in another journal. One that begins again goes on under its newest
/// beginning, and an end that was made before that is not its end.
fn sessions<'a>(
    connection: &Connection,
    events: &'a [(Encoded<'a>, Place)],
    recorded_at: Timestamp,
    bundle: &mut Bundle<'a>,
) -> Result<(), Trouble> {
    let is_one = |event: &Encoded<'a>| {
        matches!(event.event_type(), "session.created" | "session.ended") && event.phase() != Phase::Intent
    };
    let mut things = Things::of(events, |event| event.get(Column::SessionId).filter(|_| is_one(event)));
    if things.is_empty() {
        return Ok(());
    }
    things.read(connection, sql::SESSIONS_BEFORE, events, |row, thing| {
        let begun_at: Option<i64> = row.try_get(1)?;
        (thing.is_open, thing.begun_at) = (begun_at.is_some(), begun_at.unwrap_or_default());
        thing.ended_at = row.try_get(2)?;
        Ok(())
    })?;
    things.go_through(|both, thing| {
        let created_at = both.0.created_at().as_nanos();
        if both.0.event_type() == "session.ended" {
            thing.ended_at = thing.ended_at.max(Some(created_at));
            if thing.is_open && thing.begun_at <= created_at {
                (thing.is_open, thing.goes, thing.begins) = (false, true, None);
            }
        } else if thing.ended_at < Some(created_at) {
            (thing.is_open, thing.goes, thing.begins) = (true, true, Some(both));
            thing.begun_at = created_at;
        }
    });
    things.take_out(sql::CLOSE_SESSIONS, bundle);
    let begun: Vec<_> = things.begun().collect();
    if begun.is_empty() {
        return Ok(());
    }
    let (names, begun): (Vec<_>, Vec<_>) = begun.into_iter().unzip();
    bundle.push(
        sql::OPEN_SESSIONS,
        vec![
            Box::new(names),
            Box::new(begun.iter().map(|(_, place)| stored(place.seq)).collect::<Vec<_>>()),
            Box::new(begun.iter().map(|(event, _)| event.created_at().as_nanos()).collect::<Vec<_>>()),
            Box::new(vec![recorded_at.as_nanos(); begun.len()]),
        ],
    );
    Ok(())
}

/// What a batch is about, each once, and which of its events are about what.
struct Things<'a> {
    ids: Vec<(&'a str, &'a str)>,
    states: Vec<Thing<'a>>,
    events: Vec<(&'a (Encoded<'a>, Place), usize)>,
}

impl<'a> Things<'a> {
    fn of(events: &'a [(Encoded<'a>, Place)], id: impl Fn(&'a Encoded<'a>) -> Option<&'a str>) -> Self {
        let mut known = HashMap::new();
        let mut things = Self { ids: Vec::new(), states: Vec::new(), events: Vec::new() };
        for both in events {
            let Some(id) = id(&both.0) else { continue };
            let named = (both.0.space(), id);
            let at = *known.entry(named).or_insert_with(|| {
                things.ids.push(named);
                things.states.push(Thing::default());
                things.ids.len() - 1
            });
            things.events.push((both, at));
        }
        things
    }

    fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    fn read(
        &mut self,
        connection: &Connection,
        statement: &'static str,
        events: &[(Encoded<'_>, Place)],
        take: impl Fn(&tokio_postgres::Row, &mut Thing<'a>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let first = events.first().map_or(0, |(_, place)| stored(place.seq));
        let (spaces, ids): (Vec<&str>, Vec<&str>) = self.ids.iter().copied().unzip();
        for row in connection.rows(statement, &[&spaces, &ids, &first])? {
            let n: i64 = row.try_get(0)?;
            let thing = usize::try_from(n - 1).ok().and_then(|at| self.states.get_mut(at));
            take(&row, thing.ok_or_else(|| Trouble::Damaged("a row too many".to_owned()))?)?;
        }
        Ok(())
    }

    fn go_through(&mut self, take: impl Fn(&'a (Encoded<'a>, Place), &mut Thing<'a>)) {
        for (both, at) in &self.events {
            take(both, &mut self.states[*at]);
        }
    }

    fn take_out(&self, statement: &'static str, bundle: &mut Bundle<'_>) {
        let gone = self.ids.iter().zip(&self.states).filter(|(_, thing)| thing.goes);
        let gone: Vec<Vec<u8>> = gone.map(|((space, id), _)| name(space, id)).collect();
        if !gone.is_empty() {
            bundle.push(statement, vec![Box::new(gone)]);
        }
    }

    fn begun(&self) -> impl Iterator<Item = (Vec<u8>, &'a (Encoded<'a>, Place))> {
        let all = self.ids.iter().zip(&self.states);
        all.filter_map(|((space, id), thing)| Some((name(space, id), thing.begins?)))
    }
}
