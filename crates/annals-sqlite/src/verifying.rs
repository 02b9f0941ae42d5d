//! What a verifier holds against the rows: the producers' marks, the list of what was emptied, and the dead letters, a page at a time.
//!
//! None of them is under the tree. Each is evidence because an edit of it contradicts the rows, which are.

use annals_event::ProducerId;
use annals_store::{DeadLetter, Mark};
use rusqlite::{Connection, params};

use crate::row::{counted, stored};
use crate::sql;

/// See [`annals_store::EvidenceStore::marks`].
pub(crate) fn marks(
    connection: &Connection,
    after: Option<ProducerId>,
    limit: usize,
) -> rusqlite::Result<Vec<(ProducerId, Mark)>> {
    // Nothing sorts before the empty blob, and every producer behind it.
    let after = after.map_or_else(Vec::new, |after| after.as_bytes().to_vec());
    connection
        .prepare_cached(sql::MARKS)?
        .query_map(params![after, stored(limit as u64)], |row| {
            let mark = Mark { next_pseq: counted(row, 1)?, n_shed: counted(row, 2)? };
            Ok((ProducerId::from_bytes(row.get(0)?), mark))
        })?
        .collect()
}

/// See [`annals_store::EvidenceStore::emptied_by`].
pub(crate) fn emptied_by(connection: &Connection, by: u64, from: u64, limit: usize) -> rusqlite::Result<Vec<u64>> {
    connection
        .prepare_cached(sql::EMPTIED_FROM)?
        .query_map(params![stored(by), stored(from), stored(limit as u64)], |row| counted(row, 0))?
        .collect()
}

/// See [`annals_store::EvidenceStore::dead_letters`].
pub(crate) fn dead_letters(connection: &Connection, from: u64, limit: usize) -> rusqlite::Result<Vec<DeadLetter>> {
    connection
        .prepare_cached(sql::DEAD_LETTERS_FROM)?
        .query_map(params![stored(from), stored(limit as u64)], |row| {
            Ok(DeadLetter {
                gap_seq: counted(row, 0)?,
                producer: ProducerId::from_bytes(row.get(1)?),
                pseq: counted(row, 2)?,
            })
        })?
        .collect()
}
