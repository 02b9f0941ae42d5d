//! One value of one row is another one afterwards.
//!
//! The new value is one that an honest row could have, taken from another row where there is one, or one that no honest row has. The clever way goes behind the indexes, so
//! that a search by the old value still finds the row and an index-only read still shows it.

use annals::Column;
use annals::verify::Verdict;
use anyhow::{Context, bail};
use rusqlite::types::{Type, Value};
use rusqlite::{Connection, OptionalExtension};

use super::{Attack, Done, Place, attack};
use crate::random::Random;

/// The columns beside the texts; `seq` has attacks of its own.
const OTHERS: &[&str] = &[
    "id",
    "event_type",
    "created_at",
    "recorded_at",
    "occurred_at",
    "space",
    "credential",
    "producer",
    "pseq",
    "phase",
    "outcome",
    "duration_ms",
    "n_redacted",
    "erased_by",
    "salt",
    "details",
];

/// How many values are tried before there is none to be had.
const N_VALUES: usize = 64;

/// An attack for each column.
pub(super) fn attacks() -> Vec<Attack> {
    let texts = Column::ALL.iter().map(|column| column.name());
    OTHERS
        .iter()
        .copied()
        .chain(texts)
        .map(|column| {
            attack(format!("edit-{column}"), Verdict::Edited, move |place: &mut Place<'_>| edit(place, column))
        })
        .collect()
}

/// Changes the details of a row, so little that no eye sees it.
pub(super) fn details(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let (seq, details) = loop {
        let seq = place.covered();
        let details: Option<String> = connection
            .query_row("SELECT details FROM event WHERE seq = ?", [seq], |row| row.get(0))
            .optional()?
            .flatten();
        if let Some(details) = details {
            break (seq, details);
        }
    };
    let new = match place.random.below(4) {
        // The same JSON to every reader, and other bytes.
        0 => details.replacen(':', ": ", 1),
        1 => format!("{details} "),
        2 => "{}".to_owned(),
        _ => changed_character(&details, &mut place.random),
    };
    let new = if new == details { format!("{details} ") } else { new };
    connection.execute("UPDATE event SET details = ? WHERE seq = ?", (&new, seq))?;
    Ok(Done::said(format!("details of {seq}")))
}

fn edit(place: &mut Place<'_>, column: &str) -> anyhow::Result<Done> {
    let behind_indexes = place.random.one_in(3);
    let hidden = if behind_indexes { Some(hide_indexes(&place.open()?)?) } else { None };
    let connection = place.open()?;
    let what = edit_one(place, &connection, column)?;
    if let Some(hidden) = hidden {
        bring_back(&connection, &hidden)?;
    }
    Ok(Done::said(format!("{what}{}", if behind_indexes { " behind the indexes" } else { "" })))
}

/// Gives one row another value, and tells which.
pub(super) fn edit_one(place: &mut Place<'_>, connection: &Connection, column: &str) -> anyhow::Result<String> {
    for _ in 0..N_VALUES {
        let seq = place.covered();
        let read = format!("SELECT {column} FROM event WHERE seq = ?");
        let Some(old) = connection.query_row(&read, [seq], |row| row.get::<_, Value>(0)).optional()? else { continue };
        // Only of a row that was emptied does this column mean anything; of another it is made up.
        let new = new_value(place, connection, column, &old)?;
        if new == old {
            continue;
        }
        let changed = connection.execute(&format!("UPDATE event SET {column} = ? WHERE seq = ?"), (&new, seq));
        match changed {
            Ok(_) => return Ok(format!("`{column}` of {seq} from {old:?} to {new:?}")),
            // A value that stands elsewhere where each may stand once, or none where there must be one.
            Err(rusqlite::Error::SqliteFailure(..)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("no other value for `{column}`")
}

fn new_value(place: &mut Place<'_>, connection: &Connection, column: &str, old: &Value) -> anyhow::Result<Value> {
    let other = place.covered();
    let random = &mut place.random;
    if random.one_in(3) {
        let read = format!("SELECT {column} FROM event WHERE seq = ?");
        let stolen = connection.query_row(&read, [other], |row| row.get(0)).optional()?;
        return Ok(stolen.unwrap_or(Value::Null));
    }
    if column == "erased_by" {
        return Ok(match old {
            Value::Integer(by) => Value::Integer(by + 1),
            _ => Value::Integer(other),
        });
    }
    Ok(match (old, random.below(8)) {
        (Value::Null, _) => made_up(connection, column)?,
        (_, 0) => Value::Null,
        (Value::Integer(number), 1) => Value::Integer(-number - 1),
        (Value::Integer(number), _) => Value::Integer(number + 1 + random.below(1_000).cast_signed()),
        (Value::Text(_), 1) => Value::Text(String::new()),
        (Value::Text(text), _) => Value::Text(changed_character(text, random)),
        (Value::Blob(bytes), 1) => Value::Blob(bytes[..bytes.len() / 2].to_vec()),
        (Value::Blob(bytes), _) => {
            let mut bytes = bytes.clone();
            let at = random.index(bytes.len());
            let byte = bytes.get_mut(at).context("an empty value")?;
            *byte ^= 1 << random.below(8);
            Value::Blob(bytes)
        }
        (Value::Real(_), _) => bail!("no column holds broken numbers"),
    })
}

/// A value where there was none.
fn made_up(connection: &Connection, column: &str) -> anyhow::Result<Value> {
    let kind = connection.query_row("SELECT type FROM pragma_table_info('event') WHERE name = ?", [column], |row| {
        row.get::<_, String>(0)
    })?;
    Ok(match kind.as_str() {
        "INTEGER" => Value::Integer(1),
        "BLOB" => Value::Blob(vec![1; 32]),
        "TEXT" if column == "outcome" => Value::Text("success".to_owned()),
        "TEXT" => Value::Text("somebody".to_owned()),
        _ => bail!("`{column}` holds {:?}", Type::Null),
    })
}

/// The text with one letter or digit that is another one.
fn changed_character(text: &str, random: &mut Random) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let changeable: Vec<usize> = (0..characters.len()).filter(|at| characters[*at].is_ascii_alphanumeric()).collect();
    match changeable.get(random.index(changeable.len())) {
        Some(at) => characters[*at] = if characters[*at] == '7' { '8' } else { '7' },
        None => characters.push('7'),
    }
    characters.into_iter().collect()
}

/// What `sqlite_schema` says of one index.
pub(super) struct Index {
    name: String,
    table: String,
    root: i64,
    sql: Option<String>,
}

/// Takes the indexes out of the schema, their pages left as they are. Seen by the next connection.
pub(super) fn hide_indexes(connection: &Connection) -> anyhow::Result<Vec<Index>> {
    let mut read = connection.prepare(
        "SELECT name, tbl_name, rootpage, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'event'",
    )?;
    let indexes = read
        .query_map([], |row| Ok(Index { name: row.get(0)?, table: row.get(1)?, root: row.get(2)?, sql: row.get(3)? }))?
        .collect::<Result<_, _>>()?;
    connection.pragma_update(None, "writable_schema", "on")?;
    connection.execute("DELETE FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'event'", [])?;
    Ok(indexes)
}

/// Puts them back as if nothing had happened.
pub(super) fn bring_back(connection: &Connection, indexes: &[Index]) -> anyhow::Result<()> {
    connection.pragma_update(None, "writable_schema", "on")?;
    for index in indexes {
        connection.execute(
            "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('index', ?, ?, ?, ?)",
            (&index.name, &index.table, index.root, &index.sql),
        )?;
    }
    Ok(())
}
