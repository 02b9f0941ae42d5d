//! Erasing without saying so, or saying so without having been allowed to.
//!
//! The attacker does all that an erasure does, commitments kept and all, so that every leaf can still be computed. What is missing is an event under a signed checkpoint that says who did it and why.

use annals_event::{Column, EventId, LeafGroup, Timestamp};
use anyhow::Context;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::rows::n_rows;
use super::{Done, Place};
use crate::{leaf, tiles};

/// A row without its content; the log says nothing of it, or something of other rows.
pub(super) fn empty_row(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let seq = full_row(place, &connection)?;
    let honest: Vec<i64> = connection
        .prepare("SELECT seq FROM event WHERE event_type IN ('audit.erased', 'audit.pruned')")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let way = place.random.below(5);
    let by = match way {
        0 => None,
        // Some event, that is no erasure.
        1 => Some(place.covered()),
        // An erasure, of other rows; with and without saying so beside it.
        _ => Some(place.random.pick(&honest)),
    };
    let groups: &[LeafGroup] = if way == 4 { &[LeafGroup::Details] } else { &LeafGroup::ALL };
    empty(&connection, seq, groups, by)?;
    if let Some(by) = by.filter(|_| way != 2) {
        connection.execute("INSERT OR IGNORE INTO emptied (by_seq, seq) VALUES (?, ?)", (by, seq))?;
    }
    Ok(Done::said(format!("row {seq}, way {way}, by {by:?}")))
}

/// Rows are emptied, or removed, and an event that says so is put at the log's end, with its leaf, its number and its mark; signed it is not.
pub(super) fn forged(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let end = n_rows(&connection)?;
    let way = place.random.below(3);
    let mut seqs = Vec::new();
    for _ in 0..place.random.between(1, 6) {
        let seq = full_row(place, &connection)?;
        if !seqs.contains(&seq) {
            seqs.push(seq);
        }
    }
    seqs.sort_unstable();
    let mut said = json!({
        "reason": "the user asked for it", "count": seqs.len(), "first": seqs.first(), "last": seqs.last(), "sha256": digest(&seqs),
    });
    match way {
        0 => said["groups"] = json!(["who", "context", "details"]),
        1 => said["groups"] = json!(["details"]),
        _ => said["rows"] = true.into(),
    }
    for seq in &seqs {
        match way {
            0 => empty(&connection, *seq, &LeafGroup::ALL, Some(end))?,
            1 => empty(&connection, *seq, &[LeafGroup::Details], Some(end))?,
            _ => drop(connection.execute("DELETE FROM event WHERE seq = ?", [seq])?),
        }
        connection.execute("INSERT INTO emptied (by_seq, seq) VALUES (?, ?)", (end, seq))?;
    }
    let event_type = if way == 0 { "audit.erased" } else { "audit.pruned" };
    record(place, &connection, end, event_type, &said)?;
    tiles::rebuild(&connection, end.cast_unsigned())?;
    Ok(Done::said(format!("rows {seqs:?}, way {way}, said by {end}")))
}

/// A covered row that has all its content and is none of the log's own.
fn full_row(place: &mut Place<'_>, connection: &Connection) -> anyhow::Result<i64> {
    for _ in 0..1_000 {
        let seq = place.covered();
        let found = leaf::row(connection, seq)?;
        let is_full = |found: &leaf::Found| {
            found.salt.is_some() && found.event.details.is_some() && !found.event.event_type.starts_with("audit.")
        };
        if found.is_some_and(|found| is_full(&found)) {
            return Ok(seq);
        }
    }
    anyhow::bail!("no row to be emptied")
}

/// Takes the content of these groups away, and keeps the commitments.
fn empty(connection: &Connection, seq: i64, groups: &[LeafGroup], by: Option<i64>) -> anyhow::Result<()> {
    let found = leaf::row(connection, seq)?.context("the row is gone")?;
    let commitments = leaf::commitments(connection, &found)?;
    leaf::keep_commitments(connection, seq, &commitments)?;
    let mut columns = vec!["salt"];
    for group in groups {
        columns.extend(match group {
            LeafGroup::Who => {
                let who =
                    Column::ALL.iter().filter(|column| annals_event::leaf_group(**column) == Some(LeafGroup::Who));
                who.map(|column| column.name()).chain(["credential"]).collect::<Vec<_>>()
            }
            LeafGroup::Context => {
                let all = Column::ALL.iter();
                all.filter(|column| annals_event::leaf_group(**column) == Some(LeafGroup::Context))
                    .map(|column| column.name())
                    .collect()
            }
            LeafGroup::Details => vec!["details"],
        });
    }
    if let (false, Some(salt)) = (groups.contains(&LeafGroup::Who), found.salt) {
        // The other groups can still be shown.
        let key = |group| annals_event::GroupKey::derive(&salt, group).as_bytes().to_vec();
        connection.execute(
            "UPDATE commitment SET who_key = ?, context_key = ? WHERE seq = ?",
            (key(LeafGroup::Who), key(LeafGroup::Context), seq),
        )?;
    }
    let emptied: Vec<String> = columns.iter().map(|column| format!("{column} = NULL")).collect();
    connection.execute(&format!("UPDATE event SET {}, erased_by = ? WHERE seq = ?", emptied.join(", ")), (by, seq))?;
    Ok(())
}

/// The digest over the rows that an erasure covers.
fn digest(seqs: &[i64]) -> String {
    let mut hash = Sha256::new();
    for seq in seqs {
        hash.update(seq.to_be_bytes());
    }
    hash.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// An event of the database's own, as an honest writer would have put it.
fn record(
    place: &mut Place<'_>,
    connection: &Connection,
    seq: i64,
    event_type: &str,
    details: &Value,
) -> anyhow::Result<()> {
    let newest: i64 = connection.query_row("SELECT max(recorded_at) FROM event", [], |row| row.get(0))?;
    let at = newest + 1_000_000_000;
    let id = EventId::v7(Timestamp::from_nanos(at), place.random.number());
    connection.execute(
        "INSERT INTO event (seq, id, event_type, created_at, recorded_at, space, credential, producer, pseq, phase, n_redacted, salt, details)
         SELECT ?1, ?2, ?3, ?4, ?4, 'default', 'root', own_producer,
             coalesce((SELECT next_pseq FROM producer WHERE producer = own_producer), 0), 'single', 0, ?5, ?6
         FROM log",
        (seq, id.as_bytes(), event_type, at, place.random.bytes::<32>(), details.to_string()),
    )?;
    connection.execute(
        "INSERT INTO producer (producer, next_pseq, n_shed) SELECT own_producer, 1, 0 FROM log WHERE true
         ON CONFLICT DO UPDATE SET next_pseq = next_pseq + 1",
        [],
    )?;
    Ok(())
}
