//! All entries for a verification, with a look at what is kept beside each.

use std::collections::BTreeSet;

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry, EntryId, Name, ScannedEntry};
use rusqlite::{CachedStatement, Connection, Row, params};

use super::{row, sql};
use crate::read;
use crate::row::counted;

/// Where the space stands behind the columns of an entry; the facets follow it.
const SPACE: usize = 16;

/// See [`annals_store::awareness::AwarenessStore::scan`].
pub(super) fn read(connection: &Connection, each: &mut dyn FnMut(&ScannedEntry<'_>)) -> rusqlite::Result<u64> {
    let n_events = read::head(connection)?.n_events;
    let mut changes = connection.prepare_cached(sql::ALL_CHANGES)?;
    let mut statement = connection.prepare_cached(sql::SCAN)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let row::Stored { n, entry, .. } = row::read(row)?;
        let space = row.get_ref(SPACE)?.as_str()?;
        let is_whole = has_its_facets(row, &entry)?
            && has_its_changes(&mut changes, n, &entry)?
            && has_its_tags_and_links(connection, space, n, &entry)?;
        each(&ScannedEntry { space, entry: &entry, is_whole });
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

/// Exactly those, so that it is found by what it has and by nothing else.
fn has_its_tags_and_links(connection: &Connection, space: &str, n: i64, entry: &Entry) -> rusqlite::Result<bool> {
    let tags: Vec<String> = connection
        .prepare_cached(sql::TAGS)?
        .query_map(params![n, space, entry.touched().as_nanos(), &entry.id.as_bytes()[..]], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let links: Vec<[u8; 16]> = connection
        .prepare_cached(sql::LINKS)?
        .query_map(params![n, space], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let n_beside: (u64, u64) =
        connection.prepare_cached(sql::COUNT_BESIDE)?.query_row([n], |row| Ok((counted(row, 0)?, counted(row, 1)?)))?;
    let (known, related) = (entry.tags.iter().collect::<BTreeSet<_>>(), entry.facets().related);
    Ok(n_beside == (known.len() as u64, related.len() as u64)
        && tags.iter().eq(known)
        && links.iter().eq(related.iter().map(EntryId::as_bytes)))
}
