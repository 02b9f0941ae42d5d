//! The day's work: some sessions at a time, each of one agent in one project, doing calls, changing files and following a plan until it ends and another begins.

use std::collections::VecDeque;

use annals::{Column, Decision, Event, Outcome, Phase, json};

use super::Random;

/// How many sessions run beside each other.
const N_BESIDE: usize = 40;
/// The value that hardly any row has, in a column without an index.
pub(crate) const RARE_CLIENT: &str = "teletype";
/// The file that hardly any row names.
pub(crate) const RARE_RESOURCE: &str = "vault/signing.key";
/// One event in so many has both.
const RARE_EVERY: u64 = 300_000;

const TOOLS: &[&str] =
    &["read_file", "run_command", "write_file", "search", "list_files", "fetch_url", "ask_user", "deploy"];

/// An endless row of events.
pub(crate) struct Work {
    random: Random,
    n_events: u64,
    n_sessions: u64,
    n_operations: u64,
    sessions: VecDeque<Session>,
}

/// One session and what is the same for all its events.
struct Session {
    id: String,
    actor: String,
    user: String,
    client: &'static str,
    model: &'static str,
    project: String,
    plan: Option<String>,
    correlation: Option<String>,
    /// The call under way: its operation, tool and resource.
    call: Option<(String, &'static str, String)>,
    n_left: u64,
}

impl Work {
    pub(crate) fn seeded(seed: u64) -> Self {
        let random = Random::seeded(seed);
        Self { random, n_events: 0, n_sessions: 0, n_operations: 0, sessions: VecDeque::new() }
    }

    /// The next event.
    pub(crate) fn event(&mut self) -> Event {
        while self.sessions.len() < N_BESIDE {
            let session = self.session();
            self.sessions.push_back(session);
        }
        let at = usize::try_from(self.random.below(N_BESIDE as u64)).unwrap_or_default();
        self.sessions.swap(0, at);
        let mut session = self.sessions.pop_front().unwrap_or_else(|| self.session());
        self.n_events += 1;
        let is_rare = self.n_events % RARE_EVERY == RARE_EVERY / 3;
        let event = self.step(&mut session);
        let client = if is_rare { RARE_CLIENT } else { session.client };
        let mut event = event
            .actor(&session.actor)
            .user(&session.user)
            .client(client)
            .text(Column::Model, session.model)
            .project(&session.project)
            .session(&session.id);
        if let Some(plan) = &session.plan {
            event = event.plan(plan);
        }
        if let Some(correlation) = &session.correlation {
            event = event.correlation(correlation);
        }
        if is_rare {
            event = event.resource(RARE_RESOURCE);
        }
        session.n_left -= 1;
        if session.n_left > 0 {
            self.sessions.push_back(session);
        }
        event
    }

    fn session(&mut self) -> Session {
        self.n_sessions += 1;
        let random = &mut self.random;
        Session {
            id: format!("s-{:07}", self.n_sessions),
            actor: format!("agent-{:02}", random.skewed(60)),
            user: format!("user-{:03}", random.skewed(300)),
            client: random.pick(&["terminal", "editor", "ci", "chat"]),
            model: random.pick(&["model-l", "model-m", "model-s"]),
            project: format!("project-{:03}", random.skewed(500)),
            plan: (random.below(2) == 0).then(|| format!("P-{}", self.n_sessions / 3)),
            correlation: None,
            call: None,
            n_left: 20 + random.skewed(1_200),
        }
    }

    fn step(&mut self, session: &mut Session) -> Event {
        if self.random.below(25) == 0 {
            session.correlation = (self.random.below(3) == 0).then(|| format!("c-{:x}", self.n_events));
        }
        if let Some((operation, tool, resource)) = session.call.take() {
            return self.outcome(&operation, tool, &resource);
        }
        let resource = self.path();
        match self.random.below(20) {
            0..=11 => {
                self.n_operations += 1;
                let operation = format!("op-{:08x}", self.n_operations);
                let tool = tool(&mut self.random);
                let event = intent(&operation, tool, &resource, self.random.below(400));
                session.call = Some((operation, tool, resource));
                event
            }
            12..=14 => Event::new("resource_modified")
                .tool("write_file")
                .resource(&resource)
                .outcome(Outcome::Success)
                .details(
                    json!({ "n_added": self.random.below(200), "n_removed": self.random.below(80), "path": resource }),
                ),
            15 | 16 => Event::new("resource.accessed").tool("read_file").resource(resource),
            17 | 18 => self.guard(&resource),
            _ => Event::new(self.random.pick(&[
                "plan.phase_changed",
                "plan.created",
                "plan_applied",
                "validation.passed",
                "plan.cancelled",
            ]))
            .details(json!({ "phase": self.random.pick(&["draft", "review", "apply"]), "step": self.random.below(9) })),
        }
    }

    fn outcome(&mut self, operation: &str, tool: &str, resource: &str) -> Event {
        let outcome = match self.random.below(40) {
            0 | 1 => Outcome::Failure,
            2 => Outcome::Denied,
            3 => Outcome::Timeout,
            _ => Outcome::Success,
        };
        let n_bytes = self.random.skewed(50_000);
        Event::new("tool.invoked")
            .operation(operation)
            .phase(Phase::Outcome)
            .outcome(outcome)
            .duration_ms(self.random.skewed(60_000))
            .tool(tool)
            .resource(resource)
            .details(json!({ "result": { "n_bytes": n_bytes, "truncated": n_bytes > 40_000 } }))
    }

    fn guard(&mut self, resource: &str) -> Event {
        let (event_type, decision) = match self.random.below(12) {
            0 => ("guard.denied", Decision::Deny),
            1 => ("guard.asked", Decision::Ask),
            _ => ("guard.allowed", Decision::Allow),
        };
        let tool = tool(&mut self.random);
        Event::new(event_type).text(Column::Policy, "paths").decision(decision).tool(tool).resource(resource)
    }

    fn path(&mut self) -> String {
        let folder = self.random.skewed(60);
        let file = self.random.pick(&["mod.rs", "model.rs", "api.rs", "README.md", "tests.rs", "größe.rs", ".env"]);
        format!("src/module-{folder:02}/{file}")
    }
}

fn tool(random: &mut Random) -> &'static str {
    random.pick(TOOLS)
}

fn intent(operation: &str, tool: &str, resource: &str, offset: u64) -> Event {
    Event::new("tool.invoked").operation(operation).phase(Phase::Intent).tool(tool).resource(resource).details(
        json!({ "arguments": { "path": resource, "offset": offset, "reason": "look at what the change touches" } }),
    )
}
