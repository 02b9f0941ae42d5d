//! Whole rows: taken away, cut off, put in, put elsewhere.
//!
//! The clumsy way touches `event` alone. The clever way also takes along what the file says elsewhere of these rows: tree, marks, what is kept of emptied rows, dead letters. What it can't take
//! along is the checkpoints, and so a log that is sound in itself afterwards is still not the one that was signed.

use anyhow::Context;
use rusqlite::{Connection, OptionalExtension};

use super::{Done, Place};
use crate::tiles;

/// One row, neither the last nor one that declares a loss (that is an attack of its own).
pub(super) fn delete(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let seq = plain_row(place, &connection)?;
    connection.execute("DELETE FROM event WHERE seq = ?", [seq])?;
    let way = place.random.below(3);
    if way == 1 {
        forget(&connection, seq)?;
    }
    if way == 2 {
        // As if it had never been: whoever looks for an open operation or session finds none either.
        connection.execute("DELETE FROM open_operation WHERE seq = ?", [seq])?;
        connection.execute("DELETE FROM open_session WHERE seq = ?", [seq])?;
    }
    Ok(Done::said(format!("row {seq}, way {way}")))
}

/// The rows from some place on to the end; checkpoints in the database still know of more.
pub(super) fn cut_tail(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let first = end_of_less(place, &connection)?;
    let way = place.random.below(3);
    connection.execute("DELETE FROM event WHERE seq >= ?", [first])?;
    if way >= 1 {
        cut_tree(&connection, first)?;
    }
    if way >= 2 {
        cut_knowledge(&connection, first)?;
    }
    Ok(Done::said(format!("from {first} on, way {way}")))
}

/// The same with everything that the database knows: what is left is a sound log of before, and only what lies outside knows better.
pub(super) fn cut_everything(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let first = end_of_less(place, &connection)?;
    cut_to(&connection, first)?;
    let way = place.random.below(2);
    if way == 1 {
        // Keys that were pinned later never were.
        connection.execute("DELETE FROM log_key WHERE from_size > ?", [first])?;
    }
    Ok(Done::said(format!("from {first} on, way {way}")))
}

/// Makes the database one that never had more events than this.
pub(super) fn cut_to(connection: &Connection, size: i64) -> anyhow::Result<()> {
    connection.execute("DELETE FROM event WHERE seq >= ?", [size])?;
    cut_tree(connection, size)?;
    cut_knowledge(connection, size)?;
    connection.execute("DELETE FROM checkpoint WHERE size > ?", [size])?;
    Ok(())
}

/// A size that the log could have had as it is: its last row is there.
fn end_of_less(place: &mut Place<'_>, connection: &Connection) -> anyhow::Result<i64> {
    let mut is_there = connection.prepare("SELECT 1 FROM event WHERE seq = ?")?;
    loop {
        let size = place.covered();
        if size == 0 || is_there.exists([size - 1])? {
            return Ok(size);
        }
    }
}

/// A row that nobody recorded.
pub(super) fn insert(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let like = plain_row(place, &connection)?;
    let end = n_rows(&connection)?;
    let way = place.random.below(5);
    let at = match way {
        // Where the next one will come.
        0 => end,
        1 => end + place.random.between(1, 1_000).cast_signed(),
        2 => -place.random.between(1, 1_000).cast_signed(),
        // Between two others, and all later ones are moved on, with or without what is kept of emptied ones.
        _ => {
            let at = place.covered();
            shift(&connection, at, 1)?;
            if way == 4 {
                shift_knowledge(&connection, at, 1)?;
            }
            at
        }
    };
    let like = if way >= 3 && like >= at { like + 1 } else { like };
    copy(place, &connection, like, at)?;
    Ok(Done::said(format!("a row like {like} at {at}, way {way}")))
}

/// Two rows have changed places.
pub(super) fn swap(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let one = plain_row(place, &connection)?;
    let other = if place.random.one_in(2) { neighbour(&connection, one)? } else { other_row(place, &connection, one)? };
    for (from, to) in [(one, i64::MIN), (other, one), (i64::MIN, other)] {
        connection.execute("UPDATE event SET seq = ? WHERE seq = ?", (to, from))?;
        connection.execute("UPDATE commitment SET seq = ? WHERE seq = ?", (to, from))?;
    }
    Ok(Done::said(format!("rows {one} and {other}")))
}

/// A row, or all rows from some place on, have other numbers.
pub(super) fn renumber(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let end = n_rows(&connection)?;
    let seq = plain_row(place, &connection)?;
    let way = place.random.below(4);
    let to = match way {
        0 => end + place.random.below(1_000).cast_signed(),
        1 => -place.random.between(1, 1_000).cast_signed(),
        // Taken out and put back elsewhere, and those between move up.
        2 => {
            let to = other_row(place, &connection, seq)?;
            connection.execute("UPDATE event SET seq = ? WHERE seq = ?", (i64::MIN, seq))?;
            let (low, high, by) = if seq < to { (seq + 1, to, -1) } else { (to, seq - 1, 1) };
            connection.execute("UPDATE commitment SET seq = ? WHERE seq = ?", (i64::MIN, seq))?;
            shift_between(&connection, "event", low, high, by)?;
            shift_between(&connection, "commitment", low, high, by)?;
            connection.execute("UPDATE event SET seq = ? WHERE seq = ?", (to, i64::MIN))?;
            connection.execute("UPDATE commitment SET seq = ? WHERE seq = ?", (to, i64::MIN))?;
            return Ok(Done::said(format!("row {seq} moved to {to} among the others")));
        }
        _ => {
            let by = place.random.between(1, 10).cast_signed();
            shift(&connection, seq, by)?;
            return Ok(Done::said(format!("rows from {seq} on by {by}")));
        }
    };
    connection.execute("UPDATE event SET seq = ? WHERE seq = ?", (to, seq))?;
    Ok(Done::said(format!("row {seq} is {to}")))
}

/// A declared loss is declared no more.
pub(super) fn drop_gap(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let mut read = connection.prepare("SELECT seq FROM event WHERE event_type = 'audit.gap' AND seq < ?")?;
    let gaps =
        read.query_map([place.original.n_sealed.cast_signed()], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let seq = place.random.pick(&gaps);
    let way = place.random.below(3);
    let harmless = "UPDATE event SET event_type = 'context.built', details = '{}' WHERE seq = ?";
    let gone = "DELETE FROM event WHERE seq = ?";
    connection.execute(if way == 2 { harmless } else { gone }, [seq])?;
    match way {
        // The dead letter goes with its gap.
        1 => drop(connection.execute("DELETE FROM dead_letter WHERE gap_seq = ?", [seq])?),
        // Something harmless stands in its place, and the tree is made anew: no row is missing, and every row fits its leaf.
        2 => {
            connection.execute("DELETE FROM dead_letter WHERE gap_seq = ?", [seq])?;
            tiles::rebuild(&connection, seq.cast_unsigned())?;
        }
        _ => {}
    }
    Ok(Done::said(format!("gap {seq}, way {way}")))
}

/// The number of rows, as the tree of the untouched log has it.
pub(super) fn n_rows(connection: &Connection) -> anyhow::Result<i64> {
    Ok(connection.query_row("SELECT max(seq) + 1 FROM event", [], |row| row.get(0))?)
}

/// A covered row that is there, not the last one, and declares no loss.
pub(super) fn plain_row(place: &mut Place<'_>, connection: &Connection) -> anyhow::Result<i64> {
    let last = n_rows(connection)? - 1;
    let mut read = connection.prepare_cached("SELECT event_type FROM event WHERE seq = ?")?;
    for _ in 0..1_000 {
        let seq = place.covered();
        let found: Option<String> = read.query_row([seq], |row| row.get(0)).optional()?;
        if seq < last && found.is_some_and(|event_type| event_type != "audit.gap") {
            return Ok(seq);
        }
    }
    anyhow::bail!("no row to be had")
}

fn other_row(place: &mut Place<'_>, connection: &Connection, than: i64) -> anyhow::Result<i64> {
    loop {
        let other = plain_row(place, connection)?;
        if other != than {
            return Ok(other);
        }
    }
}

/// The next row that is there.
fn neighbour(connection: &Connection, of: i64) -> anyhow::Result<i64> {
    let next: Option<i64> = connection.query_row("SELECT min(seq) FROM event WHERE seq > ?", [of], |row| row.get(0))?;
    next.context("the last row has no neighbour")
}

/// Moves the rows from some number on.
fn shift(connection: &Connection, from: i64, by: i64) -> anyhow::Result<()> {
    shift_between(connection, "event", from, i64::MAX, by)
}

fn shift_between(connection: &Connection, table: &str, low: i64, high: i64, by: i64) -> anyhow::Result<()> {
    // By way of numbers that nobody has, since no two rows may have the same on the way.
    const ASIDE: i64 = -1 << 40;
    let moved = format!("UPDATE {table} SET seq = seq + ?1 WHERE seq BETWEEN ?2 AND ?3");
    connection.execute(&moved, (ASIDE, low, high))?;
    connection.execute(&moved, (by - ASIDE, low.saturating_add(ASIDE), high.saturating_add(ASIDE).min(0)))?;
    Ok(())
}

/// Moves what is kept beside the rows along with them.
fn shift_knowledge(connection: &Connection, from: i64, by: i64) -> anyhow::Result<()> {
    const ASIDE: i64 = -1 << 40;
    for (table, column) in
        [("commitment", "seq"), ("emptied", "seq"), ("emptied", "by_seq"), ("dead_letter", "gap_seq")]
    {
        let moved = format!("UPDATE {table} SET {column} = {column} + ?1 WHERE {column} BETWEEN ?2 AND ?3");
        connection.execute(&moved, (ASIDE, from, i64::MAX))?;
        connection.execute(&moved, (by - ASIDE, i64::MIN, -1_i64))?;
    }
    connection.execute("UPDATE event SET erased_by = erased_by + ? WHERE erased_by >= ?", (by, from))?;
    Ok(())
}

/// What is kept of a row beside it.
fn forget(connection: &Connection, seq: i64) -> anyhow::Result<()> {
    connection.execute("DELETE FROM commitment WHERE seq = ?", [seq])?;
    connection.execute("DELETE FROM emptied WHERE seq = ?", [seq])?;
    Ok(())
}

fn cut_tree(connection: &Connection, size: i64) -> anyhow::Result<()> {
    let mut leaves = tiles::leaves(connection)?;
    leaves.truncate(usize::try_from(size)?);
    tiles::write(connection, &leaves)
}

/// Marks, dead letters and what was emptied, as they were when the log had this size.
fn cut_knowledge(connection: &Connection, size: i64) -> anyhow::Result<()> {
    connection.execute_batch(&format!(
        "DELETE FROM commitment WHERE seq >= {size};
         DELETE FROM emptied WHERE seq >= {size};
         DELETE FROM dead_letter WHERE gap_seq >= {size};
         DELETE FROM open_operation WHERE seq >= {size};
         DELETE FROM open_session WHERE seq >= {size};
         UPDATE producer SET next_pseq =
             coalesce((SELECT max(pseq) + 1 FROM event WHERE event.producer = producer.producer), 0);
         UPDATE producer SET n_shed = coalesce((
             SELECT sum(json_extract(details, '$.count')) FROM event
             WHERE event_type = 'audit.gap' AND json_extract(details, '$.reason') = 'shed'
                 AND json_extract(details, '$.producer') = lower(hex(producer.producer))
         ), 0);"
    ))?;
    Ok(())
}

/// A row like another one, under another id.
fn copy(place: &mut Place<'_>, connection: &Connection, from: i64, to: i64) -> anyhow::Result<()> {
    let mut read = connection.prepare("SELECT name FROM pragma_table_info('event')")?;
    let names = read.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let pseq = if place.random.one_in(2) { "pseq" } else { "pseq + 1" };
    let values: Vec<&str> = names
        .iter()
        .map(|name| match name.as_str() {
            "seq" => "?1",
            "id" => "?2",
            "pseq" => pseq,
            name => name,
        })
        .collect();
    let insert =
        format!("INSERT INTO event ({}) SELECT {} FROM event WHERE seq = ?3", names.join(", "), values.join(", "));
    connection.execute(&insert, (to, place.random.bytes::<16>(), from))?;
    Ok(())
}
