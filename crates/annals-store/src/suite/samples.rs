//! Sample events: what agents do in a day, from a seed, and the event of the benchmarks.
//!
//! The same seed gives the same events on every machine, so that a failure can be told by its seed. The mix is uneven on purpose: a few sessions, tools and files are
//! common and others rare, as in a real log, or a test of an index would prove nothing.

use annals_event::{Column, Decision, Event, Outcome};
use serde_json::json;

/// An endless row of events from a seed.
#[derive(Clone, Debug)]
pub struct Samples {
    state: u64,
    number: u64,
}

impl Samples {
    /// Events of this seed.
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed, number: 0 }
    }

    /// A number below `end`, from the same stream as the events.
    pub fn below(&mut self, end: u64) -> u64 {
        // SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        // The smaller of two throws makes the first ones common and the last ones rare.
        let (one, other) = (self.below(from.len() as u64), self.below(from.len() as u64));
        from[usize::try_from(one.min(other)).expect("an index of a slice")]
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// The next event.
    pub fn event(&mut self) -> Event {
        self.number += 1;
        let session = self.below(40);
        let mut event = match self.below(10) {
            0..=5 => self.tool_call(),
            6 | 7 => self.file_change(),
            8 => self.plan_step(),
            _ => self.guard(),
        };
        event = event
            .actor(self.pick(&["refactor-bot", "reviewer", "test-writer", "release-agent", "archivist"]))
            .session(format!("s-{session:02}"))
            .project(self.pick(&["shop", "billing", "website"]));
        if self.one_in(2) {
            event = event.user(self.pick(&["ada", "grace", "edsger"])).client(self.pick(&["terminal", "editor", "ci"]));
        }
        if self.one_in(8) {
            event = event.correlation(format!("c-{}", self.below(60)));
        }
        if self.one_in(30) {
            event = event.text(Column::Host, "größe-1").model("model-x").agent_version("1.4.2");
        }
        event
    }

    fn path(&mut self) -> String {
        let folder = self.pick(&["src", "src/cart", "tests", "docs", "/home/ada/shop/src", "deploy"]);
        let file =
            self.pick(&["mod.rs", "cart.rs", "auth.rs", "README.md", "größe.rs", ".env", ".env.local", "id_ed25519"]);
        format!("{folder}/{file}")
    }

    fn tool_call(&mut self) -> Event {
        let tool = self.pick(&["read_file", "write_file", "run_command", "search", "fetch_url"]);
        let event = match self.below(12) {
            0 => Event::new("tool.errored").outcome(Outcome::Failure),
            1 => Event::new("tool.completed").outcome(Outcome::Timeout),
            2 => Event::new("tool.invoked").outcome(Outcome::Denied).decision(Decision::Deny),
            3 => Event::new("tool.retried").outcome(Outcome::Cancelled),
            _ => Event::new("tool.completed").outcome(Outcome::Success),
        };
        let resource = self.path();
        let n_bytes = self.below(50_000);
        event.tool(tool).resource(&resource).duration_ms(self.below(4_000)).details(json!({
            "arguments": { "path": resource, "offset": self.below(100) },
            "result": { "n_bytes": n_bytes, "truncated": n_bytes > 40_000 },
        }))
    }

    fn file_change(&mut self) -> Event {
        let resource = self.path();
        let n_added = self.below(200);
        Event::new("resource_modified").tool("write_file").resource(resource).outcome(Outcome::Success).details(json!({
            "n_added": n_added, "n_removed": self.below(80), "sha256": format!("{:064x}", u128::from(n_added) * 7_919),
        }))
    }

    fn plan_step(&mut self) -> Event {
        let plan = format!("P-{}", self.below(25));
        let event = Event::new(self.pick(&[
            "plan.phase_changed",
            "plan.created",
            "plan_applied",
            "plan.applied",
            "plan_cancelled",
        ]));
        event
            .plan(&plan)
            .root_plan("P-0")
            .details(json!({ "phase": self.pick(&["draft", "review", "apply"]), "step": self.below(9) }))
    }

    fn guard(&mut self) -> Event {
        let resource = self.path();
        let (event_type, decision) = match self.below(4) {
            0 => ("guard.denied", Decision::Deny),
            1 => ("guard.asked", Decision::Ask),
            _ => ("guard.allowed", Decision::Allow),
        };
        Event::new(event_type).policy("no-keys").decision(decision).tool("run_command").resource(resource)
    }
}

/// The event of the benchmarks: five short strings and about 100 bytes of details.
pub fn benchmark_event() -> Event {
    Event::new("tool.invoked").actor("refactor-bot").tool("write_file").resource("src/cart.rs").session("s-2026-11-20").details(json!({
        "path": "src/cart.rs", "n_lines": 12, "reason": "extract the price calculation into its own module", "ok": true,
    }))
}

#[cfg(test)]
mod tests;
