//! A failed flush is never taken for a good one.
//!
//! A child records under `strace`, which makes chosen system calls fail, and says each sequence number once it is told that the event is durable. The trace shows the order
//! of flushes, writes and spoken numbers: between the newest write to the journal or the WAL and a spoken number there must be a flush of the WAL that succeeded.
//! The control is a child that says its numbers when events are merely accepted: the same check must refuse its trace.

use std::fs;
use std::path::Path;
use std::process::Command;

use annals::{Audit, Event, Filter, Settings, json};
use annals_testkit::{Child, Line, PATIENCE, role, say};

const N_EVENTS: u64 = 60;

/// Records one event after another and says which are durable, or, as the control, which are accepted.
fn speak(role: &str) {
    let data = std::env::var("DATA").unwrap();
    let audit = Audit::with_settings(&Settings::new(&data)).unwrap();
    for number in 0..N_EVENTS {
        let receipt =
            audit.record(Event::new("tool.invoked").tool("flush").details(json!({ "number": number }))).unwrap();
        if role == "durable" {
            receipt.wait_durable(PATIENCE).unwrap();
        }
        say(format!("durable {number}"));
    }
    audit.close().unwrap();
    say("closed");
}

/// Runs the role under `strace` with these faults injected, and answers the trace.
fn trace(test: &str, role: &str, data: &Path, faults: &[&str]) -> String {
    let log = data.with_extension("strace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-qq", "-s", "64", "-e", "trace=fdatasync,fsync,write,pwrite64", "-e", "signal=none"]);
    for fault in faults {
        command.args(["-e", &format!("inject={fault}")]);
    }
    command.arg("-o").arg(&log).arg(std::env::current_exe().unwrap());
    let mut child = Child::playing_by(command, test, role, [("DATA", data)]);
    let mut lines = Vec::new();
    while let Line::Text(line) = child.next_line() {
        lines.push(line);
    }
    assert_eq!(lines.last().map(String::as_str), Some("closed"), "the child did not come to its end: {lines:?}");
    assert!(child.wait().success());
    fs::read_to_string(log).unwrap()
}

/// Finds a number that was spoken while the newest write to the journal or the WAL was not followed by a good flush of the WAL.
fn spoken_too_early(trace: &str) -> Option<&str> {
    let mut unflushed = false;
    for line in trace.lines() {
        let is_wal = line.contains("annals.db-wal>");
        let failed = line.contains(" = -1 ") || line.contains("<unfinished");
        let writes = (line.contains("pwrite64(") && is_wal) || (line.contains(" write(") && line.contains(".seg>"));
        if writes && !failed {
            unflushed = true;
        }
        // A flush that two threads interleave is traced in two lines, of which the second tells the result and not the file.
        let flushes = line.contains("fdatasync(") || line.contains("fsync(");
        let resumed = line.contains("fdatasync resumed>") || line.contains("fsync resumed>");
        if ((flushes && is_wal) || resumed) && !failed && line.trim_end().ends_with("= 0") {
            unflushed = false;
        }
        if line.contains("write(1<") && line.contains("durable ") && unflushed {
            return Some(line);
        }
    }
    None
}

fn check(test: &str, faults: &[&str], injected_at_least: usize) {
    if let Some(role) = role() {
        speak(&role);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let trace = trace(test, "durable", &data, faults);
    let n_injected = trace.matches("(INJECTED)").count();
    assert!(injected_at_least <= n_injected, "only {n_injected} faults were injected");
    assert_eq!(spoken_too_early(&trace), None);
    let audit = Audit::open(&data).unwrap();
    assert_eq!(audit.count(&Filter::new().event_type("tool.invoked")).unwrap(), N_EVENTS, "each event is there once");
    assert_eq!(audit.count(&Filter::new()).unwrap(), N_EVENTS);
}

#[test]
fn a_flush_that_fails_with_an_input_output_error() {
    check("injected::a_flush_that_fails_with_an_input_output_error", &["fdatasync,fsync:error=EIO:when=9+5"], 5);
}

#[test]
fn a_flush_that_finds_the_disk_full() {
    check("injected::a_flush_that_finds_the_disk_full", &["fdatasync,fsync:error=ENOSPC:when=8+7"], 3);
}

#[test]
fn a_write_of_the_database_that_fails() {
    check("injected::a_write_of_the_database_that_fails", &["pwrite64:error=EIO:when=60+31"], 3);
}

#[test]
fn a_write_of_the_database_that_finds_the_disk_full() {
    check("injected::a_write_of_the_database_that_finds_the_disk_full", &["pwrite64:error=ENOSPC:when=55+23"], 3);
}

#[test]
fn a_call_that_is_interrupted() {
    check(
        "injected::a_call_that_is_interrupted",
        &["pwrite64:error=EINTR:when=50+13", "fdatasync,fsync:error=EINTR:when=9+6"],
        5,
    );
}

#[test]
fn the_check_refuses_a_child_that_speaks_of_accepted_events() {
    let test = "injected::the_check_refuses_a_child_that_speaks_of_accepted_events";
    if let Some(role) = role() {
        speak(&role);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = trace(test, "accepted", &folder.path().join("trail"), &[]);
    assert!(spoken_too_early(&trace).is_some(), "the control was not caught");
}
