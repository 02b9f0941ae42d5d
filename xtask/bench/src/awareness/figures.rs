//! What was measured, as parts of the report, and what it has to be.

use std::time::Duration;

use serde_json::json;

use super::calls::Tool;
use super::{N_CLIENTS, PartName};
use crate::numbers::{Times, float};
use crate::report::{Bound, Part, Table};

/// The most that a call takes, of ninety-nine in a hundred, in ms.
const MOST_P99_MS: f64 = 20.0;
/// The most memory, in MB.
const MOST_MB: f64 = 150.0;
/// How many times as slow it may be with ten times as many entries.
const MOST_SLOWER: f64 = 2.0;

/// One round of a tool.
pub(super) struct Taken {
    pub(super) tool: Tool,
    pub(super) n_clients: u32,
    pub(super) rate: f64,
    pub(super) times: Times,
}

/// All that was measured with so many entries.
pub(super) struct Sized {
    pub(super) n_entries: u32,
    pub(super) taken: Vec<Taken>,
    /// How many entries there were at the end, and what the server needed, then and at the most, in bytes.
    pub(super) at_the_end: Option<(u64, u64, u64)>,
    /// How long each part took.
    pub(super) times: Vec<(PartName, Duration)>,
}

/// All that was measured.
pub(super) struct Figures {
    pub(super) seconds: u32,
    /// The fewest entries first.
    pub(super) sizes: Vec<Sized>,
}

impl Figures {
    /// What is told of a part.
    pub(super) fn part(&self, name: PartName) -> Part {
        let entries: Vec<u32> = self.sizes.iter().map(|sized| sized.n_entries).collect();
        let parameters = if name == PartName::Memory {
            json!({ "n_entries": entries })
        } else {
            json!({ "n_entries": entries, "n_clients": N_CLIENTS, "seconds": self.seconds })
        };
        let mut part = Part::new(name.as_str(), parameters);
        let times = self.sizes.iter().flat_map(|sized| &sized.times);
        part.took = times.filter(|(other, _)| *other == name).map(|(_, took)| *took).sum();
        if name == PartName::Memory {
            self.memory(&mut part);
        } else {
            self.calls(&mut part, name.tools());
        }
        part
    }

    fn calls(&self, part: &mut Part, tools: &[Tool]) {
        let mut table = Table::new("calls", &["per_second", "p50_ms", "p99_ms", "longest_ms"]);
        for tool in tools {
            for sized in &self.sizes {
                for taken in sized.taken.iter().filter(|taken| taken.tool == *tool) {
                    let clients = if taken.n_clients == 1 { "client" } else { "clients" };
                    let what = format!("{}, {} entries, {} {clients}", tool.as_str(), sized.n_entries, taken.n_clients);
                    let (p50, p99) = (taken.times.millis(0.5), taken.times.millis(0.99));
                    table.row(what, vec![taken.rate, p50, p99, taken.times.longest_micros() / 1e3]);
                }
            }
            self.goals(part, *tool);
        }
        part.tables.push(table);
    }

    /// What many clients must see: enough of it with the fewest entries, and not much less of it with the most.
    fn goals(&self, part: &mut Part, tool: Tool) {
        let crowded = |sized: &Sized| {
            let taken = sized.taken.iter().filter(|taken| taken.tool == tool).max_by_key(|taken| taken.n_clients)?;
            Some((taken.n_clients, taken.rate, taken.times.millis(0.5), taken.times.millis(0.99)))
        };
        let (Some(few), Some(many)) = (self.sizes.first(), self.sizes.last()) else { return };
        let (Some((n_clients, rate, p50, p99)), Some((_, _, p50_of_many, _))) = (crowded(few), crowded(many)) else {
            return;
        };
        let what = format!("`{}` by {n_clients} clients", tool.as_str());
        let (n_few, n_many) = (few.n_entries, many.n_entries);
        part.goal(format!("{what}, {n_few} entries, a second"), rate, Bound::AtLeast(tool.least_per_second()));
        part.goal(format!("{what}, {n_few} entries, p99 in ms"), p99, Bound::AtMost(MOST_P99_MS));
        if n_few < n_many {
            let slower = format!("{what}, p50 with {n_many} entries, times that with {n_few}");
            part.goal(slower, p50_of_many / p50, Bound::AtMost(MOST_SLOWER));
        }
    }

    fn memory(&self, part: &mut Part) {
        let mut table = Table::new("resident memory", &["entries_then", "mb", "most_mb"]);
        for sized in &self.sizes {
            let Some((n_then, at_the_end, at_the_most)) = sized.at_the_end else { continue };
            let (at_the_end, at_the_most) = (float(at_the_end) / 1e6, float(at_the_most) / 1e6);
            let what = format!("{} entries", sized.n_entries);
            table.row(what.as_str(), vec![float(n_then), at_the_end, at_the_most]);
            part.goal(format!("resident at the most, {what}, in MB"), at_the_most, Bound::Below(MOST_MB));
        }
        part.tables.push(table);
    }
}
