//! Memory does not grow with the log: what a recording process holds after millions of events, beside what it held after a tenth of them.

use anyhow::bail;
use serde_json::json;

use super::fill::Filled;
use crate::numbers::float;
use crate::report::{Bound, Part, Table};

/// What may come on top.
const ALLOWANCE: f64 = 16.0;
const MIB: f64 = 1_048_576.0;

pub(super) fn judge(filled: &Filled) -> anyhow::Result<Part> {
    let [early, late] = filled.marks[..] else { bail!("the process that records did not say what it holds") };
    let mut part =
        Part::new("memory", json!({ "n_early": early.n_events, "n_late": late.n_events, "allowance_mib": ALLOWANCE }));
    let mut table = Table::new("resident", &["resident_mib", "peak_mib", "events_a_second"]);
    for mark in [early, late] {
        let rate = float(mark.n_events) / mark.seconds;
        table.row(format!("after {} events", mark.n_events), vec![mib(mark.resident), mib(mark.peak), rate]);
    }
    part.tables.push(table);
    let grown = if early.resident == 0 { f64::NAN } else { mib(late.resident) - mib(early.resident) };
    part.goal("resident memory after all events over that after a tenth, in MiB", grown, Bound::AtMost(ALLOWANCE));
    Ok(part)
}

fn mib(bytes: u64) -> f64 {
    float(bytes) / MIB
}
