//! An event as a database gives it out.

use crate::column::{Column, Texts};
use crate::id::{EventId, ProducerId};
use crate::time::Timestamp;
use crate::words::{Outcome, Phase};

/// A row of the log, without its salt: what queries return and [`json::write`](crate::json::write) shows.
///
/// The fields are the columns. Whoever reads a row fills it, so they are open and there is no constructor to keep in
/// step with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the log, dense from 0.
    pub seq: u64,
    /// Its id.
    pub id: EventId,
    /// Its type.
    pub event_type: String,
    /// When it was recorded, by the caller's clock.
    pub created_at: Timestamp,
    /// When it was numbered, by the writer's clock; never decreases with `seq`.
    pub recorded_at: Timestamp,
    /// When it happened, as the sender claims.
    pub occurred_at: Option<Timestamp>,
    /// Whose record it is.
    pub space: String,
    /// The authenticated token or OS user behind the call; nothing once the row was erased.
    pub credential: Option<String>,
    /// The journal it came through.
    pub producer: ProducerId,
    /// Its place in that journal, dense from 0.
    pub pseq: u64,
    /// Where in its operation it stands.
    pub phase: Phase,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// How many secrets were taken out of it.
    pub n_redacted: u32,
    /// Its text columns.
    pub texts: Texts,
    /// Its details, the exact bytes that are stored: one JSON object.
    pub details: Option<String>,
    /// The `seq` of the event that erased or pruned it.
    pub erased_by: Option<u64>,
}

impl StoredEvent {
    /// A text column.
    pub fn get(&self, column: Column) -> Option<&str> {
        self.texts.get(column)
    }
}
