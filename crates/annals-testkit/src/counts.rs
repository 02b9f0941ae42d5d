//! How far a test counts: shortly on every change, far in `cargo xtask full`, whose page keeps what came out.
//!
//! The test is the same in both, so that the long run proves nothing that the short one does not try.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

/// Says that this is the long run.
const FULL: &str = "ANNALS_FULL";
/// The file that takes the lines worth keeping.
const REPORT: &str = "ANNALS_FULL_REPORT";

/// The number of rounds: the first in an ordinary run, the second in the long one.
pub fn rounds(ordinary: usize, full: usize) -> usize {
    if env::var_os(FULL).is_some() { full } else { ordinary }
}

/// Keeps a line of Markdown for the page of the long run; an ordinary run keeps nothing.
#[track_caller]
pub fn keep_line(line: &str) {
    let Some(path) = env::var_os(REPORT) else { return };
    // One write a line, appended: tests run beside each other.
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()))
        .unwrap_or_else(|error| panic!("cannot keep a line in `{}`: {error}", path.display()));
}

#[cfg(test)]
mod tests;
