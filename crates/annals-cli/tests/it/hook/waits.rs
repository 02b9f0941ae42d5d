//! Locks that others hold: the hook returns all the same, and its event is drained by the next.

use std::fs::File;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{call, payload, recorded, silent};
use crate::bed::Bed;

/// Far below what anybody waits for these locks elsewhere, and far above what a loaded machine needs.
const SOON: Duration = Duration::from_secs(10);

fn n_left(bed: &Bed) -> usize {
    let is_segment = |name: &str| std::path::Path::new(name).extension().is_some_and(|extension| extension == "seg");
    let files = std::fs::read_dir(bed.data().join("journal")).unwrap();
    files.filter(|file| is_segment(file.as_ref().unwrap().file_name().to_str().unwrap())).count()
}

#[test]
fn a_writer_that_holds_everything_keeps_no_hook() {
    let bed = Bed::new();
    let [first, second] = call(1);
    silent(&bed.feed(&["hook", "claude-code"], first));
    let locks: Vec<File> = ["annals.db-turn", "annals.db-write"]
        .map(|name| File::options().write(true).open(bed.data().join(name)).unwrap())
        .into();
    for lock in &locks {
        lock.lock().unwrap();
    }
    let writer = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], second));
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    // It is there, for whoever comes next…
    assert_eq!((n_left(&bed), recorded(&bed).len()), (1, 1));
    writer.execute_batch("ROLLBACK").unwrap();
    drop((writer, locks));
    // … and that is the next hook, however short ago the last look was.
    silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], call(2)[0].clone()));
    assert_eq!((n_left(&bed), recorded(&bed).len()), (0, 3));
    let rows = recorded(&bed);
    let operations = |n: usize| rows[n]["operation_id"].as_str();
    assert_eq!(operations(0), operations(2), "intent and outcome, by two ways, are one operation");
}

#[test]
fn a_process_that_was_stopped_at_the_turnstile_keeps_no_hook() {
    let bed = Bed::new();
    let [first, second] = call(1);
    silent(&bed.feed(&["hook", "claude-code"], first));
    let lock = File::options().write(true).open(bed.data().join("annals.db-turn")).unwrap();
    lock.lock().unwrap();
    silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], second));
    // The database itself is free, so that the event is on record.
    assert_eq!((n_left(&bed), recorded(&bed).len()), (0, 2));
}

/// What a client tells when these calls are over.
fn batch(calls: &[usize], answer: &str) -> String {
    let calls: Vec<Value> = calls
        .iter()
        .map(|number| json!({ "tool_name": "Read", "tool_use_id": format!("toolu_{number}"), "tool_input": {}, "tool_response": answer }))
        .collect();
    payload("PostToolBatch", &json!({ "tool_calls": calls }))
}

fn outcomes(bed: &Bed) -> Vec<String> {
    recorded(bed).iter().filter_map(|row| row["outcome"].as_str()).map(str::to_owned).collect()
}

#[test]
fn a_batch_does_not_call_a_good_call_denied() {
    // Its outcome waits in a journal.
    let bed = Bed::new();
    let [before, after] = call(1);
    silent(&bed.feed(&["hook", "claude-code"], &before));
    let writer = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    silent(&bed.feed(&["hook", "claude-code"], &after));
    assert_eq!(n_left(&bed), 1);
    writer.execute_batch("ROLLBACK").unwrap();
    silent(&bed.feed(&["hook", "claude-code"], batch(&[1], "1\tA")));
    assert_eq!(outcomes(&bed), ["success"]);
    // Its outcome was lost, and a later one wasn't.
    let bed = Bed::new();
    silent(&bed.feed(&["hook", "claude-code"], &before));
    silent(&bed.feed(&["hook", "claude-code", "--set", "capture=nothing"], &after));
    silent(&bed.feed(&["hook", "claude-code"], batch(&[1], "1\tA")));
    assert_eq!(outcomes(&bed), [""; 0]);
    silent(&bed.feed(&["hook", "claude-code"], &call(2)[0]));
    silent(&bed.feed(&["hook", "claude-code"], batch(&[2], "This command requires approval")));
    assert_eq!(outcomes(&bed), ["denied"], "and a call that began after the loss can be told");
}

#[test]
fn the_ends_that_a_batch_tells_wait_together_no_longer_than_one_event() {
    let bed = Bed::new();
    silent(&bed.feed(&["hook", "claude-code"], &call(0)[0]));
    let writer = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let calls: Vec<usize> = (1..=500).collect();
    let began = Instant::now();
    silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], batch(&calls, "<tool_use_error>No</tool_use_error>")));
    // One by one it would be 25 seconds.
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    writer.execute_batch("ROLLBACK").unwrap();
    assert_eq!(n_left(&bed), 500);
}
