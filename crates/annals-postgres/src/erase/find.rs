//! Which rows are meant: read in short transactions outside the write lock, and looked at again under it.

use annals_event::{EventId, Timestamp};
use annals_store::{Erasure, MAX_COVERED, Selection, SeqRange, fits, is_kept_for_ever};
use tokio_postgres::Row;

use crate::conditions::first_at;
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::row::{bytes, counted, stored, time};
use crate::sql;

/// How many rows one read looks at.
const ROWS_A_READ: u64 = 20_000;
/// The rows of a full tile, by which whole rows go.
const TILE: u64 = 256;

/// What is to become of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// It goes.
    Goes,
    /// It is meant, but too young.
    Spared,
    /// It is meant, but speaks of the log itself.
    KeptForEver,
    /// It is not meant.
    Stays,
    /// Neither it nor what lies behind it is meant.
    End,
}

/// A row that was looked at.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    pub(crate) seq: u64,
    pub(crate) event_type: String,
    pub(crate) fate: Fate,
}

/// Looks at rows from a `seq` on. The second value says where the next look begins; nothing at the end of the log.
pub(crate) fn look(
    connection: &Connection,
    erasure: &Erasure,
    from: u64,
) -> Result<(Vec<Looked>, Option<u64>), Trouble> {
    if let Selection::Events(ids) = &erasure.what {
        let mut looked = Vec::new();
        for id in ids {
            looked.extend(by_id(connection, erasure, *id)?.filter(|looked| from <= looked.seq));
        }
        looked.sort_by_key(|looked| looked.seq);
        return Ok((looked, None));
    }
    let looked = candidates(connection, erasure, from, ROWS_A_READ)?;
    let is_end = (looked.len() as u64) < ROWS_A_READ || looked.iter().any(|looked| looked.fate == Fate::End);
    let next = looked.last().filter(|_| !is_end).map(|looked| looked.seq + 1);
    Ok((looked, next))
}

/// Those of these rows that are (still) to go.
pub(crate) fn still(connection: &Connection, erasure: &Erasure, seqs: &[u64]) -> Result<Vec<u64>, Trouble> {
    let seqs: Vec<i64> = seqs.iter().map(|seq| stored(*seq)).collect();
    let mut still = Vec::with_capacity(seqs.len());
    for row in &connection.rows(sql::ROWS_TO_ERASE, &[&seqs, &user(erasure)])? {
        let has_content: bool = row.try_get(5)?;
        let found = match &erasure.what {
            Selection::Events(ids) => {
                let is_named = has_content && ids.contains(&EventId::from_bytes(bytes(row, 6)?));
                tell(row, erasure, |_, _| if is_named { Fate::Goes } else { Fate::Stays })?
            }
            _ => judge(row, erasure)?,
        };
        still.extend((found.fate == Fate::Goes).then_some(found.seq));
    }
    Ok(still)
}

/// The ids among these that the log does not have.
pub(crate) fn missing(connection: &Connection, erasure: &Erasure) -> Result<Vec<EventId>, Trouble> {
    let Selection::Events(ids) = &erasure.what else { return Ok(Vec::new()) };
    let mut missing = Vec::new();
    for id in ids {
        if by_id(connection, erasure, *id)?.is_none() {
            missing.push(*id);
        }
    }
    Ok(missing)
}

/// Where whole rows may go up to: under full tiles, and only what was recorded before the moment. Nothing for what empties rows.
pub(crate) fn row_limit(connection: &Connection, erasure: &Erasure) -> Result<Option<u64>, Trouble> {
    let Selection::Rows { before } = &erasure.what else { return Ok(None) };
    let before = (*before).min(erasure.spare_since);
    let head = crate::read::head(connection)?.n_events;
    let first = first_at(connection, SeqRange { start: 0, end: head }, before.as_nanos())?;
    Ok(Some(first / TILE * TILE))
}

/// Of rows to delete, those that one declaration covers: it ends at a full tile, or where all of them end.
pub(crate) fn cut(rows: &mut Vec<u64>) {
    if let Some(last) = rows.get(MAX_COVERED - 1).copied() {
        let end = (last + 1) / TILE * TILE;
        rows.retain(|seq| *seq < end);
    }
}

fn candidates(connection: &Connection, erasure: &Erasure, from: u64, limit: u64) -> Result<Vec<Looked>, Trouble> {
    let user = user(erasure);
    if user.is_some_and(|user| user.contains('\0')) {
        // No text of this database has one.
        return Ok(Vec::new());
    }
    let mut looked = Vec::new();
    for row in &connection.rows(sql::ERASE_CANDIDATES, &[&stored(from), &stored(limit), &user])? {
        let found = judge(row, erasure)?;
        let is_end = found.fate == Fate::End;
        looked.push(found);
        if is_end {
            break;
        }
    }
    Ok(looked)
}

fn user(erasure: &Erasure) -> Option<&str> {
    match &erasure.what {
        Selection::User(user) => Some(user.as_str()),
        _ => None,
    }
}

/// What is to become of a row by what it says.
fn judge(row: &Row, erasure: &Erasure) -> Result<Looked, Trouble> {
    let (is_of_user, has_details): (bool, bool) = (row.try_get(3)?, row.try_get(4)?);
    tell(row, erasure, |event_type, recorded_at| match &erasure.what {
        Selection::User(_) if is_of_user => Fate::Goes,
        Selection::Details { before, .. } | Selection::Rows { before } if *before <= recorded_at => Fate::End,
        Selection::Details { types, .. } if has_details && fits(types, event_type) => Fate::Goes,
        Selection::Rows { .. } => Fate::Goes,
        _ => Fate::Stays,
    })
}

fn by_id(connection: &Connection, erasure: &Erasure, id: EventId) -> Result<Option<Looked>, Trouble> {
    let Some(row) = connection.first(sql::ERASE_BY_ID, &[&&id.as_bytes()[..]])? else { return Ok(None) };
    let has_content: bool = row.try_get(3)?;
    tell(&row, erasure, |_, _| if has_content { Fate::Goes } else { Fate::Stays }).map(Some)
}

fn tell(row: &Row, erasure: &Erasure, judge: impl FnOnce(&str, Timestamp) -> Fate) -> Result<Looked, Trouble> {
    let event_type: String = row.try_get(1)?;
    let recorded_at = time(row, 2)?;
    let fate = match judge(&event_type, recorded_at) {
        Fate::Goes if is_kept_for_ever(&event_type) => Fate::KeptForEver,
        Fate::Goes if erasure.spare_since <= recorded_at => Fate::Spared,
        fate => fate,
    };
    Ok(Looked { seq: counted(row, 0)?, event_type, fate })
}
