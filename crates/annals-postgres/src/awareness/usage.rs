//! The log told by entry: who read it and who acted on it.
//!
//! Filled by [`follow`] in the transaction that appends events, and emptied by [`forget`] in the one that erases them, so that it says what the log says at every moment.

use std::collections::BTreeSet;

use annals_event::{Encoded, Timestamp};
use annals_store::awareness::{EntryId, Trace, Usage, UsageKind, UsageWish};
use annals_store::backend::usage::{ACTED, Line, NUMBERS, READ, lines};
use tokio_postgres::Row;

use super::choice::push_text;
use super::row::texts;
use super::sql;
use crate::conditions::Sql;
use crate::connection::{Bundle, Connection};
use crate::failure::Trouble;
use crate::row::{bytes, counted, counts, stored, time};
use crate::rows::Place;

/// Takes in what appended events tell of entries.
pub(crate) fn follow(
    connection: &Connection,
    events: &[(Encoded<'_>, Place)],
    recorded_at: Timestamp,
    bundle: &mut Bundle<'_>,
) {
    let traces: Vec<(&str, u64, Trace)> =
        events.iter().filter_map(|(event, place)| Some((event.space(), place.seq, Trace::of(event)?))).collect();
    let all: Vec<(&str, Line<'_>)> = traces
        .iter()
        .flat_map(|(space, seq, trace)| lines(trace, *seq).into_iter().map(|line| (*space, line)))
        .collect();
    if all.is_empty() {
        return;
    }
    let texts = |text: fn(&Line<'_>) -> String| all.iter().map(|(_, line)| text(line)).collect::<Vec<String>>();
    let optional =
        |text: fn(&Line<'_>) -> Option<String>| all.iter().map(|(_, line)| text(line)).collect::<Vec<Option<String>>>();
    connection.widen();
    bundle.push_rows(
        sql::PUT_USAGE,
        vec![
            Box::new(all.iter().map(|(_, line)| line.number).collect::<Vec<_>>()),
            Box::new(all.iter().map(|(_, line)| line.kind).collect::<Vec<_>>()),
            Box::new(all.iter().map(|(space, _)| (*space).to_owned()).collect::<Vec<_>>()),
            Box::new(all.iter().map(|(_, line)| line.entry.as_bytes().to_vec()).collect::<Vec<_>>()),
            Box::new(optional(|line| line.platform.map(str::to_owned))),
            Box::new(texts(|line| line.tool.to_owned())),
            Box::new(texts(|line| line.action.to_owned())),
            Box::new(optional(|line| line.detail.map(str::to_owned))),
            Box::new(texts(|line| line.tags.to_string())),
            Box::new(recorded_at.as_nanos()),
        ],
    );
}

/// Takes out what events told, which are erased.
pub(crate) fn forget(connection: &Connection, seqs: &[i64]) -> Result<(), Trouble> {
    let (mut spaces, mut entries) = (Vec::<String>::new(), Vec::<Vec<u8>>::new());
    for row in connection.rows(sql::FORGET_USAGE, &[&seqs.to_vec()])? {
        if row.try_get::<_, i64>(0)? == READ {
            spaces.push(row.try_get(1)?);
            entries.push(row.try_get(2)?);
        }
    }
    if !spaces.is_empty() {
        for statement in [sql::TAKE_READINGS, sql::FORGET_READINGS, sql::MARK_UNREAD] {
            connection.execute(statement, &[&spaces, &entries])?;
        }
    }
    Ok(())
}

/// Takes out what events from this `seq` on told, which are lost.
pub(crate) fn cut_back(connection: &Connection, n_events: u64) -> Result<(), Trouble> {
    let told = counts(&connection.rows(sql::TOLD_FROM, &[&stored(n_events.saturating_mul(NUMBERS))])?, 0)?;
    forget(connection, &told.into_iter().map(stored).collect::<Vec<_>>())
}

/// See [`annals_store::awareness::Shelf::usage`].
pub(super) fn read(connection: &Connection, space: &str, wish: &UsageWish) -> Result<Vec<Usage>, Trouble> {
    let wanted: BTreeSet<&str> = wish.tags.iter().map(String::as_str).collect();
    let (mut all, mut n_passed, mut before) = (Vec::new(), 0, wish.before);
    while (all.len() as u64) < wish.limit {
        // Tags are looked at here, so there may be more to read than is shown.
        let at_once = (wish.limit - all.len() as u64).saturating_add(wish.offset - n_passed).min(MAX_AT_ONCE);
        let rows = statement(space, wish, before, at_once).rows(connection)?;
        for row in &rows {
            let usage = of_row(row)?;
            before = Some(usage.id);
            // Times never decrease along the log.
            if wish.since.is_some_and(|since| usage.at < since) {
                return Ok(all);
            }
            if !wanted.iter().all(|tag| usage.tags.iter().any(|has| has == tag)) {
                continue;
            }
            if n_passed < wish.offset {
                n_passed += 1;
            } else if (all.len() as u64) < wish.limit {
                all.push(usage);
            }
        }
        if (rows.len() as u64) < at_once {
            break;
        }
    }
    Ok(all)
}

/// So many rows are read at once.
const MAX_AT_ONCE: u64 = 1_000;

fn of_row(row: &Row) -> Result<Usage, Trouble> {
    let id = counted(row, 0)?;
    Ok(Usage {
        id,
        kind: if row.try_get::<_, i64>(1)? == READ { UsageKind::Read } else { UsageKind::Action },
        entry: EntryId::from_bytes(bytes(row, 2)?),
        seq: id / NUMBERS,
        at: time(row, 3)?,
        platform: row.try_get(4)?,
        tool: row.try_get(5)?,
        action: row.try_get(6)?,
        detail: row.try_get(7)?,
        tags: texts(row.try_get(8)?)?,
    })
}

fn statement(space: &str, wish: &UsageWish, before: Option<u64>, at_most: u64) -> Sql {
    let mut statement = Sql::new("SELECT ");
    statement.push(sql::USAGE_COLUMNS);
    statement.push_with(" FROM entry_usage AS u WHERE u.space = ?", space);
    match wish.kind {
        // Tags are an action's alone.
        Some(UsageKind::Read) if !wish.tags.is_empty() => statement.push(" AND FALSE"),
        Some(UsageKind::Read) => statement.push_with(" AND u.kind = ?", READ),
        Some(UsageKind::Action) => statement.push_with(" AND u.kind = ?", ACTED),
        None if !wish.tags.is_empty() => statement.push_with(" AND u.kind = ?", ACTED),
        None => {}
    }
    if let Some(entry) = wish.entry {
        statement.push_with(" AND u.entry = ?", &entry.as_bytes()[..]);
    }
    if let Some(platform) = &wish.platform {
        push_text(&mut statement, " AND u.platform = ?", platform);
    }
    if let Some(before) = before {
        statement.push_with(" AND u.id < ?", stored(before));
    }
    statement.push_with(" ORDER BY u.id DESC LIMIT ?", stored(at_most));
    statement
}
