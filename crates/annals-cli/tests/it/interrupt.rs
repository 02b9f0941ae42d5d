//! Ctrl-C, as a real signal to the process.

use std::io::Write;
use std::process::{Child, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::{Bed, DEADLINE, finish, lines, ndjson, spawn};

fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

/// Asks the log itself until so many events are durable.
fn await_count(bed: &Bed, n_events: u64) {
    let begun = Instant::now();
    while bed.count() != n_events {
        assert!(begun.elapsed() < DEADLINE, "{} of {n_events} events", bed.count());
    }
}

#[test]
fn an_interrupted_import_keeps_what_was_accepted() {
    let bed = Bed::new();
    let mut child = spawn(bed.command(&["record", "--ndjson"]).stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(ndjson(10).as_bytes()).unwrap();
    stdin.flush().unwrap();
    await_count(&bed, 10);
    // Its input is still open: only the signal ends it.
    interrupt(&child);
    let ran = finish(child);
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(ran.err.contains("interrupted: 10 events recorded"), "{}", ran.err);
    assert_eq!(bed.count(), 10);
    drop(stdin);
}

#[test]
fn an_interrupted_check_records_nothing() {
    let bed = Bed::new();
    let mut child = spawn(bed.command(&["record", "--ndjson", "--strict"]).stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    // The bad line is told once the check has come to it: then the command is known to listen.
    stdin.write_all(format!("{}bad\n", ndjson(10)).as_bytes()).unwrap();
    stdin.flush().unwrap();
    let told = lines(child.stderr.take().unwrap());
    assert!(told.recv_timeout(DEADLINE).unwrap().contains("line 11"));
    interrupt(&child);
    assert_eq!(finish(child).code, Some(130));
    let last = told.recv_timeout(DEADLINE).unwrap();
    assert!(last.contains("interrupted: nothing recorded"), "{last}");
    assert!(!bed.data().join("annals.db").exists());
}

#[test]
fn tail_follows_until_it_is_interrupted() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked", "--tool", "before"]);
    let mut child = spawn(&mut bed.command(&["tail", "--since", "1h", "--type", "tool.*"]));
    let rows = lines(child.stdout.take().unwrap());
    let next = || serde_json::from_str::<serde_json::Value>(&rows.recv_timeout(DEADLINE).unwrap()).unwrap();
    let first = next();
    assert_eq!((first["tool"].as_str(), first["cursor"].as_str()), (Some("before"), Some("o0")));
    bed.good(&["record", "--type", "plan_applied"]);
    bed.good(&["record", "--type", "tool.invoked", "--tool", "after"]);
    let second = next();
    assert_eq!((second["tool"].as_str(), second["seq"].as_u64()), (Some("after"), Some(2)));
    interrupt(&child);
    let ran = finish(child);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    // A cursor goes on behind its row, and a limit ends it.
    let rows = bed.good(&["tail", "--cursor", "o0", "--limit", "2"]).rows();
    assert_eq!(rows.iter().map(|row| row["seq"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
}
