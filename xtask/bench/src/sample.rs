//! Events: the short one that callers are timed with, and the day's work of a house full of agents, from a seed.
//!
//! Filters are only worth measuring on a log like a real one: many sessions and operations, few tools, some projects with most of the events and many with
//! hardly any, and a value that stands in the log a handful of times. The same seed gives the same events everywhere.

mod work;

use annals::{Event, json};

pub(crate) use self::work::{RARE_CLIENT, RARE_RESOURCE, Work};

/// Five short strings and about 100 bytes of details: the same fields that `rival::say` says.
#[inline]
pub(crate) fn short_event() -> Event {
    Event::new("tool.invoked")
        .actor("refactor-bot")
        .tool("write_file")
        .resource("src/cart.rs")
        .session("s-2026-11-20")
        .details(json!({
            "path": "src/cart.rs", "n_lines": 12, "reason": "extract the price calculation into its own module", "ok": true,
        }))
}

/// Events of the same size that differ as those of several agents do, so that no index sees one value only.
pub(crate) fn short_events(seed: u64, n_events: usize) -> impl Iterator<Item = Event> {
    let mut random = Random::seeded(seed);
    (0..n_events).map(move |_| {
        let module = random.skewed(400);
        Event::new(random.pick(&["tool.invoked", "tool.completed", "resource.accessed", "resource_modified"]))
            .actor(random.pick(&["refactor-bot", "reviewer", "test-writer", "archivist"]))
            .tool(random.pick(&["write_file", "read_file", "search", "run_command"]))
            .resource(format!("src/{module}.rs"))
            .session(format!("s-{:05}", random.below(200)))
            .details(json!({
                "path": format!("src/{module}.rs"), "n_lines": random.below(200),
                "reason": "extract the price calculation into its own module", "ok": true,
            }))
    })
}

/// `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, all alike.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A number below `end` (at most 2²⁰), the first ones common and the last ones rare: the cube of an even throw.
    pub(crate) fn skewed(&mut self, end: u64) -> u64 {
        let throw = u128::from(self.below(1 << 20));
        u64::try_from((u128::from(end) * throw * throw * throw) >> 60).unwrap_or(u64::MAX)
    }

    /// One of these, the first ones more often.
    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let (one, other) = (self.below(from.len() as u64), self.below(from.len() as u64));
        usize::try_from(one.min(other)).ok().and_then(|at| from.get(at)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
