//! The commands of `docs/questions.md`, each as a whole process, asked of a day of 5 000 events.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use annals::{Audit, Capture, Settings};
use annals_capture::claude_code::Payload;
use annals_capture::{Policy, Surroundings};
use annals_testkit::day;
use anyhow::ensure;
use serde_json::json;

use crate::numbers::Times;
use crate::report::{Bound, Part, Table};

/// The commands and their answers.
const DOCUMENT: &str = include_str!("../../../../docs/questions.md");
/// How often each is asked.
const N_TIMES: u32 = 100;
/// What an answer may take, in ms.
const MAX_MS: f64 = 50.0;

pub(super) fn measure(annals: &Path, folder: &Path) -> anyhow::Result<Part> {
    let data = folder.join("questions");
    record(&data)?;
    let mut part = Part::new("questions", json!({ "n_events": day::N_PAYLOADS, "n_times": N_TIMES }));
    let mut table = Table::new("a question", &["p50_ms", "p99_ms", "longest_ms"]);
    let mut slowest: f64 = 0.0;
    for command in DOCUMENT.lines().filter_map(|line| line.strip_prefix("$ annals ")) {
        let mut times = Times::new();
        for _ in 0..N_TIMES {
            let mut asked = Command::new(annals);
            asked.args(words(command)).args(["--format", "table"]).env("ANNALS_DATA", &data).env("HOME", folder);
            let began = Instant::now();
            let status = asked.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            times.add(began.elapsed());
            ensure!(status.success(), "`annals {command}` ended with {status}");
        }
        slowest = slowest.max(times.millis(0.99));
        table.row(command, vec![times.millis(0.5), times.millis(0.99), times.longest_micros() / 1e3]);
    }
    part.tables.push(table);
    part.goal("p99 of the slowest answer, in ms", slowest, Bound::AtMost(MAX_MS));
    Ok(part)
}

/// Records the day as the hooks would.
fn record(data: &Path) -> anyhow::Result<()> {
    let settings = Settings::new(data);
    let policy =
        Policy { level: Capture::Arguments, max_details: settings.most_details(), redactor: settings.redactor() };
    let audit = Audit::with_settings(&settings)?;
    for told in day::day() {
        let mut surroundings = Surroundings::default();
        surroundings.user = Some(told.user.to_owned());
        let payload = Payload::parse(told.payload.to_string().as_bytes());
        audit.record(payload.event(&surroundings, &policy))?;
    }
    Ok(audit.close()?)
}

/// The words of a command line without escapes.
fn words(command: &str) -> impl Iterator<Item = String> {
    command.split(' ').map(|word| word.trim_matches('\'').to_owned())
}
