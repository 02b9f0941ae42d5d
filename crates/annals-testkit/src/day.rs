//! A made day of agents at work, as the hooks of their client tell it: the same payloads every time, in order of time.
//!
//! Four sessions of two people, with subagents, failures, denials, prompts, a look into `.env`, and tools of an MCP server; one ends never. Nothing here knows what becomes of a payload.

use serde_json::{Value, json};

/// How many payloads the day has.
pub const N_PAYLOADS: usize = 5_000;
/// The session that is short enough to be read on one screen.
pub const SHORT: &str = "c41d09e7-52a8-4f6b-9d13-7be02f5a8c64";
const LONG: &str = "0b7e63f2-91cd-4e58-8a07-d34c1f9be520";
const OTHER: &str = "7a92d4c0-3e1f-4b85-a6d9-58c07be14f23";
const OPEN: &str = "e85f1b36-c704-49da-b2e1-06fa93d7c8b5";

/// A payload with what its process knew.
pub struct Told {
    /// Milliseconds after midnight.
    pub at_ms: u64,
    /// The system's user.
    pub user: &'static str,
    /// The project's name.
    pub project: &'static str,
    /// What the client wrote to the hook's standard input.
    pub payload: Value,
}

/// The whole day.
pub fn day() -> Vec<Told> {
    let mut told = short_session();
    told.extend(open_session());
    told.extend(long_session(OTHER, "grace", "site", at(9, 40), 900));
    let n_left = N_PAYLOADS - told.len();
    told.extend(long_session(LONG, "ada", "shop", at(8, 55), n_left));
    told.sort_by_key(|told| told.at_ms);
    told
}

fn at(hour: u64, minute: u64) -> u64 {
    (hour * 60 + minute) * 60_000
}

/// A session while it is told.
struct Session {
    id: &'static str,
    user: &'static str,
    project: &'static str,
    now_ms: u64,
    n_calls: u64,
    agent: Option<(String, &'static str)>,
    told: Vec<Told>,
}

/// How a call ends.
#[derive(Clone, Copy)]
enum End {
    Well,
    Failed(&'static str),
    Denied(&'static str),
    Never,
}

impl Session {
    fn new(id: &'static str, user: &'static str, project: &'static str, now_ms: u64) -> Self {
        let mut session = Self { id, user, project, now_ms, n_calls: 0, agent: None, told: Vec::new() };
        session.tell(0, &json!({"hook_event_name": "SessionStart", "source": "startup", "model": "claude-sonnet-4-5"}));
        session
    }

    fn root(&self) -> String {
        format!("/home/{}/{}", self.user, self.project)
    }

    /// A payload, so long after the one before.
    fn tell(&mut self, after_ms: u64, more: &Value) {
        self.now_ms += after_ms;
        let mut payload = json!({
            "session_id": self.id,
            "transcript_path": format!("/home/{}/.claude/projects/{}/{}.jsonl", self.user, self.project, self.id),
            "cwd": self.root(),
            "permission_mode": "default",
        });
        if let Some((id, kind)) = &self.agent {
            payload["agent_id"] = id.as_str().into();
            payload["agent_type"] = (*kind).into();
        }
        for (key, value) in more.as_object().into_iter().flatten() {
            payload[key] = value.clone();
        }
        self.told.push(Told { at_ms: self.now_ms, user: self.user, project: self.project, payload });
    }

    fn prompt(&mut self, text: &str) {
        self.tell(30_000, &json!({"hook_event_name": "UserPromptSubmit", "prompt": text}));
    }

    fn call(&mut self, tool: &str, input: &Value, duration_ms: u64, end: End) {
        self.n_calls += 1;
        let call = |hook: &str| {
            json!({
                "hook_event_name": hook,
                "tool_name": tool,
                "tool_input": input,
                "tool_use_id": format!("toolu_{}_{}", self.id, self.n_calls),
            })
        };
        let (before, asked, mut after) = match end {
            End::Well => (call("PreToolUse"), None, call("PostToolUse")),
            End::Failed(_) => (call("PreToolUse"), None, call("PostToolUseFailure")),
            End::Denied(_) => (call("PreToolUse"), Some(call("PermissionRequest")), call("PermissionDenied")),
            End::Never => (call("PreToolUse"), None, Value::Null),
        };
        self.tell(1_700, &before);
        if let Some(asked) = asked {
            self.tell(40, &asked);
        }
        match end {
            End::Never => return,
            End::Well => after["tool_response"] = json!({"type": "text", "text": "done"}),
            End::Failed(error) => after["error"] = error.into(),
            End::Denied(reason) => after["reason"] = reason.into(),
        }
        if !matches!(end, End::Denied(_)) {
            after["duration_ms"] = duration_ms.into();
        }
        self.tell(duration_ms, &after);
    }

    fn read(&mut self, file: &str) {
        let path = if file.starts_with('/') { file.to_owned() } else { format!("{}/{file}", self.root()) };
        self.call("Read", &json!({"file_path": path}), 3, End::Well);
    }

    fn edit(&mut self, file: &str) {
        let path = format!("{}/{file}", self.root());
        let input = json!({"file_path": path, "old_string": "let now = 1;", "new_string": "let now = clock();"});
        self.call("Edit", &input, 9, End::Well);
    }

    fn bash(&mut self, command: &str, duration_ms: u64, end: End) {
        self.call("Bash", &json!({"command": command, "description": "Run it"}), duration_ms, end);
    }

    fn start_agent(&mut self, kind: &'static str) {
        self.n_calls += 1;
        self.agent = Some((format!("agent-{}-{}", self.id, self.n_calls), kind));
        self.tell(400, &json!({"hook_event_name": "SubagentStart"}));
    }

    fn stop_agent(&mut self) {
        self.tell(900, &json!({"hook_event_name": "SubagentStop", "stop_hook_active": false}));
        self.agent = None;
    }

    fn stop(&mut self) {
        self.tell(2_000, &json!({"hook_event_name": "Stop", "stop_hook_active": false}));
    }

    fn end(&mut self) {
        self.tell(60_000, &json!({"hook_event_name": "SessionEnd", "reason": "prompt_input_exit"}));
    }
}

fn short_session() -> Vec<Told> {
    let mut session = Session::new(SHORT, "ada", "shop", at(16, 30));
    session.prompt("The session expires too early, please find out why and mend it.");
    session.call("Grep", &json!({"pattern": "expires_at", "path": "/home/ada/shop/src"}), 24, End::Well);
    session.read("src/auth.rs");
    session.start_agent("Explore");
    session.call("Glob", &json!({"pattern": "**/*session*.rs"}), 11, End::Well);
    session.read("src/http/middleware/session_cookie.rs");
    session.read("/home/ada/lib/clock/src/lib.rs");
    session.stop_agent();
    session.call(
        "Read",
        &json!({"file_path": "/home/ada/shop/.env"}),
        1,
        End::Denied("Reading .env is not allowed here"),
    );
    session.bash("cat .env.local | grep SESSION", 1, End::Denied("Reading .env is not allowed here"));
    session.edit("src/auth.rs");
    session.bash(
        "cargo test --package shop auth::",
        8_412,
        End::Failed("Exit code 101\ntest auth::expires_late ... FAILED"),
    );
    session.edit("src/auth.rs");
    session.bash("cargo test --package shop auth::", 7_950, End::Well);
    let issue = json!({"owner": "acme", "repo": "shop", "title": "Sessions expired an hour early", "body": "Mended."});
    session.call("mcp__github__create_issue", &issue, 640, End::Well);
    session.stop();
    session.end();
    session.told
}

fn open_session() -> Vec<Told> {
    let mut session = Session::new(OPEN, "ada", "shop", at(17, 40));
    session.prompt("Release it.");
    session.bash("git status --short && git log --oneline -3", 35, End::Well);
    session.bash("git push --force origin main", 0, End::Denied("Force pushes need a person"));
    session.read("docs/release.md");
    session.call(
        "WebFetch",
        &json!({"url": "https://docs.rs/annals/latest/annals/struct.Audit.html", "prompt": "How is it closed?"}),
        880,
        End::Well,
    );
    session.call(
        "Write",
        &json!({"file_path": "/home/ada/shop/CHANGELOG.md", "content": "## 1.4.0\n\nSessions last.\n"}),
        6,
        End::Well,
    );
    session.bash("cargo publish --dry-run", 0, End::Never);
    session.told
}

/// A session that works on, in turns that are alike and never the same, until it has so many payloads.
fn long_session(
    id: &'static str,
    user: &'static str,
    project: &'static str,
    from: u64,
    n_payloads: usize,
) -> Vec<Told> {
    let mut session = Session::new(id, user, project, from);
    let mut dice = Dice(n_payloads as u64);
    // A turn never tells more than this.
    while session.told.len() + 40 < n_payloads {
        turn(&mut session, &mut dice);
    }
    while session.told.len() + 1 < n_payloads {
        session.tell(500, &json!({"hook_event_name": "Notification", "message": "Claude is waiting for your input"}));
    }
    session.end();
    assert_eq!(session.told.len(), n_payloads);
    session.told
}

fn turn(session: &mut Session, dice: &mut Dice) {
    let area = dice.pick(&["cart", "catalogue", "checkout", "invoice", "search", "stock", "user"]);
    let part = dice.pick(&["handler", "model", "query", "route", "view"]);
    let file = format!("src/{area}/{part}.rs");
    session.prompt(&format!("Please look at the {part} of {area}."));
    session.call("Grep", &json!({"pattern": format!("fn {part}"), "path": session.root()}), 20, End::Well);
    session.read(&file);
    if dice.one_in(4) {
        session.start_agent(dice.pick(&["Explore", "Plan", "code-reviewer"]));
        for _ in 0..dice.below(4) {
            session.read(&format!("src/{area}/{}.rs", dice.pick(&["mod", "tests", "error"])));
        }
        session.stop_agent();
    }
    for _ in 0..=dice.below(2) {
        session.edit(&file);
    }
    if dice.one_in(60) {
        session.read("src/auth.rs");
    }
    if dice.one_in(90) {
        session.call("Read", &json!({"file_path": format!("{}/.env.example", session.root())}), 2, End::Well);
    }
    let tests = format!("cargo test --package {} {area}::{part}", session.project);
    match dice.below(12) {
        0 => session.bash(&tests, 5_120, End::Failed("Exit code 101\nerror[E0308]: mismatched types")),
        1 if dice.one_in(4) => session.bash("rm -rf target", 0, End::Denied("Deleting folders needs a person")),
        _ => session.bash(&tests, 3_300, End::Well),
    }
    if dice.one_in(9) {
        let query = json!({"query": format!("SELECT count(*) FROM {area}"), "database": "staging"});
        session.call("mcp__postgres__query", &query, 41, End::Well);
    }
    session.stop();
}

/// Numbers that look thrown and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        let index = self.below(from.len() as u64);
        from[usize::try_from(index).expect("it is below the length")]
    }
}
