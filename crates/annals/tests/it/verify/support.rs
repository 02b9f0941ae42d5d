//! Logs to be verified, made by recording.

use std::fs;
use std::path::{Path, PathBuf};

use annals::verify::{Options, Report, Verdict, verify};
use annals::{Audit, Event, Mode, Settings, json};
use rusqlite::Connection;

/// A data directory with a log of so many tool calls, closed and so sealed.
pub(super) fn recorded(n_calls: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    record_more(folder.path(), 0..n_calls);
    folder
}

/// The same log goes on.
pub(super) fn record_more(data: &Path, calls: std::ops::Range<u64>) {
    let audit = Audit::with_settings(&Settings::new(data).mode(Mode::Synchronous)).unwrap();
    for n in calls {
        audit.record(event(n)).unwrap();
    }
    audit.close().unwrap();
}

pub(super) fn event(n: u64) -> Event {
    Event::new("tool.invoked")
        .actor("refactor-bot")
        .tool("write_file")
        .resource(format!("src/file-{n}.rs"))
        .details(json!({ "n": n, "text": "what was done" }))
}

/// Where its database is.
pub(super) fn database(data: &Path) -> PathBuf {
    data.join("annals.db")
}

/// What a verification says that knows of nothing but the data directory.
pub(super) fn report(data: &Path) -> Report {
    report_with(data, &Options::default())
}

pub(super) fn report_with(data: &Path, options: &Options) -> Report {
    verify(&database(data), options, &mut |_| ()).unwrap()
}

/// Asks that nothing is accused.
#[track_caller]
pub(super) fn assert_sound(report: &Report) {
    assert_eq!(report.findings, [], "an honest log is accused: {report:#?}");
    assert_eq!(report.n_sound, Some(report.n_events));
}

/// Asks that this is the headline.
#[track_caller]
pub(super) fn assert_verdict(report: &Report, expected: Verdict) {
    assert_eq!(report.verdict(), Some(expected), "{report:#?}");
}

/// A copy of a data directory, which may be changed.
pub(super) fn copied(data: &Path) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                fs::create_dir(&target).unwrap();
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(data, folder.path());
    folder
}

/// A copy that these statements were run on, behind everybody's back.
pub(super) fn changed(data: &Path, statements: &str) -> tempfile::TempDir {
    let folder = copied(data);
    Connection::open(database(folder.path())).unwrap().execute_batch(statements).unwrap();
    folder
}
