//! Many at once, and one that is killed.

use std::collections::HashSet;
use std::io::Write;
use std::process::Stdio;
use std::thread;

use annals_testkit::PATIENCE;

use super::{call, payload, recorded, silent};
use crate::bed::{Bed, spawn};

/// What is on record, once what was left is drained by a last one, which is not counted.
fn drained(bed: &Bed) -> Vec<serde_json::Value> {
    let began = std::time::Instant::now();
    loop {
        silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], payload("Notification", &serde_json::json!({}))));
        let health = bed.run(&["health", "--json"]).rows();
        if health[0]["queued"] == 0 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "what was left is not drained: {health:?}");
    }
    recorded(bed).into_iter().filter(|row| row["event_type"] == "tool.invoked").collect()
}

#[test]
fn the_first_eight_at_once_lose_nothing() {
    for _ in 0..5 {
        let bed = Bed::new();
        thread::scope(|scope| {
            for n in 0..8 {
                let bed = &bed;
                scope.spawn(move || silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], &call(n)[0])));
            }
        });
        let rows = drained(&bed);
        let operations: HashSet<_> = rows.iter().map(|row| row["operation_id"].as_str().unwrap()).collect();
        assert_eq!((rows.len(), operations.len()), (8, 8));
    }
}

#[test]
fn eight_processes_at_once_record_every_event_once() {
    let bed = Bed::new();
    let n_calls = 25;
    thread::scope(|scope| {
        for process in 0..8 {
            let bed = &bed;
            scope.spawn(move || {
                for n in 0..n_calls {
                    for text in call(1_000 * process + n) {
                        silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], text));
                    }
                }
            });
        }
    });
    let rows = drained(&bed);
    assert_eq!(rows.len(), 2 * 8 * n_calls);
    for phase in ["intent", "outcome"] {
        let operations: HashSet<_> =
            rows.iter().filter(|row| row["phase"] == phase).map(|row| row["operation_id"].as_str().unwrap()).collect();
        assert_eq!(operations.len(), 8 * n_calls, "{phase}");
    }
}

#[test]
fn one_that_is_killed_leaves_a_database_that_goes_on() {
    let bed = Bed::new();
    let (mut n_ended, n_rounds) = (0, 40);
    for n in 0..n_rounds {
        let mut child = spawn(bed.command(&["hook", "claude-code", "--fail-closed"]).stdin(Stdio::piped()));
        child.stdin.take().unwrap().write_all(call(n)[0].as_bytes()).unwrap();
        // Later in each round, so that they die in different places; what ends in time has recorded.
        for _ in 0..n * 20 {
            thread::yield_now();
        }
        let _ = child.kill();
        if child.wait().unwrap().code() == Some(0) {
            n_ended += 1;
        }
    }
    let rows = drained(&bed);
    let operations: HashSet<_> = rows.iter().map(|row| row["operation_id"].as_str().unwrap()).collect();
    assert_eq!(rows.len(), operations.len(), "nothing is there twice");
    assert!(n_ended <= rows.len() && rows.len() <= n_rounds, "{n_ended} ended, {} are on record", rows.len());
}
