//! Locks that others hold: the hook returns all the same, and its event is drained by the next.

use std::fs::File;
use std::time::{Duration, Instant};

use super::{call, recorded, silent};
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
