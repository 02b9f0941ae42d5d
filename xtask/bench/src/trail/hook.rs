//! A hook's whole process, from its start to its end, as the client waits for it: one at a time and four at once, beside a process of the same binary that does nothing.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::json;

use crate::numbers::Times;
use crate::report::{Bound, Part, Table};

/// How many run at once: an agent and its subagents.
const AT_ONCE: u32 = 4;
/// What a hook may take with four at once, in ms.
const MAX_P50_MS: f64 = 15.0;
const MAX_P99_MS: f64 = 60.0;

/// One side: what is started, and what it is fed.
#[derive(Clone, Copy)]
enum Side {
    Hook,
    Nothing,
}

pub(super) fn measure(annals: &Path, folder: &Path, n_hooks: u32) -> anyhow::Result<Part> {
    let project = folder.join("shop");
    std::fs::create_dir_all(project.join(".git"))?;
    let bed = Bed { annals, data: &folder.join("hook"), project: &project };
    let mut part = Part::new("hook", json!({ "n_processes": n_hooks, "at_once": AT_ONCE }));
    let mut table = Table::new("a whole process", &["p50_ms", "p99_ms", "longest_ms"]);
    // The first one makes the database, once in the life of a data directory.
    let first = bed.timed(Side::Hook, 0)?;
    table.row("the first hook of all", vec![millis(first), f64::NAN, f64::NAN]);
    for at_once in [1, AT_ONCE] {
        let (mut hooks, mut nothings) = (Times::new(), Times::new());
        // In turns of a hundred, so that whatever else the machine does falls on both sides.
        let mut n_done = 1;
        while n_done < n_hooks {
            let n_round = 100.min(n_hooks - n_done).max(at_once);
            hooks.merge(&bed.round(Side::Hook, n_done + at_once * n_hooks, n_round, at_once)?);
            nothings.merge(&bed.round(Side::Nothing, 0, n_round, at_once)?);
            n_done += n_round;
        }
        for (what, times) in [("hook", &hooks), ("--version", &nothings)] {
            let figures = vec![times.millis(0.5), times.millis(0.99), times.longest_micros() / 1e3];
            table.row(format!("{what}, {at_once} at once"), figures);
        }
        if at_once == AT_ONCE {
            part.goal("p50 of a hook's process, four at once, in ms", hooks.millis(0.5), Bound::AtMost(MAX_P50_MS));
            part.goal("p99 of a hook's process, four at once, in ms", hooks.millis(0.99), Bound::AtMost(MAX_P99_MS));
        }
    }
    part.tables.push(table);
    Ok(part)
}

/// What all processes share.
struct Bed<'a> {
    annals: &'a Path,
    data: &'a Path,
    project: &'a Path,
}

impl Bed<'_> {
    /// So many processes, numbered from `first`, by so many threads.
    fn round(&self, side: Side, first: u32, n: u32, at_once: u32) -> anyhow::Result<Times> {
        std::thread::scope(|scope| {
            let thread = |offset| {
                scope.spawn(move || {
                    let mut times = Times::new();
                    for number in (first + offset..first + n).step_by(at_once as usize) {
                        times.add(self.timed(side, number)?);
                    }
                    anyhow::Ok(times)
                })
            };
            let threads: Vec<_> = (0..at_once).map(thread).collect();
            let mut all = Times::new();
            for thread in threads {
                all.merge(&thread.join().expect("a measuring thread panicked")?);
            }
            Ok(all)
        })
    }

    fn timed(&self, side: Side, number: u32) -> anyhow::Result<Duration> {
        let mut command = Command::new(self.annals);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).env("ANNALS_DATA", self.data).current_dir(self.project);
        let payload = match side {
            Side::Hook => {
                command.args(["hook", "claude-code", "--fail-closed"]);
                self.payload(number)
            }
            Side::Nothing => {
                command.arg("--version");
                String::new()
            }
        };
        let began = Instant::now();
        let mut child = command.spawn().context("the binary does not start")?;
        child.stdin.take().context("a pipe was asked for")?.write_all(payload.as_bytes()).or_else(ignore_closed)?;
        let status = child.wait()?;
        let took = began.elapsed();
        ensure!(status.success(), "process {number} ended with {status}");
        Ok(took)
    }

    /// What the client sends before and after a call of a tool, in turns.
    fn payload(&self, number: u32) -> String {
        let mut payload = json!({
            "session_id": "6f1c0a52-6d8e-4d5b-9a43-0c6a6d3e7b10",
            "transcript_path": self.project.join("6f1c0a52.jsonl"),
            "cwd": self.project,
            "permission_mode": "default",
            "hook_event_name": if number.is_multiple_of(2) { "PreToolUse" } else { "PostToolUse" },
            "tool_name": "Edit",
            "tool_input": {
                "file_path": self.project.join("src/cart.rs"),
                "old_string": "let total = items.len();\n".repeat(8),
                "new_string": "let total = items.iter().map(Item::price).sum();\n".repeat(8),
            },
            "tool_use_id": format!("toolu_{:08}", number / 2),
        });
        if !number.is_multiple_of(2) {
            payload["tool_response"] = json!({ "filePath": self.project.join("src/cart.rs"), "success": true });
            payload["duration_ms"] = json!(12);
        }
        payload.to_string()
    }
}

/// A program that does not read closes the pipe, which is its right.
fn ignore_closed(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
