//! The log told by entry: who read it and who acted on it.
//!
//! Filled by [`follow`] in the transaction that appends an event, and emptied by [`forget`] in the one that erases it, so that it says what the log says at every moment. For an event that tells
//! of no entry it costs a look at the type.

use std::collections::BTreeSet;

use annals_event::{Encoded, Timestamp};
use annals_store::awareness::{EntryId, Trace, Usage, UsageKind, UsageWish};
use rusqlite::{Connection, params, params_from_iter};

pub(super) use annals_store::backend::usage::{Line, first_number, lines, seq_of};
use annals_store::backend::usage::{NUMBERS, READ};

use super::row::json;
use super::sql;
use crate::conditions::Sql;
use crate::row::{counted, stored};

/// Takes in what an appended event tells of entries.
pub(crate) fn follow(
    connection: &Connection,
    event: &Encoded<'_>,
    seq: u64,
    recorded_at: Timestamp,
) -> rusqlite::Result<()> {
    let Some(trace) = Trace::of(event) else { return Ok(()) };
    let (space, at) = (event.space(), recorded_at.as_nanos());
    for Line { number, kind, entry, platform, tool, action, detail, tags } in lines(&trace, seq) {
        let entry = &entry.as_bytes()[..];
        let values = params![number, kind, space, entry, at, platform, tool, action, detail, &*tags];
        connection.prepare_cached(sql::PUT_USAGE)?.execute(values)?;
        if kind == READ {
            let n_reads: i64 =
                connection.prepare_cached(sql::ADD_READING)?.query_row(params![space, entry, at], |row| row.get(0))?;
            if n_reads == 1 {
                connection.prepare_cached(sql::MARK_READ)?.execute(params![space, entry])?;
            }
        }
    }
    Ok(())
}

/// Takes out what an event told, which is erased.
pub(crate) fn forget(connection: &Connection, seq: u64) -> rusqlite::Result<()> {
    let numbers = params![stored(seq * NUMBERS), stored(seq * NUMBERS + NUMBERS - 1)];
    let told: Vec<(i64, i64, String, Vec<u8>)> = connection
        .prepare_cached(sql::USAGE_OF_EVENT)?
        .query_map(numbers, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (number, kind, space, entry) in told {
        connection.prepare_cached(sql::FORGET_USAGE)?.execute([number])?;
        if kind == READ {
            for statement in [sql::TAKE_READING, sql::FORGET_READINGS, sql::MARK_UNREAD] {
                connection.prepare_cached(statement)?.execute(params![space, entry])?;
            }
        }
    }
    Ok(())
}

/// Takes out what events from this `seq` on told, which are lost.
pub(crate) fn cut_back(connection: &Connection, n_events: u64) -> rusqlite::Result<()> {
    let told: Vec<u64> = connection
        .prepare_cached(sql::TOLD_FROM)?
        .query_map([stored(n_events * NUMBERS)], |row| counted(row, 0))?
        .collect::<rusqlite::Result<_>>()?;
    told.into_iter().try_for_each(|seq| forget(connection, seq))
}

/// See [`annals_store::awareness::Shelf::usage`].
pub(super) fn read(connection: &Connection, space: &str, wish: &UsageWish) -> rusqlite::Result<Vec<Usage>> {
    let (mut all, mut n_passed) = (Vec::new(), 0);
    if wish.limit == 0 {
        return Ok(all);
    }
    let statement = statement(space, wish);
    let mut prepared = connection.prepare_cached(&statement.text)?;
    let mut rows = prepared.query(params_from_iter(&statement.values))?;
    let wanted: BTreeSet<&str> = wish.tags.iter().map(String::as_str).collect();
    while let Some(row) = rows.next()? {
        let at = Timestamp::from_nanos(row.get(3)?);
        // Times never decrease along the log.
        if wish.since.is_some_and(|since| at < since) {
            break;
        }
        let tags = json(row, 8)?;
        if !wanted.iter().all(|tag| tags.iter().any(|has| has == tag)) {
            continue;
        }
        if n_passed < wish.offset {
            n_passed += 1;
            continue;
        }
        let id = counted(row, 0)?;
        all.push(Usage {
            id,
            kind: if row.get::<_, i64>(1)? == READ { UsageKind::Read } else { UsageKind::Action },
            entry: EntryId::from_bytes(row.get(2)?),
            seq: id / NUMBERS,
            at,
            platform: row.get(4)?,
            tool: row.get(5)?,
            action: row.get(6)?,
            detail: row.get(7)?,
            tags,
        });
        if all.len() as u64 == wish.limit {
            break;
        }
    }
    Ok(all)
}

fn statement(space: &str, wish: &UsageWish) -> Sql {
    let mut statement = Sql::default();
    statement.push("SELECT ");
    statement.push(sql::USAGE_COLUMNS);
    // Tags are an action's alone.
    let kind = if wish.tags.is_empty() { wish.kind } else { Some(UsageKind::Action) };
    let kinds: &[i64] = match kind {
        Some(UsageKind::Read) => &[0],
        Some(UsageKind::Action) => &[1],
        None => &[0, 1],
    };
    match (wish.entry, kinds) {
        (Some(entry), _) => {
            statement
                .push_with(" FROM entry_usage AS u INDEXED BY entry_usage_entry WHERE u.space = ?", space.to_owned());
            statement.push_with(" AND u.entry = ?", entry.as_bytes().to_vec());
            if let [kind] = kinds {
                statement.push_with(" AND u.kind = ?", *kind);
            }
        }
        (None, [kind]) => {
            statement
                .push_with(" FROM entry_usage AS u INDEXED BY entry_usage_kind WHERE u.space = ?", space.to_owned());
            statement.push_with(" AND u.kind = ?", *kind);
        }
        (None, _) => {
            statement.push_with(" FROM entry_usage AS u NOT INDEXED WHERE u.space = ?", space.to_owned());
        }
    }
    if wish.kind.is_some() && kind != wish.kind {
        statement.push(" AND 0");
    }
    if let Some(platform) = &wish.platform {
        statement.push_with(" AND u.platform = ?", platform.clone());
    }
    if let Some(before) = wish.before {
        statement.push_with(" AND u.id < ?", stored(before));
    }
    statement.push(" ORDER BY u.id DESC");
    statement
}
