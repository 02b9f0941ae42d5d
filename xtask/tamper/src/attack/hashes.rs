//! Rows together with their hashes: whoever may write the file may also compute.

use rusqlite::Connection;

use super::{Done, Place};
use crate::{leaf, tiles};

/// What is changed in these attacks: columns that are in the leaf in clear, and in each of its groups.
const COLUMNS: &[&str] = &["created_at", "event_type", "credential", "actor_name", "tool", "resource", "details"];

/// A row and its leaf in the tree, which then fit each other and nothing above.
pub(super) fn row_and_leaf(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let (seq, what) = edited_row(place, &connection)?;
    tiles::set_leaf(&connection, seq, leaf::hash(&connection, seq)?)?;
    Ok(Done::said(what))
}

/// One or several rows and then the whole tree, which is sound in itself and not the one that was signed.
pub(super) fn rebuild_tree(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let mut first = i64::MAX;
    let mut said = Vec::new();
    for _ in 0..place.random.between(1, 4) {
        let (seq, what) = edited_row(place, &connection)?;
        first = first.min(seq);
        said.push(what);
    }
    tiles::rebuild(&connection, first.cast_unsigned())?;
    Ok(Done::said(said.join(", ")))
}

/// Edits a row that has all its content, in a way that can be hashed.
pub(super) fn edited_row(place: &mut Place<'_>, connection: &Connection) -> anyhow::Result<(i64, String)> {
    loop {
        let seq = place.covered();
        let Some(found) = leaf::row(connection, seq)? else { continue };
        // A gap or an erasure that is edited well is one that was dropped or forged, which are attacks of their own.
        if found.salt.is_none() || found.event.event_type.starts_with("audit.") {
            continue;
        }
        let column = place.random.pick(COLUMNS);
        let new = format!("edited-{}", place.random.below(1_000));
        let changed = match column {
            "created_at" => connection.execute("UPDATE event SET created_at = created_at + 1 WHERE seq = ?", [seq])?,
            "event_type" => connection.execute("UPDATE event SET event_type = 'context.built' WHERE seq = ?", [seq])?,
            "details" => connection
                .execute("UPDATE event SET details = '{\"edited\":' || ? || '}' WHERE seq = ?", (seq + 7, seq))?,
            column => connection.execute(&format!("UPDATE event SET {column} = ? WHERE seq = ?"), (&new, seq))?,
        };
        anyhow::ensure!(changed == 1, "row {seq} is gone");
        return Ok((seq, format!("`{column}` of {seq}")));
    }
}
