//! A server that is looked at from outside: what it answers, and what the system says of its memory, files and threads.

use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::time::Instant;

use annals_testkit::keep_line;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use serde_json::{Value, json};

use super::wire::{Answer, BOTH, JSON, LINES, Wire};
use crate::bed::{Bed, DEADLINE, finish_within, lines};

/// The most memory that the server may ever have had, in bytes.
const MOST_BYTES: u64 = 200_000_000;

/// A running `annals serve`. Dropping it kills it.
pub(super) struct Served {
    pub(super) bed: Bed,
    child: Option<Child>,
    pub(super) address: SocketAddr,
    n_answered: u64,
}

impl Served {
    /// With these settings, each `name=value`.
    pub(super) fn start(settings: &[&str]) -> Self {
        let bed = Bed::new();
        Self::on(bed, settings, &[])
    }

    /// On this bed, with more arguments.
    pub(super) fn on(bed: Bed, settings: &[&str], more: &[&str]) -> Self {
        let mut words = vec!["serve", "--listen", "127.0.0.1:0"];
        for setting in settings {
            words.extend(["--set", setting]);
        }
        words.extend_from_slice(more);
        let mut child = bed.command(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let Ok(first) = lines(child.stdout.take().unwrap()).recv_timeout(DEADLINE) else {
            let _ = child.kill();
            panic!("it does not listen");
        };
        let address = first.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
        let served = Self { bed, address: address.parse().unwrap(), child: Some(child), n_answered: 0 };
        served.await_ready();
        served
    }

    fn await_ready(&self) {
        let began = Instant::now();
        while self.wire().get("/readyz").status != 200 {
            assert!(began.elapsed() < DEADLINE, "it never is ready");
        }
    }

    pub(super) fn wire(&self) -> Wire {
        Wire::to(self.address)
    }

    /// Posts a body and answers what came.
    pub(super) fn post(&self, media_type: &str, body: &[u8]) -> Answer {
        self.wire().ask("POST", "/v1/events?wait=durable", &[("Content-Type", media_type)], body)
    }

    /// Sends a message to `/mcp`.
    pub(super) fn mcp(&self, body: &[u8]) -> Answer {
        self.wire().ask("POST", "/mcp", &[BOTH, JSON], body)
    }

    /// Calls a tool over `/mcp`; answers what it has for programs.
    #[track_caller]
    pub(super) fn call(&self, tool: &str, arguments: &Value) -> Value {
        self.mcp(call(tool, arguments).as_bytes()).json()["result"]["structuredContent"].take()
    }

    /// Records an event that must be taken, now, whatever else goes on; [`Self::end`] looks that each is there once.
    #[track_caller]
    pub(super) fn answers(&mut self) {
        let event =
            json!({"event_type": "tool.invoked", "tool": "witness", "resource": format!("w{}", self.n_answered)});
        let answer = self.wire().ask("POST", "/v1/events", &[JSON], event.to_string().as_bytes());
        assert_eq!(answer.status, 202, "{answer:?}");
        self.n_answered += 1;
    }

    /// Records so many events with details as long as they may be, durably.
    pub(super) fn fill(&self, n_events: usize) {
        let text = "x".repeat(65_000);
        let mut wire = self.wire();
        wire.head("POST", "/v1/events?wait=durable", &[LINES, ("Transfer-Encoding", "chunked")]);
        for n in 0..n_events {
            let event = json!({"event_type": "tool.invoked", "tool": "long", "resource": format!("r{n}"), "details": {"text": text}});
            wire.chunk(format!("{event}\n").as_bytes());
        }
        wire.chunk(b"");
        let answer = wire.answer();
        assert_eq!((answer.status, answer.json()["n_accepted"].as_u64()), (201, Some(n_events as u64)), "{answer:?}");
    }

    fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// The most memory that it ever had, in bytes.
    pub(super) fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() << 10
    }

    /// How many files it has open.
    pub(super) fn n_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }

    /// A figure of `/metrics` without labels.
    #[track_caller]
    pub(super) fn figure(&self, name: &str) -> f64 {
        let answer = self.wire().get("/metrics");
        let value = answer.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("{name} is missing in {}", answer.text())).parse().unwrap()
    }

    /// Waits until it has as few files open as before, but for the sixteen readers of the database that it keeps, three files each, and no stream.
    #[track_caller]
    pub(super) fn returns_to(&self, n_files: usize) {
        let began = Instant::now();
        while n_files + 48 < self.n_files()
            || 0.0 < self.figure("annals_streams_open")
            || 1.0 < self.figure("annals_connections_open")
        {
            assert!(began.elapsed() < DEADLINE, "{} files are open, and {n_files} were before", self.n_files());
        }
    }

    /// The end: it lives, never had too much memory, stops when it is told to, each event that it answered for is on record once, and the log verifies.
    #[track_caller]
    pub(super) fn end(mut self, what: &str) -> Bed {
        self.answers();
        let peak = self.peak();
        assert!(peak <= MOST_BYTES, "{what}: it had {peak} bytes of memory");
        let child = self.child.take().unwrap();
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        assert_eq!(finish_within(child, DEADLINE).code, Some(0), "{what}");
        let bed = std::mem::replace(&mut self.bed, Bed::new());
        let rows = bed.good(&["export", "--tool", "witness", "--format", "ndjson"]).rows();
        let mut found: Vec<_> = rows.iter().map(|row| row["resource"].as_str().unwrap().to_owned()).collect();
        let mut expected: Vec<_> = (0..self.n_answered).map(|n| format!("w{n}")).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{what}: not each of them once");
        bed.good(&["verify"]);
        keep_line(&format!("- hostile: {what}: the server had {} MB of memory at the most.", peak / 1_000_000));
        bed
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A call of a tool, as a message.
pub(super) fn call(tool: &str, arguments: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
        .to_string()
}

/// Lets this process, and the servers that it starts, have as many files as the system allows it, which must be so many.
#[track_caller]
pub(super) fn allow_files(n_files: u64) {
    let limit = getrlimit(Resource::Nofile);
    assert!(
        limit.maximum.is_none_or(|most| n_files <= most),
        "this test needs {n_files} open files (hint: `ulimit -Hn` must allow them)"
    );
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}
