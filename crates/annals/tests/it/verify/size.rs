//! What a verification costs as the log grows: a whole one no more memory, an incremental one no more rows.

use std::path::{Path, PathBuf};
use std::{env, fs};

use annals::verify::{Options, verify};
use annals::{Audit, Event, json};
use annals_testkit::{Child, Line, role, rounds, say};

use super::support::{assert_sound, database, event, report};

/// Goes on by so many events with details of this length, which are durable together and not one by one.
fn record_fast(data: &Path, n_events: usize, n_bytes: usize) {
    let audit = Audit::open(data).unwrap();
    let text = "x".repeat(n_bytes);
    for _ in 0..n_events {
        audit.record(Event::new("tool.invoked").tool("write_file").details(json!({ "text": text }))).unwrap();
    }
    audit.close().unwrap();
}

#[test]
fn what_an_incremental_verification_reads_does_not_grow_with_the_log() {
    let looked = [300, rounds(6_000, 100_000)].map(|n| {
        let data = tempfile::tempdir().unwrap();
        record_fast(data.path(), n, 10);
        let checkpoint = report(data.path()).checkpoint.unwrap();
        record_fast(data.path(), 50, 10);
        let mut totals = Vec::new();
        let options = Options::default().from_checkpoint(checkpoint).incremental();
        let report = verify(&database(data.path()), &options, &mut |progress| totals.push(progress.n_total)).unwrap();
        assert_sound(&report);
        assert_eq!(report.n_events, n as u64 + 50);
        assert!((1..=64).contains(&report.n_sampled), "{}", report.n_sampled);
        totals.dedup();
        (report.n_checked, totals)
    });
    assert_eq!(looked, [(50, vec![50]), (50, vec![50])]);
}

/// The most memory that this process had, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1_024
}

/// The most memory that a verification in a process of its own takes; a hoarder keeps every row, as the control.
fn peak_of(data: &Path, role: &str) -> u64 {
    let test = "verify::size::a_verification_takes_no_more_memory_for_more_rows";
    let mut child = Child::playing(test, role, [("DATA", data)]);
    let line = child.next_line();
    let Line::Text(said) = &line else { panic!("{line:?}") };
    said.parse().unwrap_or_else(|_| panic!("{said}"))
}

#[test]
fn a_verification_takes_no_more_memory_for_more_rows() {
    const ROW: usize = 1_000;
    if let Some(part) = role() {
        let data = PathBuf::from(env::var_os("DATA").unwrap());
        let whole = report(&data);
        assert_sound(&whole);
        let kept = (part == "hoarder")
            .then(|| (0..whole.n_checked).map(|_| event(0).details(json!("x".repeat(ROW)))).collect::<Vec<Event>>());
        say(peak().to_string());
        drop(kept);
        return;
    }
    // A few spans of some thousand rows are in memory at a time, so that a log of more than those tells.
    let (less, more) = (rounds(26_000, 100_000), rounds(39_000, 400_000));
    let data = tempfile::tempdir().unwrap();
    record_fast(data.path(), less, ROW);
    let before = peak_of(data.path(), "verifier");
    record_fast(data.path(), more - less, ROW);
    let (after, hoarded) = (peak_of(data.path(), "verifier"), peak_of(data.path(), "hoarder"));
    let bound = ((more - less) * ROW / 2) as u64;
    assert!(after < before + bound, "{after} bytes for {more} rows, {before} for {less}");
    assert!(hoarded > before + bound, "the control keeps all rows and would not be noticed: {hoarded}, {before}");
}
