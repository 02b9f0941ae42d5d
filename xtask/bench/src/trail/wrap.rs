//! A call of a tool through the wrapper, beside the same call without it: one client, one server, both ways open at once and asked in turns.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use annals::{Audit, Filter};
use anyhow::{Context, ensure};
use serde_json::json;

use crate::numbers::Times;
use crate::report::{Bound, Part, Table};

/// What the wrapper may add to a call at p50, in ms.
const MAX_ADDED_MS: f64 = 0.3;
/// What forwarding may add to a call, in ms.
const MAX_FORWARD_MS: f64 = 5.0;
/// The journal keeps 10 000 events, and a call has two.
const N_KEPT: u32 = 4_000;
/// An address at which nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";
/// How many calls one side makes before it is the other's turn.
const N_IN_A_ROW: u32 = 50;
/// The sizes of a call's argument in bytes: a path and a little text, and a file.
const SIZES: [(usize, &str); 2] = [(100, "a call of 100 bytes"), (64 << 10, "a call of 64 KiB")];

pub(super) fn measure(annals: &Path, folder: &Path, n_calls: u32) -> anyhow::Result<Part> {
    let server = std::env::current_exe()?;
    let mut bare = Client::start(Command::new(&server).arg("echo"))?;
    let mut command = Command::new(annals);
    let data = folder.join("wrap");
    command.args(["wrap", "--"]).arg(&server).arg("echo").env("ANNALS_DATA", &data);
    let mut wrapped = Client::start(&mut command)?;
    let mut part = Part::new("wrap", json!({ "n_calls": n_calls }));
    let mut table = Table::new("a call", &["p50_ms", "p99_ms", "longest_ms"]);
    for (size, what) in SIZES {
        let (mut without, mut with) = (Times::new(), Times::new());
        let text = "x".repeat(size);
        for _ in 0..n_calls / N_IN_A_ROW {
            for (client, times) in [(&mut bare, &mut without), (&mut wrapped, &mut with)] {
                for _ in 0..N_IN_A_ROW {
                    times.add(client.call(&text)?);
                }
            }
        }
        for (side, times) in [("without", &without), ("with", &with)] {
            let figures = vec![times.millis(0.5), times.millis(0.99), times.longest_micros() / 1e3];
            table.row(format!("{what}, {side}"), figures);
        }
        if size == SIZES[0].0 {
            let added = with.millis(0.5) - without.millis(0.5);
            part.goal("what the wrapper adds to a call at p50, in ms", added, Bound::AtMost(MAX_ADDED_MS));
        }
    }
    part.tables.push(table);
    bare.end()?;
    let n_wrapped = wrapped.n_calls - 1;
    wrapped.end()?;
    // A wrapper that drops what it can't keep up with is a fast one.
    let audit = Audit::open(&data)?;
    let n_kept = audit.count(&Filter::new().event_type("tool.invoked"))?;
    let n_gaps = audit.count(&Filter::new().event_type("audit.gap"))?;
    ensure!(
        (n_kept, n_gaps) == (2 * n_wrapped, 0),
        "{n_kept} events and {n_gaps} gaps are on record of {n_wrapped} calls"
    );
    Ok(part)
}

/// A call through a wrapper that records for a server, which is away, beside one that records here.
///
/// The journal takes what is recorded and keeps all of it, so that there are no more calls than it has room for.
pub(super) fn measure_forwarding(annals: &Path, folder: &Path, n_calls: u32) -> anyhow::Result<Part> {
    let n_calls = n_calls.min(N_KEPT);
    let start = |data: &str, server: Option<&str>| {
        let mut command = Command::new(annals);
        command.args(["wrap", "--"]).arg(std::env::current_exe()?).arg("echo").env("ANNALS_DATA", folder.join(data));
        if let Some(server) = server {
            command.env("ANNALS_SERVER", server);
        }
        Client::start(&mut command)
    };
    let (mut here, mut away) = (start("here", None)?, start("away", Some(NOBODY))?);
    let (mut without, mut with) = (Times::new(), Times::new());
    let text = "x".repeat(SIZES[0].0);
    for _ in 0..n_calls / N_IN_A_ROW {
        for (client, times) in [(&mut here, &mut without), (&mut away, &mut with)] {
            for _ in 0..N_IN_A_ROW {
                times.add(client.call(&text)?);
            }
        }
    }
    let mut part = Part::new("wrap-forward", json!({ "n_calls": n_calls }));
    let mut table = Table::new("a call", &["p50_ms", "p99_ms", "longest_ms"]);
    for (side, times) in [("recorded here", &without), ("for a server that is away", &with)] {
        table.row(side.to_owned(), vec![times.millis(0.5), times.millis(0.99), times.longest_micros() / 1e3]);
    }
    part.tables.push(table);
    for (what, share) in [("p50", 0.5), ("p99", 0.99)] {
        let added = with.millis(share) - without.millis(share);
        part.goal(format!("what forwarding adds to a call at {what}, in ms"), added, Bound::AtMost(MAX_FORWARD_MS));
    }
    let n_wrapped = away.n_calls - 1;
    here.end()?;
    away.end()?;
    // What nobody could be sent waits here, all of it.
    let audit = Audit::open(folder.join("away"))?;
    let n_waiting: u64 = audit.waiting()?.iter().map(|journal| journal.n_events).sum();
    ensure!(2 * n_wrapped <= n_waiting, "{n_waiting} events wait of {n_wrapped} calls");
    Ok(part)
}

/// A client and its server.
struct Client {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    n_calls: u64,
    line: String,
}

impl Client {
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("the server does not start")?;
        let stdin = child.stdin.take().context("a pipe was asked for")?;
        let stdout = BufReader::new(child.stdout.take().context("a pipe was asked for")?);
        let mut client = Self { child, stdin, stdout, n_calls: 0, line: String::new() };
        let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" } });
        client.ask("initialize", &hello)?;
        Ok(client)
    }

    fn call(&mut self, text: &str) -> anyhow::Result<Duration> {
        self.ask("tools/call", &json!({ "name": "note", "arguments": { "path": "src/cart.rs", "note": text } }))
    }

    /// Sends a request and waits for its answer. The request is written before the clock starts.
    fn ask(&mut self, method: &str, params: &serde_json::Value) -> anyhow::Result<Duration> {
        self.n_calls += 1;
        let request = json!({ "jsonrpc": "2.0", "id": self.n_calls, "method": method, "params": params });
        let request = format!("{request}\n");
        self.line.clear();
        let began = Instant::now();
        self.stdin.write_all(request.as_bytes())?;
        self.stdin.flush()?;
        self.stdout.read_line(&mut self.line)?;
        let took = began.elapsed();
        ensure!(self.line.contains(&format!("\"id\":{}", self.n_calls)), "the answer is to another question");
        Ok(took)
    }

    fn end(mut self) -> anyhow::Result<()> {
        drop(self.stdin);
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}
