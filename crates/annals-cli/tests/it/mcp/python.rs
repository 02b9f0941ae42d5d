//! Python's official client: the example of `examples/python`, in both lives, over a pipe and over HTTP.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::installed;
use crate::bed::{Bed, Ran, finish_within, spawn};
use crate::forward::served::Served;

const PATIENCE: Duration = Duration::from_mins(2);
/// What to say to the client, and the protocol that is then spoken.
const MODES: [(&str, &str); 3] = [("auto", "2026-07-28"), ("legacy", "2025-11-25"), ("2026-07-28", "2026-07-28")];

fn example(bed: &Bed, mode: &str, server: &[&str]) -> Ran {
    script(bed, "../../examples/python/trail.py", mode, server)
}

/// Runs a script of ours with the official client.
fn script(bed: &Bed, path: &str, mode: &str, server: &[&str]) -> Ran {
    let mut command = Command::new(installed("python-mcp/bin/python", "python"));
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .args(["--mode", mode, "--"])
        .args(server)
        .env_clear()
        .env("HOME", bed.data().parent().unwrap())
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null());
    finish_within(spawn(&mut command), PATIENCE)
}

fn drive(bed: &Bed, server: &[&str]) {
    for (n, (mode, protocol)) in MODES.into_iter().enumerate() {
        let ran = example(bed, mode, server);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{mode}: {ran:?}");
        let told: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(told["protocol"], protocol, "{mode}");
        assert_eq!(told["tools"].as_array().unwrap().len(), 38, "{mode}");
        assert_eq!(
            (&told["recorded"]["state"], &told["receipt"]["state"]),
            (&json!("sealed"), &json!("sealed")),
            "{mode}"
        );
        assert_eq!(
            (&told["found"]["client"], &told["found"]["id"]),
            (&json!("trail.py/1"), &told["recorded"]["id"]),
            "{mode}"
        );
        // The proof holds for somebody who has not the log.
        let proof = bed.file(&format!("{n}.tlog-proof"), told["receipt"]["proof"].as_str().unwrap());
        bed.good(&["verify-proof", proof.to_str().unwrap()]);
    }
}

#[test]
fn the_example_talks_over_a_pipe() {
    let bed = Bed::new();
    let data = bed.data();
    drive(&bed, &[env!("CARGO_BIN_EXE_annals"), "mcp", "--data", data.to_str().unwrap()]);
}

#[test]
fn the_example_talks_over_http() {
    let served = Served::start();
    drive(served.bed(), &[&format!("{}/mcp", served.address())]);
}

/// Five calls at once, and what the client was told of what is there, after so many rounds.
fn five(bed: &Bed, mode: &str, server: &[&str], n_rounds: u64) {
    let ran = script(bed, "tests/python/five.py", mode, server);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{mode}: {ran:?}");
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["errors"], json!([]), "{mode}");
    assert_eq!(told["total"], n_rounds, "{mode}: what was kept before is there");
    assert_eq!((&told["attention_needed"], &told["found"]), (&json!(false), &json!(true)), "{mode}");
}

#[test]
fn five_calls_at_once_are_answered_over_http_before_and_after_a_restart() {
    let mut served = Served::start();
    let mut n_rounds = 0;
    for (mode, _) in MODES {
        for _ in 0..2 {
            n_rounds += 1;
            five(served.bed(), mode, &[&format!("{}/mcp", served.address())], n_rounds);
            served.kill_and_start_again();
        }
    }
}

#[test]
fn five_calls_at_once_are_answered_over_a_pipe_by_one_process_after_the_other() {
    let bed = Bed::new();
    let data = bed.data();
    let server = [env!("CARGO_BIN_EXE_annals"), "mcp", "--data", data.to_str().unwrap()];
    for (n, (mode, _)) in (1..).zip(MODES) {
        five(&bed, mode, &server, n);
    }
}

#[test]
fn a_server_that_is_not_there_is_no_success() {
    let bed = Bed::new();
    let ran = example(&bed, "auto", &["http://127.0.0.1:9/mcp"]);
    assert_ne!(ran.code, Some(0), "{ran:?}");
}
