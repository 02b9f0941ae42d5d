//! Verifying a whole log on both cores, beside the bare loop of one thread, in turns; and the memory that it takes in a process of its own, of a small log and of one ten times as large.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use annals::verify::{Options, verify};
use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::durable::spread;
use super::{bare, database, say};
use crate::machine::resident_bytes;
use crate::numbers::{float, median, rate};
use crate::report::{Bound, Part, Table};

const N_ROUNDS: usize = 5;
const MIB: f64 = 1_048_576.0;
/// What a log that is ten times as large may take more, in MiB.
const ALLOWANCE: f64 = 16.0;

/// What a process is told that verifies and says how much memory that took.
#[derive(Args)]
pub(crate) struct Verify {
    /// The data directory
    #[arg(long)]
    data: PathBuf,
}

/// One verification in a process of its own.
struct Verified {
    n_events: u64,
    took: Duration,
    peak: u64,
}

impl Verify {
    /// Verifies, and prints a line.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        let report = verify(&database(&self.data), &Options::default(), &mut |_| ())?;
        let seconds = began.elapsed().as_secs_f64();
        ensure!(report.findings.is_empty(), "an untouched log is accused: {}", report.findings[0].text);
        ensure!(report.n_checked == report.n_events, "{} of {} checked", report.n_checked, report.n_events);
        let (_, peak) = resident_bytes().unwrap_or_default();
        println!("{}", json!({ "n_events": report.n_events, "seconds": seconds, "peak": peak }));
        Ok(())
    }
}

pub(super) fn measure(large: &Path, small: &Path) -> anyhow::Result<Part> {
    // Of logs that nobody has open, both: beside others the readers are kept, and with them their caches, whatever the log's size.
    let (of_small, of_large) = (in_a_process(small)?, in_a_process(large)?);
    let bytes_a_row = bare::bytes_a_row(large)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut n_events, mut peaks) = (0, Vec::new());
    for round in 0..N_ROUNDS {
        say(&format!("verify: round {} of {N_ROUNDS}", round + 1));
        let mut turns: [&mut dyn FnMut() -> anyhow::Result<()>; 2] = [
            &mut || {
                let verified = in_a_process(large)?;
                n_events = verified.n_events;
                ours.push(rate(verified.n_events, verified.took));
                peaks.push(verified.peak);
                Ok(())
            },
            &mut || {
                let read = bare::read(large, bytes_a_row)?;
                ensure!(read.n_bytes == read.n_rows * bytes_a_row as u64, "the loop hashed less");
                theirs.push(rate(read.n_rows, read.took));
                Ok(())
            },
        ];
        if round % 2 == 1 {
            turns.reverse();
        }
        turns.into_iter().try_for_each(|turn| turn())?;
    }
    let parameters =
        json!({ "n_rounds": N_ROUNDS, "n_events": n_events, "n_small": of_small.n_events, "bytes_a_row": bytes_a_row });
    let mut part = Part::new("verify", parameters);
    let ratios: Vec<f64> = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    let mut table = Table::new("events a second", &["median", "lowest", "highest"]);
    for (what, rates) in [("verify", &ours), ("a bare loop", &theirs), ("verify, times a bare loop", &ratios)] {
        table.row(what, spread(rates));
    }
    part.tables.push(table);
    let beside_others = peaks.iter().copied().max().unwrap_or_default();
    let mut memory = Table::new("memory", &["peak_mib"]);
    memory.row(format!("{} events", of_small.n_events), vec![float(of_small.peak) / MIB]);
    memory.row(format!("{n_events} events"), vec![float(of_large.peak) / MIB]);
    memory.row(format!("{n_events} events, open elsewhere"), vec![float(beside_others) / MIB]);
    part.tables.push(memory);
    part.goal("verified events a second, times a bare loop of one thread", median(&ratios), Bound::AtLeast(0.5));
    let grown = (float(of_large.peak) - float(of_small.peak)) / MIB;
    part.goal("peak memory over that of a log a tenth as large, in MiB", grown, Bound::AtMost(ALLOWANCE));
    Ok(part)
}

fn in_a_process(data: &Path) -> anyhow::Result<Verified> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("verify").arg("--data").arg(data);
    let output = command.stderr(Stdio::inherit()).output().context("cannot start this program again")?;
    ensure!(output.status.success(), "verifying ended with {}", output.status);
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let number = |name: &str| said[name].as_u64().with_context(|| format!("no `{name}` in `{said}`"));
    let seconds = said["seconds"].as_f64().context("no `seconds`")?;
    Ok(Verified { n_events: number("n_events")?, peak: number("peak")?, took: Duration::from_secs_f64(seconds) })
}
