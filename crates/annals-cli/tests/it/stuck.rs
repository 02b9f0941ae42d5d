//! A process whose writer is stuck, as `health` sees it from outside.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::bed::{Bed, DEADLINE, finish, ndjson, spawn};

#[test]
fn health_tells_that_a_running_process_is_stuck() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    let other = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let arguments = ["record", "--ndjson", "-", "--set", "audit_record_timeout=none"];
    let mut child = spawn(bed.command(&arguments).stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(ndjson(3).as_bytes()).unwrap();
    let began = Instant::now();
    let row = loop {
        let row = bed.good(&["health"]).rows().remove(0);
        if row["state"] == "degraded" {
            break row;
        }
        assert!(began.elapsed() < DEADLINE, "{row}");
        std::thread::park_timeout(Duration::from_millis(200));
    };
    assert!(5_000 < row["oldest_queued_ms"].as_u64().unwrap() && row["queued"] == 3, "{row}");
    assert!(bed.good(&["health"]).err.contains("not becoming durable"));
    other.execute_batch("ROLLBACK").unwrap();
    drop(stdin);
    assert_eq!(finish(child).code, Some(0));
    assert_eq!(bed.good(&["health"]).rows()[0]["state"], "ok");
    assert_eq!(bed.count(), 4);
}
