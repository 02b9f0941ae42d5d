//! Reminders: which fire, and which wait to be acted on.
//!
//! A reminder that fired stays in every briefing until somebody acts on it, whoever asks; firing it is one change that a store makes under a lock, so
//! two who ask at once see the same. A snoozed one wakes by firing again.

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry};
use serde_json::{Value, json};

use super::Material;
use crate::changes::Wished;

/// Why a reminder fired, as the original says it.
const REASON: &str = "Delivered via briefing";

/// Makes a due intention `fired`, and answers what it was before; `None` for one that is not due, or not any more. It must have been read for change.
pub fn fire(entry: &mut Entry, now: Timestamp) -> Option<Change> {
    entry.facets().due.filter(|due| *due <= now)?;
    Wished::default().with("state", Some("fired")).with("state_reason", Some(REASON)).apply(entry, now)
}

/// Those that fired, just now or before, none twice.
pub(super) fn fired(material: &Material) -> Vec<&Entry> {
    let mut told: Vec<&Entry> = Vec::new();
    for entry in material.loaded.due.iter().chain(&material.loaded.fired) {
        if told.iter().all(|known| known.id != entry.id) {
            told.push(entry);
        }
    }
    told
}

pub(super) fn is_pending(entry: &Entry) -> bool {
    entry.text("state") == Some("pending")
}

/// As the briefing shows it.
pub(super) fn line(entry: &Entry) -> Value {
    json!({
        "id": entry.id.to_string(),
        "goal": entry.text("goal").unwrap_or_default(),
        "source": entry.source,
        "tags": entry.tags,
    })
}

#[cfg(test)]
mod tests;
