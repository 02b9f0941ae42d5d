//! A child that records under `strace` and says what it was told, for tests that read the order of its system calls.

use std::fs;
use std::path::Path;
use std::process::Command;

use annals::{Audit, Event, Settings, json};
use annals_testkit::{Child, Line, PATIENCE, say};

/// How many events the child records.
pub(crate) const N_EVENTS: u64 = 60;

/// Records one event after another and says which are durable, or, as the control `accepted`, which are merely accepted.
pub(crate) fn speak(role: &str) {
    let data = std::env::var("DATA").unwrap();
    let audit = Audit::with_settings(&Settings::new(&data)).unwrap();
    for number in 0..N_EVENTS {
        let event = Event::new("tool.invoked").tool("flush").details(json!({ "number": number }));
        let receipt = audit.record(event).unwrap();
        if role == "durable" {
            receipt.wait_durable(PATIENCE).unwrap();
        }
        say(format!("durable {number}"));
    }
    audit.close().unwrap();
    say("closed");
}

/// Runs the role under `strace` with these options beside, and answers the trace once the child has come to its end.
pub(crate) fn trace(test: &str, role: &str, data: &Path, options: &[String]) -> String {
    let log = data.with_extension("strace");
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "-y",
        "-qq",
        "-s",
        "64",
        "-e",
        "trace=fdatasync,fsync,write,pwrite64,ftruncate",
        "-e",
        "signal=none",
    ]);
    command.args(options).arg("-o").arg(&log).arg(std::env::current_exe().unwrap());
    let mut child = Child::playing_by(command, test, role, [("DATA", data)]);
    let mut lines = Vec::new();
    while let Line::Text(line) = child.next_line() {
        lines.push(line);
    }
    assert_eq!(lines.last().map(String::as_str), Some("closed"), "the child did not come to its end: {lines:?}");
    assert!(child.wait().success());
    fs::read_to_string(log).unwrap()
}
