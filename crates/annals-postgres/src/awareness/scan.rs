//! All entries for a verification, with a look at what is kept beside each.

use std::collections::{BTreeSet, HashMap};

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry, EntryId, Name, ScannedEntry};
use tokio_postgres::Row;

use super::row::{self, BEHIND, key_digest, name_digest};
use super::sql;
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::read;
use crate::row::bytes;

/// So many entries are read at once.
const AT_ONCE: i64 = 500;

/// What stands beside one entry.
#[derive(Default)]
struct Beside {
    spaces: BTreeSet<String>,
    tags: Vec<String>,
    links: Vec<EntryId>,
    changes: Vec<Change>,
}

/// See [`annals_store::awareness::AwarenessStore::scan`].
pub(super) fn read(connection: &Connection, each: &mut dyn FnMut(&ScannedEntry<'_>)) -> Result<u64, Trouble> {
    let n_events = read::head(connection)?.n_events;
    let mut after = i64::MIN;
    loop {
        let rows = connection.rows(sql::SCAN, &[&after, &AT_ONCE])?;
        let entries = rows.iter().map(row::read).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = entries.last() else { return Ok(n_events) };
        after = last.n;
        let mut beside = beside(connection, &entries.iter().map(|stored| stored.n).collect())?;
        for (row, stored) in rows.iter().zip(&entries) {
            let (entry, space) = (&stored.entry, row.try_get::<_, &str>(BEHIND)?);
            let mut own = beside.remove(&stored.n).unwrap_or_default();
            let is_whole = has_its_facets(row, entry)? && own.is_of(entry, space);
            each(&ScannedEntry { space, entry, is_whole });
        }
    }
}

fn has_its_facets(row: &Row, entry: &Entry) -> Result<bool, Trouble> {
    let facets = entry.facets();
    let text = |index| row.try_get::<_, Option<&str>>(BEHIND + index);
    let digest = |index| row.try_get::<_, Option<&[u8]>>(BEHIND + index);
    let key = entry.logical_key.as_ref().map(|key| key_digest(&entry.source, key));
    Ok(text(1)? == facets.name.as_ref().map(Name::as_str)
        && text(2)? == facets.state.as_deref()
        && row.try_get::<_, Option<i64>>(BEHIND + 3)? == facets.due.map(Timestamp::as_nanos)
        && text(4)? == facets.learned_from.as_deref()
        && text(5)? == facets.schema.as_ref().map(Name::as_str)
        && row.try_get::<_, bool>(BEHIND + 6)? == facets.has_effect
        && digest(7)? == key.as_deref()
        && digest(8)? == facets.name.as_ref().map(name_digest).as_deref())
}

fn beside(connection: &Connection, numbers: &Vec<i64>) -> Result<HashMap<i64, Beside>, Trouble> {
    let mut all: HashMap<i64, Beside> = HashMap::new();
    for row in connection.rows(sql::BESIDE, &[numbers])? {
        let own = all.entry(row.try_get(1)?).or_default();
        match row.try_get::<_, i32>(0)? {
            0 => own.tags.push(row.try_get(3)?),
            1 => own.links.push(EntryId::from_bytes(bytes(&row, 4)?)),
            _ => own
                .changes
                .push(Change { at: Timestamp::from_nanos(row.try_get(2)?), changed: row::object(row.try_get(3)?)? }),
        }
        own.spaces.insert(row.try_get(5)?);
    }
    Ok(all)
}

impl Beside {
    /// Exactly what it should have, so that it is found by what it has and by nothing else.
    fn is_of(&mut self, entry: &Entry, space: &str) -> bool {
        self.tags.sort_unstable();
        self.links.sort_unstable();
        let mut told = Entry { n_changes: 0, changes_digest: [0; 32], ..entry.clone() };
        for change in &self.changes {
            told.add_change(change);
        }
        let (tags, related) = (entry.tags.iter().collect::<BTreeSet<_>>(), entry.facets().related);
        self.spaces.iter().all(|own| own == space)
            && self.tags.iter().eq(tags)
            && self.links.iter().eq(related.iter())
            && (told.n_changes, told.changes_digest) == (entry.n_changes, entry.changes_digest)
    }
}
