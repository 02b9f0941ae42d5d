//! The events by which a log says of itself what is missing or has changed, each with a proof of its own.
//!
//! An erasure may have been recorded long after what it took away, so that it lies outside of the range; therefore these are proved one by one.

use std::ops::Range;

use annals_event::{LeafGroup, StoredEvent, Timestamp, json::write_string};
use annals_store::{Filter, Limit, Order, PageRequest};
use serde_json::Value;

use super::folder::Folder;
use super::pass::Sources;
use crate::Error;
use crate::proof::{leaf_at, proof_of};

/// The types that are looked for.
const TYPES: [&str; 6] =
    ["audit.gap", "audit.erased", "audit.pruned", "audit.key_rotated", "audit.continued", "audit.tree_begun"];

/// One of these events, as far as the report tells it.
pub(super) struct Declared {
    pub(super) seq: u64,
    pub(super) event_type: String,
    pub(super) recorded_at: Timestamp,
    pub(super) credential: Option<String>,
    pub(super) details: Option<Value>,
}

impl Declared {
    /// The rows that an erasure names, both ends included.
    fn rows(&self) -> Option<(u64, u64)> {
        let details = self.details.as_ref()?;
        Some((details.get("first")?.as_u64()?, details.get("last")?.as_u64()?))
    }

    /// Whether it is a pruning of whole rows that names this one among its span.
    pub(super) fn prunes(&self, seq: u64) -> bool {
        self.event_type == "audit.pruned"
            && self.details.as_ref().is_some_and(|details| details.get("rows") == Some(&Value::Bool(true)))
            && self.rows().is_some_and(|(first, last)| (first..=last).contains(&seq))
    }

    fn concerns(&self, range: &Range<u64>) -> bool {
        match self.event_type.as_str() {
            "audit.erased" | "audit.pruned" => {
                self.rows().is_none_or(|(first, last)| first < range.end && range.start <= last)
            }
            _ => range.contains(&self.seq),
        }
    }
}

/// Writes `declared.ndjson`, and answers what stands in it.
pub(super) fn write(sources: &Sources<'_>, range: &Range<u64>, folder: &mut Folder) -> Result<Vec<Declared>, Error> {
    let mut filter = Filter::new().seqs(annals_store::SeqRange { start: 0, end: sources.checkpoint.size });
    for event_type in TYPES {
        filter = filter.event_type(event_type);
    }
    let mut lines = folder.lines("declared.ndjson")?;
    let mut all = Vec::new();
    let mut request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    loop {
        let page = sources.store.query(&filter, &request)?;
        for event in page.events {
            let declared = declared(event);
            if declared.concerns(range) {
                lines.line(&line(sources, &declared)?)?;
                all.push(declared);
            }
        }
        let Some(cursor) = page.cursor else { break };
        request.cursor = Some(cursor);
    }
    lines.end()?;
    Ok(all)
}

fn declared(event: StoredEvent) -> Declared {
    Declared {
        seq: event.seq,
        event_type: event.event_type,
        recorded_at: event.recorded_at,
        credential: event.credential,
        details: event.details.and_then(|details| serde_json::from_str(&details).ok()),
    }
}

fn line(sources: &Sources<'_>, declared: &Declared) -> Result<String, Error> {
    let leaf = leaf_at(sources.evidence, declared.seq)?;
    let proof = proof_of(sources.evidence, &leaf, declared.seq, sources.checkpoint, &LeafGroup::ALL)?;
    let mut line = format!("{{\"seq\":{},\"event_type\":", declared.seq);
    write_string(&declared.event_type, &mut line);
    line.push_str(",\"proof\":");
    write_string(&proof.to_string(), &mut line);
    line.push('}');
    Ok(line)
}
