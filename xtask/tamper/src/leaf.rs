//! The attacker's own way from a row to its leaf: an attacker reads the same documents as we do.
//!
//! It goes by `annals_event::leaf`, which is public, over rows read with plain SQL.

use annals_event::{
    Column, Commitment, Commitments, EventId, LeafGroup, LeafRow, Outcome, Phase, ProducerId, StoredEvent, Texts,
    Timestamp,
};
use annals_tlog::Hash;
use anyhow::Context;
use rusqlite::{Connection, OptionalExtension, Row};

/// The salt of a row.
pub(crate) type Salt = [u8; 32];

/// A row with its salt, if it still has one.
pub(crate) struct Found {
    pub(crate) event: StoredEvent,
    pub(crate) salt: Option<Salt>,
}

/// Reads a row.
pub(crate) fn row(connection: &Connection, seq: i64) -> anyhow::Result<Option<Found>> {
    let mut statement = connection.prepare_cached("SELECT * FROM event WHERE seq = ?")?;
    Ok(statement.query_row([seq], found).optional()?)
}

/// The hash that the tree has for a row that is there.
pub(crate) fn hash(connection: &Connection, seq: i64) -> anyhow::Result<Hash> {
    let found = row(connection, seq)?.with_context(|| format!("no row {seq}"))?;
    hash_of(connection, &found)
}

/// The commitments that a row's leaf holds, whether they can be computed or were kept.
pub(crate) fn commitments(connection: &Connection, found: &Found) -> anyhow::Result<Commitments> {
    let row = LeafRow::of_stored(&found.event);
    if let Some(salt) = found.salt {
        return Ok(row.commitments(&salt, &mut Vec::new()));
    }
    let mut statement = connection.prepare_cached("SELECT who, context, details FROM commitment WHERE seq = ?")?;
    let kept = statement.query_row([i64::try_from(found.event.seq)?], |row| {
        let group = |n| row.get::<_, Option<[u8; 32]>>(n).map(|bytes| bytes.map(Commitment::from_bytes));
        Ok(Commitments { who: group(0)?, context: group(1)?, details: group(2)? })
    });
    kept.with_context(|| format!("no commitments of the emptied row {}", found.event.seq))
}

/// Keeps the commitments of a row beside it, as an erasure does.
pub(crate) fn keep_commitments(connection: &Connection, seq: i64, kept: &Commitments) -> anyhow::Result<()> {
    let [who, context, details] =
        LeafGroup::ALL.map(|group| kept.get(group).map(|commitment| commitment.as_bytes().to_vec()));
    connection.execute(
        "INSERT OR IGNORE INTO commitment (seq, who, context, details) VALUES (?, ?, ?, ?)",
        (seq, who, context, details),
    )?;
    Ok(())
}

fn hash_of(connection: &Connection, found: &Found) -> anyhow::Result<Hash> {
    let commitments = commitments(connection, found)?;
    let mut entry = Vec::new();
    LeafRow::of_stored(&found.event).entry(&commitments, &mut entry);
    Ok(Hash::of_leaf(&entry))
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    let mut texts = Texts::default();
    for column in Column::ALL {
        texts.set(*column, row.get::<_, Option<Box<str>>>(column.name())?);
    }
    let event = StoredEvent {
        seq: row.get::<_, i64>("seq")?.cast_unsigned(),
        id: EventId::from_bytes(row.get("id")?),
        event_type: row.get("event_type")?,
        created_at: Timestamp::from_nanos(row.get("created_at")?),
        recorded_at: Timestamp::from_nanos(row.get("recorded_at")?),
        occurred_at: row.get::<_, Option<i64>>("occurred_at")?.map(Timestamp::from_nanos),
        space: row.get("space")?,
        credential: row.get("credential")?,
        producer: ProducerId::from_bytes(row.get("producer")?),
        pseq: row.get::<_, i64>("pseq")?.cast_unsigned(),
        phase: row.get::<_, String>("phase")?.parse().unwrap_or(Phase::Single),
        outcome: row.get::<_, Option<String>>("outcome")?.and_then(|word| word.parse::<Outcome>().ok()),
        duration_ms: row.get::<_, Option<i64>>("duration_ms")?.map(i64::cast_unsigned),
        n_redacted: row.get("n_redacted")?,
        texts,
        erased_by: row.get::<_, Option<i64>>("erased_by")?.map(i64::cast_unsigned),
        details: row.get("details")?,
    };
    Ok(Found { event, salt: row.get("salt")? })
}
