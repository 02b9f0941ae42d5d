//! Readers that close early, and outputs that take nothing.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::bed::{Bed, finish, ndjson, spawn};

#[test]
fn a_reader_that_closes_early_ends_the_command_quietly() {
    let bed = Bed::new();
    // More than a pipe holds.
    assert_eq!(bed.feed(&["record", "--ndjson"], ndjson(1_000)).code, Some(0));
    for arguments in [&["query", "--limit", "1000"][..], &["query", "--limit", "1000", "--format", "csv"]] {
        let mut child = spawn(&mut bed.command(arguments));
        let mut line = String::new();
        BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        let ran = finish(child);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_told() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = bed.command(&["query"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    finish(child).refused(3, &["standard output"]);
}
