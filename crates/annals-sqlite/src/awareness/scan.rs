//! All entries for a verification, with a look at what is kept beside each.

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry, Name, ScannedEntry};
use rusqlite::{CachedStatement, Connection, Row};

use super::{row, sql};
use crate::read;

/// Where the space stands behind the columns of an entry; the facets follow it.
const SPACE: usize = 15;

/// See [`annals_store::awareness::AwarenessStore::scan`].
pub(super) fn read(connection: &Connection, each: &mut dyn FnMut(&ScannedEntry<'_>)) -> rusqlite::Result<u64> {
    let n_events = read::head(connection)?.n_events;
    let mut changes = connection.prepare_cached(sql::ALL_CHANGES)?;
    let mut statement = connection.prepare_cached(sql::SCAN)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let row::Stored { n, entry } = row::read(row)?;
        let is_whole = has_its_facets(row, &entry)? && has_its_changes(&mut changes, n, &entry)?;
        each(&ScannedEntry { space: row.get_ref(SPACE)?.as_str()?, entry: &entry, is_whole });
    }
    Ok(n_events)
}

fn has_its_facets(row: &Row<'_>, entry: &Entry) -> rusqlite::Result<bool> {
    let facets = entry.facets();
    let text = |index| row.get::<_, Option<String>>(SPACE + index);
    Ok(text(1)?.as_deref() == facets.name.as_ref().map(Name::as_str)
        && text(2)? == facets.state
        && row.get::<_, Option<i64>>(SPACE + 3)? == facets.due.map(Timestamp::as_nanos)
        && text(4)? == facets.learned_from
        && text(5)?.as_deref() == facets.schema.as_ref().map(Name::as_str)
        && row.get::<_, bool>(SPACE + 6)? == facets.has_effect)
}

fn has_its_changes(statement: &mut CachedStatement<'_>, n: i64, entry: &Entry) -> rusqlite::Result<bool> {
    let mut told = Entry { n_changes: 0, changes_digest: [0; 32], ..entry.clone() };
    let mut rows = statement.query([n])?;
    while let Some(row) = rows.next()? {
        told.add_change(&Change { at: Timestamp::from_nanos(row.get(0)?), changed: row::object(row, 1)? });
    }
    Ok((told.n_changes, told.changes_digest) == (entry.n_changes, entry.changes_digest))
}
