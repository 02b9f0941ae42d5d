//! What beside the entries does not follow from them and the log.
//!
//! Events and rows of usage come in the order of the log and are merged; readings and usage come in the order of entries. So nothing is collected but the counts, of which there are as many as
//! sources, types and tags. What an event tells is asked of the function that writes it.
//!
//! It does not know which words an entry should have: whoever stemmed them knows the language. That they are words of the entry's own space, and that the index is that of the words, it sees.

use std::collections::HashMap;

use annals_event::Timestamp;
use annals_store::awareness::{Astray, Beside, EntryId, Told, Trace};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::usage::{Line, first_number, lines, seq_of};
use super::{bag, row, sql};
use crate::read;
use crate::row::counted;

/// See [`annals_store::awareness::AwarenessStore::check`].
pub(super) fn read(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<Astray>> {
    let mut astray = Vec::new();
    usage(connection, &mut astray)?;
    readings(connection, &mut astray)?;
    entries(connection, now, &mut astray)?;
    let said: String = connection.query_row(sql::CHECK_INDEX, [], |row| row.get(0))?;
    if said != "ok" {
        Astray::add(&mut astray, Beside::Index, None, None);
    }
    Ok(astray)
}

/// Rows of usage against the events, both by `seq`.
fn usage(connection: &Connection, astray: &mut Vec<Astray>) -> rusqlite::Result<()> {
    let first_change: Option<u64> =
        connection.prepare(sql::FIRST_CHANGE)?.query_row([], |row| counted(row, 0)).optional()?;
    let (mut events, mut usage) = (connection.prepare(sql::TELLING_EVENTS)?, connection.prepare(sql::ALL_USAGE)?);
    let (mut events, mut rows) = (events.query([])?, usage.query([])?);
    let mut row = rows.next()?;
    while let Some(event) = events.next()? {
        let (seq, trace) = (counted(event, 0)?, trace(event)?);
        let told = trace.as_ref().map(|trace| lines(trace, seq)).unwrap_or_default();
        // Of events from before there were entries nothing was taken in.
        let is_early = first_change.is_none_or(|first| seq < first);
        if is_early && row.map(number).transpose()?.is_none_or(|next| next >= first_number(seq.saturating_add(1))) {
            continue;
        }
        for line in &told {
            while let Some(before) = row
                && number(before)? < line.number
            {
                untold(before, astray)?;
                row = rows.next()?;
            }
            match row {
                Some(same) if number(same)? == line.number => {
                    if !is_told(same, line, event)? {
                        Astray::add(astray, Beside::Usage, Some(line.entry), Some(seq));
                    }
                    row = rows.next()?;
                }
                _ => Astray::add(astray, Beside::Usage, Some(line.entry), Some(seq)),
            }
        }
    }
    while let Some(rest) = row {
        untold(rest, astray)?;
        row = rows.next()?;
    }
    Ok(())
}

fn number(row: &Row<'_>) -> rusqlite::Result<i64> {
    row.get(0)
}

fn trace(event: &Row<'_>) -> rusqlite::Result<Option<Trace>> {
    let text = |index: usize| Ok::<_, rusqlite::Error>(event.get_ref(index)?.as_str_or_null()?);
    Ok(Trace::of(Told {
        event_type: event.get_ref(3)?.as_str()?,
        resource: text(4)?,
        tool: text(5)?,
        client: text(6)?,
        details: text(7)?,
    }))
}

/// A row that no event tells.
fn untold(row: &Row<'_>, astray: &mut Vec<Astray>) -> rusqlite::Result<()> {
    let entry = row.get(3).ok().map(EntryId::from_bytes);
    Astray::add(astray, Beside::Usage, entry, Some(seq_of(number(row)?)));
    Ok(())
}

fn is_told(row: &Row<'_>, line: &Line<'_>, event: &Row<'_>) -> rusqlite::Result<bool> {
    let text = |index: usize| Ok::<_, rusqlite::Error>(row.get_ref(index)?.as_str_or_null()?);
    Ok(row.get::<_, i64>(1)? == line.kind
        && row.get_ref(2)? == event.get_ref(1)?
        && row.get_ref(3)?.as_blob()? == line.entry.as_bytes()
        && row.get_ref(4)? == event.get_ref(2)?
        && text(5)? == line.platform
        && text(6)? == Some(line.tool)
        && text(7)? == Some(line.action)
        && text(8)? == line.detail
        && text(9)? == Some(&*line.tags))
}

/// How often an entry was read, by the table and by the rows of usage, both by entry.
fn readings(connection: &Connection, astray: &mut Vec<Astray>) -> rusqlite::Result<()> {
    let (mut kept, mut told) = (connection.prepare(sql::ALL_READINGS)?, connection.prepare(sql::READINGS_IN_USAGE)?);
    let (mut kept, mut told) = (kept.query([])?, told.query([])?);
    let (mut one, mut other) = (kept.next()?, told.next()?);
    loop {
        let order = match (one, other) {
            (None, None) => return Ok(()),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(one), Some(other)) => place(one)?.cmp(&place(other)?),
        };
        let (row, is_same) = match (order, one, other) {
            (std::cmp::Ordering::Equal, Some(one), Some(other)) => {
                (Some(one), one.get_ref(2)? == other.get_ref(2)? && one.get_ref(3)? == other.get_ref(3)?)
            }
            (std::cmp::Ordering::Less, ..) => (one, false),
            _ => (other, false),
        };
        if !is_same {
            let entry = row.and_then(|row| row.get(1).ok()).map(EntryId::from_bytes);
            Astray::add(astray, Beside::Readings, entry, None);
        }
        if order.is_le() {
            one = kept.next()?;
        }
        if order.is_ge() {
            other = told.next()?;
        }
    }
}

/// The space and the entry, as SQLite orders them.
fn place<'r>(row: &'r Row<'_>) -> rusqlite::Result<(&'r str, &'r [u8])> {
    Ok((row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_blob()?))
}

/// What stands beside each entry, and the counts over all.
fn entries(connection: &Connection, now: Timestamp, astray: &mut Vec<Astray>) -> rusqlite::Result<()> {
    // What is expired for whoever wrote last is expired, also by a clock that was set back since.
    let now = read::head(connection)?.recorded_at.map_or(now, |written| written.max(now)).as_nanos();
    let spaces: HashMap<String, i64> = connection
        .prepare(sql::ALL_SPACES)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut by_type = HashMap::<(String, String, String), i64>::new();
    let mut by_tag = HashMap::<(String, String), i64>::new();
    let (mut n_entries, mut n_wordless) = (0_u64, 0_u64);
    let mut statement = connection.prepare(sql::ENTRIES_BESIDE)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (entry, space): (_, String) = (EntryId::from_bytes(row.get(0)?), row.get(1)?);
        let (expires, deleted): (Option<i64>, Option<i64>) = (row.get(5)?, row.get(6)?);
        let (is_unread, is_counted, was_read): (bool, bool, bool) = (row.get(7)?, row.get(8)?, row.get(9)?);
        n_entries += 1;
        if is_unread == was_read {
            Astray::add(astray, Beside::Unread, Some(entry), None);
        }
        let is_expired = expires.is_some_and(|expires| expires <= now);
        // One that expired is counted until something of its space is changed.
        if if is_counted { deleted.is_some() } else { deleted.is_none() && !is_expired } {
            Astray::add(astray, Beside::Counted, Some(entry), None);
        }
        let is_bag_of_words = || {
            let (kept, words) = (row.get_ref(14)?.as_blob_or_null()?, bag::of_row(row, 11)?);
            Ok::<_, rusqlite::Error>(kept.is_some_and(|kept| bag::is_of_words(kept, &words)))
        };
        if !(row.get::<_, bool>(10)? && has_words_of(row, spaces.get(&space).copied())? && is_bag_of_words()?) {
            n_wordless += 1;
            Astray::add(astray, Beside::Words, Some(entry), None);
        }
        if is_counted {
            let tags: std::collections::BTreeSet<String> = row::json(row, 4)?.into_iter().collect();
            for tag in tags {
                *by_tag.entry((space.clone(), tag)).or_default() += 1;
            }
            *by_type.entry((space, row.get(2)?, row.get(3)?)).or_default() += 1;
        }
    }
    let n_words: [u64; 3] =
        connection.query_row(sql::COUNT_WORDS, [], |row| Ok([counted(row, 0)?, counted(row, 1)?, counted(row, 2)?]))?;
    if n_wordless == 0 && n_words != [n_entries; 3] {
        Astray::add(astray, Beside::Words, None, None);
    }
    counts(
        connection,
        sql::ALL_COUNTS,
        by_type,
        |row| Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?)),
        astray,
    )?;
    counts(connection, sql::ALL_TAG_COUNTS, by_tag, |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)), astray)
}

/// Whether each word begins with the number of the entry's space, without which no search of the space finds it.
fn has_words_of(row: &Row<'_>, space: Option<i64>) -> rusqlite::Result<bool> {
    let Some(space) = space else { return Ok(false) };
    let number = format!("{space}_");
    for field in 11..14 {
        match row.get_ref(field)?.as_str_or_null()? {
            Some(words) if words.split_ascii_whitespace().all(|word| word.starts_with(&number)) => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// Counts as they are kept against those that were made.
fn counts<K: Eq + std::hash::Hash>(
    connection: &Connection,
    statement: &str,
    mut made: HashMap<K, i64>,
    kept: impl Fn(&Row<'_>) -> rusqlite::Result<(K, i64)>,
    astray: &mut Vec<Astray>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(statement)?;
    let mut rows = statement.query(params![])?;
    while let Some(row) = rows.next()? {
        let (key, n) = kept(row)?;
        if made.remove(&key) != Some(n) {
            Astray::add(astray, Beside::Counts, None, None);
        }
    }
    for _ in made {
        Astray::add(astray, Beside::Counts, None, None);
    }
    Ok(())
}
