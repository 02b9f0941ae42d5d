//! Between an entry and its row, and what stands beside the row.

use annals_event::Timestamp;
use annals_store::awareness::{Entry, EntryId, EntryType, Name};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio_postgres::Row;

use crate::failure::Trouble;
use crate::row::{bytes, counted, time};

/// Where the row's own number stands behind the columns of an entry.
const NUMBER: usize = 14;
/// Where whatever a statement adds to these columns begins.
pub(super) const BEHIND: usize = NUMBER + 2;

/// A row as it was read.
pub(super) struct Stored {
    pub(super) n: i64,
    /// Whether the tables of counts count it.
    pub(super) counted: bool,
    pub(super) entry: Entry,
}

/// Reads one row of `entry-columns.sql`.
pub(super) fn read(row: &Row) -> Result<Stored, Trouble> {
    Ok(Stored { n: row.try_get(NUMBER)?, counted: row.try_get(NUMBER + 1)?, entry: entry(row)? })
}

/// Reads the entry alone.
pub(super) fn entry(row: &Row) -> Result<Entry, Trouble> {
    let entry_type: EntryType =
        row.try_get::<_, &str>(1)?.parse().map_err(|_| Trouble::Damaged("`entry_type` is no type".to_owned()))?;
    let moment = |index| Ok::<_, Trouble>(row.try_get::<_, Option<i64>>(index)?.map(Timestamp::from_nanos));
    Ok(Entry {
        id: EntryId::from_bytes(bytes(row, 0)?),
        entry_type,
        source: row.try_get(2)?,
        tags: texts(row.try_get(3)?)?,
        created: time(row, 4)?,
        updated: moment(5)?,
        expires: moment(6)?,
        deleted: moment(7)?,
        logical_key: row.try_get(8)?,
        language: row.try_get(9)?,
        credential: row.try_get(10)?,
        data: object(row.try_get(11)?)?,
        n_changes: counted(row, 12)?,
        changes_digest: bytes(row, 13)?,
    })
}

/// The texts of a JSON array.
pub(super) fn texts(text: &str) -> Result<Vec<String>, Trouble> {
    serde_json::from_str(text).map_err(|_| Trouble::Damaged("an array of texts is none".to_owned()))
}

/// A JSON object.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, Trouble> {
    serde_json::from_str(text).map_err(|_| Trouble::Damaged("the data of an entry are none".to_owned()))
}

/// The texts as a JSON array.
pub(super) fn array(texts: &[String]) -> String {
    Value::from(texts).to_string()
}

/// By what the logical key of a source is told from all others.
pub(super) fn key_digest(source: &str, logical_key: &str) -> Vec<u8> {
    digest(source, logical_key)
}

/// By what a name is told from all others.
pub(super) fn name_digest(name: &Name) -> Vec<u8> {
    digest(name.entry_type().as_str(), name.as_str())
}

/// No text of this database has a zero byte.
fn digest(one: &str, other: &str) -> Vec<u8> {
    Sha256::new().chain_update(one).chain_update([0]).chain_update(other).finalize().to_vec()
}
