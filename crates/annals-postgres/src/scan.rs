//! Rows as a verifier sees them: with everything that their leaf is made of, and readable whatever somebody wrote into them.

use annals_event::{
    Column, Commitment, Commitments, EventId, GroupKey, LeafRow, Outcome, Phase, ProducerId, Salt, Timestamp,
};
use annals_store::{DeadLetter, Emptied, Mark, RowContent, ScannedRow};
use tokio_postgres::Row;

use crate::connection::Connection;
use crate::failure::Trouble;
use crate::row::{DETAILS, ERASED_BY, FIRST_TEXT, SALT, bytes, counted, stored};
use crate::sql;

/// Where what was kept of an emptied row stands, behind the salt.
const EMPTIED: usize = SALT + 1;

/// Hands the rows from `first` to `last` on, both included.
pub(crate) fn visit(rows: &[Row], visit: &mut dyn FnMut(ScannedRow<'_>)) -> Result<(), Trouble> {
    for row in rows {
        visit(ScannedRow { seq: row.try_get(0)?, content: content(row) });
    }
    Ok(())
}

/// What a row says, or what is wrong with it.
fn content(row: &Row) -> Result<RowContent<'_>, String> {
    let mut texts = [None; Column::COUNT];
    for column in Column::ALL {
        texts[column.index()] = optional(row, FIRST_TEXT + column.index(), column.name())?;
    }
    let salt: Option<Salt> = some_bytes(row, SALT, "salt")?;
    let erased_by = count(row, ERASED_BY, "erased_by")?;
    let emptied = if salt.is_none() || erased_by.is_some() { emptied(row)? } else { None };
    Ok(RowContent {
        row: LeafRow {
            id: EventId::from_bytes(all_bytes(row, 1, "id")?),
            event_type: value(row, 2, "event_type")?,
            created_at: Timestamp::from_nanos(value(row, 3, "created_at")?),
            recorded_at: Timestamp::from_nanos(value(row, 4, "recorded_at")?),
            occurred_at: optional(row, 5, "occurred_at")?.map(Timestamp::from_nanos),
            space: value(row, 6, "space")?,
            credential: optional(row, 7, "credential")?,
            producer: ProducerId::from_bytes(all_bytes(row, 8, "producer")?),
            pseq: count(row, 9, "pseq")?.ok_or("`pseq` has no value")?,
            phase: value::<&str>(row, 10, "phase")?.parse::<Phase>().map_err(|_| "`phase` is no phase")?,
            outcome: match optional::<&str>(row, 11, "outcome")? {
                Some(word) => Some(word.parse::<Outcome>().map_err(|_| "`outcome` is no outcome")?),
                None => None,
            },
            duration_ms: count(row, 12, "duration_ms")?,
            n_redacted: count(row, 13, "n_redacted")?
                .and_then(|count| count.try_into().ok())
                .ok_or("`n_redacted` is no count")?,
            texts,
            details: optional(row, DETAILS, "details")?,
        },
        salt,
        erased_by,
        emptied,
    })
}

/// What is kept of a row that was emptied.
fn emptied(row: &Row) -> Result<Option<Emptied>, String> {
    if optional::<i64>(row, EMPTIED, "commitment.seq")?.is_none() {
        return Ok(None);
    }
    let commitment = |n, name| Ok::<_, String>(some_bytes(row, EMPTIED + n, name)?.map(Commitment::from_bytes));
    let key = |n, name| Ok::<_, String>(some_bytes(row, EMPTIED + n, name)?.map(GroupKey::from_bytes));
    Ok(Some(Emptied {
        commitments: Commitments {
            who: commitment(1, "commitment.who")?,
            context: commitment(2, "commitment.context")?,
            details: commitment(3, "commitment.details")?,
        },
        who_key: key(4, "commitment.who_key")?,
        context_key: key(5, "commitment.context_key")?,
    }))
}

fn optional<'r, T: tokio_postgres::types::FromSql<'r>>(
    row: &'r Row,
    index: usize,
    name: &str,
) -> Result<Option<T>, String> {
    row.try_get(index).map_err(|_| format!("`{name}` can't be read"))
}

fn value<'r, T: tokio_postgres::types::FromSql<'r>>(row: &'r Row, index: usize, name: &str) -> Result<T, String> {
    optional(row, index, name)?.ok_or_else(|| format!("`{name}` has no value"))
}

fn count(row: &Row, index: usize, name: &str) -> Result<Option<u64>, String> {
    let value = optional::<i64>(row, index, name)?.map(u64::try_from).transpose();
    value.map_err(|_| format!("`{name}` is no count"))
}

fn some_bytes<const N: usize>(row: &Row, index: usize, name: &str) -> Result<Option<[u8; N]>, String> {
    let bytes = optional::<&[u8]>(row, index, name)?;
    bytes.map(|bytes| bytes.try_into().map_err(|_| format!("`{name}` has {} bytes", bytes.len()))).transpose()
}

fn all_bytes<const N: usize>(row: &Row, index: usize, name: &str) -> Result<[u8; N], String> {
    some_bytes(row, index, name)?.ok_or_else(|| format!("`{name}` has no value"))
}

/// See [`annals_store::EvidenceStore::marks`].
pub(crate) fn marks(
    connection: &Connection,
    after: Option<ProducerId>,
    limit: usize,
) -> Result<Vec<(ProducerId, Mark)>, Trouble> {
    // Nothing sorts before no bytes, and every producer behind it.
    let after = after.map_or_else(Vec::new, |after| after.as_bytes().to_vec());
    let mark = |row: &Row| {
        let mark = Mark { next_pseq: counted(row, 1)?, n_shed: counted(row, 2)? };
        Ok((ProducerId::from_bytes(bytes(row, 0)?), mark))
    };
    connection.rows(sql::MARKS, &[&after, &stored(limit as u64)])?.iter().map(mark).collect()
}

/// See [`annals_store::EvidenceStore::dead_letters`].
pub(crate) fn dead_letters(connection: &Connection, from: u64, limit: usize) -> Result<Vec<DeadLetter>, Trouble> {
    let letter = |row: &Row| {
        Ok(DeadLetter {
            gap_seq: counted(row, 0)?,
            producer: ProducerId::from_bytes(bytes(row, 1)?),
            pseq: counted(row, 2)?,
        })
    };
    connection.rows(sql::DEAD_LETTERS_FROM, &[&stored(from), &stored(limit as u64)])?.iter().map(letter).collect()
}
