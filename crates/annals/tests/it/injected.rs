//! A failed flush is never taken for a good one.
//!
//! A child records under `strace`, which makes chosen system calls fail, and says each sequence number once it is told that the event is durable. The trace shows the order
//! of flushes, writes and spoken numbers: between the newest write to the journal or the WAL and a spoken number there must be a flush of the WAL that succeeded.
//! The control is a child that says its numbers when events are merely accepted: the same check must refuse its trace.

use annals::{Audit, Filter};
use annals_testkit::role;

use crate::traced::{N_EVENTS, speak, trace};

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

/// The faults as `strace` takes them.
fn injections(faults: &[&str]) -> Vec<String> {
    faults.iter().flat_map(|fault| ["-e".to_owned(), format!("inject={fault}")]).collect()
}

fn check(test: &str, faults: &[&str], injected_at_least: usize) {
    if let Some(role) = role() {
        speak(&role);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    // Made by a process that fares well: where each sixtieth write fails, the tables, which are made in one transaction, would never be.
    if faults.iter().any(|fault| fault.starts_with("pwrite64:error=E") && !fault.contains("EINTR")) {
        let audit = Audit::open(&data).unwrap();
        audit.start().unwrap();
        audit.close().unwrap();
    }
    let trace = trace(test, "durable", &data, &injections(faults));
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
    check("injected::a_write_of_the_database_that_fails", &["pwrite64:error=EIO:when=95+67"], 3);
}

#[test]
fn a_write_of_the_database_that_finds_the_disk_full() {
    check("injected::a_write_of_the_database_that_finds_the_disk_full", &["pwrite64:error=ENOSPC:when=85+59"], 3);
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
