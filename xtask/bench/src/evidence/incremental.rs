//! Verifying what came since a checkpoint, the same number of events, in a small log and in one a hundred times as large, in turns.
//!
//! Both logs get the same new events; the checkpoint is the one that the filling left at its end.

use std::path::{Path, PathBuf};
use std::time::Instant;

use annals::Audit;
use annals::verify::{Options, verify};
use anyhow::{Context, ensure};
use serde_json::json;

use super::durable::spread;
use super::{database, say};
use crate::numbers::median;
use crate::report::{Bound, Part, Table};
use crate::sample::short_events;

const N_ROUNDS: usize = 21;
const N_NEW: usize = 20_000;
/// How much longer it may take in the large log.
const MAX_RATIO: f64 = 1.5;

pub(super) fn measure(large: &Path, small: &Path, n_events: u64) -> anyhow::Result<Part> {
    say("incremental: new events for both logs");
    let checkpoints = [grow(small)?, grow(large)?];
    let parameters = json!({ "n_rounds": N_ROUNDS, "n_large": n_events, "n_new": N_NEW });
    let mut part = Part::new("incremental", parameters);
    let mut millis = [Vec::new(), Vec::new()];
    for round in 0..N_ROUNDS {
        for which in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            let data = [small, large][which];
            millis[which].push(verify_new(data, &checkpoints[which])?);
        }
    }
    let [of_small, of_large] = millis;
    let ratios: Vec<f64> = of_large.iter().zip(&of_small).map(|(large, small)| large / small).collect();
    let mut table = Table::new("milliseconds", &["median", "lowest", "highest"]);
    for (what, times) in [("small log", &of_small), ("large log", &of_large), ("large, times small", &ratios)] {
        table.row(what, spread(times));
    }
    part.tables.push(table);
    part.goal("verifying what is new, large log times small", median(&ratios), Bound::AtMost(MAX_RATIO));
    Ok(part)
}

/// Records new events behind the newest checkpoint, and answers that.
fn grow(data: &Path) -> anyhow::Result<String> {
    let checkpoint = std::fs::read_to_string(latest(data)?)?;
    let audit = Audit::open(data)?;
    for event in short_events(17, N_NEW) {
        audit.record(event)?;
    }
    audit.close()?;
    Ok(checkpoint)
}

fn verify_new(data: &Path, checkpoint: &str) -> anyhow::Result<f64> {
    let options = Options::default().from_checkpoint(checkpoint).incremental();
    let began = Instant::now();
    let report = verify(&database(data), &options, &mut |_| ())?;
    let took = began.elapsed();
    ensure!(report.findings.is_empty(), "an untouched log is accused: {}", report.findings[0].text);
    ensure!(report.n_checked >= N_NEW as u64, "only {} of {N_NEW} new events were checked", report.n_checked);
    Ok(took.as_secs_f64() * 1e3)
}

/// The newest published checkpoint of the one log there.
fn latest(data: &Path) -> anyhow::Result<PathBuf> {
    let mut logs = std::fs::read_dir(data.join("checkpoints"))?;
    Ok(logs.next().context("nothing was published")??.path().join("latest"))
}
