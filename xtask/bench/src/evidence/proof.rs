//! The proof of one event out of all: found by its id, its row hashed, its path read from the tiles, checked, and written as text.

use std::path::Path;
use std::time::Instant;

use annals::{Audit, Cursor, EventId, Filter, LeafGroup, Limit, Order, PageRequest};
use serde_json::json;

use super::say;
use crate::numbers::Times;
use crate::report::{Bound, Part, Table};
use crate::sample::Random;

const N_PROOFS: usize = 1_000;
/// What a proof may take at p99, in ms.
const MAX_MS: f64 = 5.0;

pub(super) fn measure(data: &Path, n_events: u64) -> anyhow::Result<Part> {
    say("proof: events out of all");
    let audit = Audit::open(data)?;
    let mut random = Random::seeded(11);
    let mut part = Part::new("proof", json!({ "n_events": n_events, "n_proofs": N_PROOFS }));
    let mut table = Table::new("a proof", &["p50_ms", "p99_ms", "longest_ms", "bytes"]);
    for (what, disclose) in [("of the entry alone", &[][..]), ("with all groups disclosed", &LeafGroup::ALL[..])] {
        let mut times = Times::new();
        let mut n_bytes = 0;
        // The first one opens the database.
        audit.prove(anywhere(&audit, &mut random, n_events)?, disclose)?;
        for _ in 0..N_PROOFS {
            let id = anywhere(&audit, &mut random, n_events)?;
            let began = Instant::now();
            let proof = audit.prove(id, disclose)?;
            let text = proof.to_string();
            times.add(began.elapsed());
            n_bytes = text.len();
        }
        let longest = times.longest_micros() / 1e3;
        #[expect(clippy::cast_precision_loss, reason = "a proof has some thousand bytes")]
        table.row(what, vec![times.millis(0.5), times.millis(0.99), longest, n_bytes as f64]);
        part.goal(format!("p99 of a proof {what}, in ms"), times.millis(0.99), Bound::AtMost(MAX_MS));
    }
    part.tables.push(table);
    audit.close()?;
    Ok(part)
}

/// The id of an event anywhere in the log; asking for it is not timed, and brings nothing of its tree into memory.
fn anywhere(audit: &Audit, random: &mut Random, n_events: u64) -> anyhow::Result<EventId> {
    let cursor = Some(Cursor::after(Order::Oldest, random.below(n_events - 1)));
    let request = PageRequest { order: Order::Oldest, cursor, limit: Limit::new(1)? };
    let page = audit.query(&Filter::new(), &request)?;
    page.events.first().map(|event| event.id).ok_or_else(|| anyhow::anyhow!("no event there"))
}
