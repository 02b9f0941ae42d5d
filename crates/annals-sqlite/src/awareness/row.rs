//! Between an entry and its row, and what stands beside the row.

use annals_event::Timestamp;
use annals_store::awareness::{Entry, EntryId, EntryType};
use rusqlite::Row;
use rusqlite::types::Type;
use serde_json::{Map, Value};

use crate::row::counted;

/// Where the row's own number stands behind the columns of an entry.
const NUMBER: usize = 14;

/// A row as it was read.
pub(super) struct Stored {
    pub(super) n: i64,
    /// Whether the tables of counts count it.
    pub(super) counted: bool,
    pub(super) entry: Entry,
}

/// Reads one row of `entry-columns.sql`.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored { n: row.get(NUMBER)?, counted: row.get(NUMBER + 1)?, entry: entry(row)? })
}

/// Reads the entry alone.
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let entry_type = entry_type(row)?;
    let time = |index| row.get::<_, Option<i64>>(index).map(|at| at.map(Timestamp::from_nanos));
    Ok(Entry {
        id: EntryId::from_bytes(row.get(0)?),
        entry_type,
        source: row.get(2)?,
        tags: json(row, 3)?,
        created: Timestamp::from_nanos(row.get(4)?),
        updated: time(5)?,
        expires: time(6)?,
        deleted: time(7)?,
        logical_key: row.get(8)?,
        language: row.get(9)?,
        credential: row.get(10)?,
        data: object(row, 11)?,
        n_changes: counted(row, 12)?,
        changes_digest: row.get(13)?,
    })
}

/// Reads the type of the entry alone.
pub(super) fn entry_type(row: &Row<'_>) -> rusqlite::Result<EntryType> {
    row.get_ref(1)?.as_str()?.parse().map_err(|error| unreadable(1, error))
}

/// A JSON array of texts.
pub(super) fn json(row: &Row<'_>, index: usize) -> rusqlite::Result<Vec<String>> {
    let values: Vec<Value> =
        serde_json::from_str(row.get_ref(index)?.as_str()?).map_err(|error| unreadable(index, error))?;
    Ok(values.into_iter().filter_map(|value| if let Value::String(text) = value { Some(text) } else { None }).collect())
}

/// A JSON object.
pub(super) fn object(row: &Row<'_>, index: usize) -> rusqlite::Result<Map<String, Value>> {
    serde_json::from_str(row.get_ref(index)?.as_str()?).map_err(|error| unreadable(index, error))
}

/// The texts as a JSON array.
pub(super) fn array(texts: &[String]) -> String {
    Value::from(texts).to_string()
}

fn unreadable(index: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
}
