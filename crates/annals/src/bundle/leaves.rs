//! Rows as the events that queries show, since a filter speaks about those.

use annals_event::{Column, LeafRow, StoredEvent, Texts};

/// The event of a row.
pub(super) fn event_of(seq: u64, row: &LeafRow<'_>, erased_by: Option<u64>) -> StoredEvent {
    StoredEvent {
        seq,
        id: row.id,
        event_type: row.event_type.to_owned(),
        created_at: row.created_at,
        recorded_at: row.recorded_at,
        occurred_at: row.occurred_at,
        space: row.space.to_owned(),
        credential: row.credential.map(str::to_owned),
        producer: row.producer,
        pseq: row.pseq,
        phase: row.phase,
        outcome: row.outcome,
        duration_ms: row.duration_ms,
        n_redacted: row.n_redacted,
        texts: Column::ALL.iter().filter_map(|&column| Some((column, row.texts[column.index()]?))).collect::<Texts>(),
        details: row.details.map(str::to_owned),
        erased_by,
    }
}
