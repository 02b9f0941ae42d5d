//! Which rows are meant: read in short transactions outside the write lock, and looked at again under it.

use annals_event::{EventId, Timestamp};
use annals_store::{Erasure, MAX_COVERED, Selection, fits, is_kept_for_ever};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::row::{counted, stored};
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
) -> rusqlite::Result<(Vec<Looked>, Option<u64>)> {
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

/// Whether a row is (still) to go.
pub(crate) fn goes(connection: &Connection, erasure: &Erasure, seq: u64) -> rusqlite::Result<bool> {
    let looked = match &erasure.what {
        Selection::Events(_) => {
            let id: Option<[u8; 16]> =
                connection.prepare_cached(sql::ID_OF_ROW)?.query_row([stored(seq)], |row| row.get(0)).optional()?;
            match id {
                Some(id) => by_id(connection, erasure, EventId::from_bytes(id))?,
                None => None,
            }
        }
        _ => candidates(connection, erasure, seq, 1)?.pop(),
    };
    Ok(looked.is_some_and(|looked| looked.seq == seq && looked.fate == Fate::Goes))
}

/// The ids among these that the log does not have.
pub(crate) fn missing(connection: &Connection, erasure: &Erasure) -> rusqlite::Result<Vec<EventId>> {
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
pub(crate) fn row_limit(connection: &Connection, erasure: &Erasure) -> rusqlite::Result<Option<u64>> {
    let Selection::Rows { before } = &erasure.what else { return Ok(None) };
    let before = (*before).min(erasure.spare_since);
    let head = crate::read::head(connection)?.n_events;
    // `recorded_at` never steps back, so halving finds the first row that stays.
    let (mut low, mut high) = (0, head);
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, u64)> = connection
            .prepare_cached(sql::RECORDED_AT_OR_AFTER)?
            .query_row([stored(middle)], |row| Ok((row.get(0)?, counted(row, 1)?)))
            .optional()?;
        match found {
            Some((recorded_at, seq)) if Timestamp::from_nanos(recorded_at) < before => low = seq + 1,
            _ => high = middle,
        }
    }
    Ok(Some(low / TILE * TILE))
}

/// Of rows to delete, those that one declaration covers: it ends at a full tile, or where all of them end.
pub(crate) fn cut(rows: &mut Vec<u64>) {
    if let Some(last) = rows.get(MAX_COVERED - 1).copied() {
        let end = (last + 1) / TILE * TILE;
        rows.retain(|seq| *seq < end);
    }
}

fn candidates(connection: &Connection, erasure: &Erasure, from: u64, limit: u64) -> rusqlite::Result<Vec<Looked>> {
    let user = match &erasure.what {
        Selection::User(user) => Some(user.as_str()),
        _ => None,
    };
    let mut statement = connection.prepare_cached(sql::ERASE_CANDIDATES)?;
    let mut rows = statement.query(params![stored(from), stored(limit), user])?;
    let mut looked = Vec::new();
    while let Some(row) = rows.next()? {
        let (is_of_user, has_details): (bool, bool) = (row.get(3)?, row.get(4)?);
        let found = tell(row, erasure, |event_type, recorded_at| match &erasure.what {
            Selection::User(_) if is_of_user => Fate::Goes,
            Selection::Details { before, .. } | Selection::Rows { before } if *before <= recorded_at => Fate::End,
            Selection::Details { types, .. } if has_details && fits(types, event_type) => Fate::Goes,
            Selection::Rows { .. } => Fate::Goes,
            _ => Fate::Stays,
        })?;
        let is_end = found.fate == Fate::End;
        looked.push(found);
        if is_end {
            break;
        }
    }
    Ok(looked)
}

fn by_id(connection: &Connection, erasure: &Erasure, id: EventId) -> rusqlite::Result<Option<Looked>> {
    connection
        .prepare_cached(sql::ERASE_BY_ID)?
        .query_row([&id.as_bytes()[..]], |row| {
            let has_content: bool = row.get(3)?;
            tell(row, erasure, |_, _| if has_content { Fate::Goes } else { Fate::Stays })
        })
        .optional()
}

fn tell(row: &Row<'_>, erasure: &Erasure, judge: impl FnOnce(&str, Timestamp) -> Fate) -> rusqlite::Result<Looked> {
    let event_type: String = row.get(1)?;
    let recorded_at = Timestamp::from_nanos(row.get(2)?);
    let fate = match judge(&event_type, recorded_at) {
        Fate::Goes if is_kept_for_ever(&event_type) => Fate::KeptForEver,
        Fate::Goes if erasure.spare_since <= recorded_at => Fate::Spared,
        fate => fate,
    };
    Ok(Looked { seq: counted(row, 0)?, event_type, fate })
}
