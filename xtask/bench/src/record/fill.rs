//! Filling a data directory in a process that does nothing else, so that its memory is the record path's and no benchmark's.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use annals::Audit;
use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::say;
use crate::machine::resident_bytes;
use crate::sample::Work;

/// What the process is told.
#[derive(Args)]
pub(crate) struct Fill {
    /// The data directory
    #[arg(long)]
    data: PathBuf,
    /// How many events
    #[arg(long)]
    events: u64,
    /// After how many of them to say how much memory it has taken so far, too
    #[arg(long)]
    after: Option<u64>,
}

/// What the process said.
pub(crate) struct Filled {
    pub(super) marks: Vec<Mark>,
}

/// The memory of a process that has recorded so many events and made them durable.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) n_events: u64,
    pub(super) resident: u64,
    /// The most it ever was.
    pub(super) peak: u64,
    pub(super) seconds: f64,
}

impl Fill {
    /// Records, and prints a line a mark.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let audit = Audit::open(&self.data)?;
        let mut work = Work::seeded(1);
        let began = Instant::now();
        for n_events in 1..=self.events {
            audit.record(work.event())?;
            if n_events == self.events || Some(n_events) == self.after {
                audit.flush()?;
                let (resident, peak) = resident_bytes().unwrap_or_default();
                let seconds = began.elapsed().as_secs_f64();
                println!("{}", json!({ "n_events": n_events, "resident": resident, "peak": peak, "seconds": seconds }));
            }
        }
        Ok(audit.close()?)
    }
}

/// Starts the process and waits for it.
pub(crate) fn in_a_process(data: &Path, n_events: u64, after: Option<u64>) -> anyhow::Result<Filled> {
    say(&format!("filling a database with {n_events} events"));
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("fill").arg("--data").arg(data).args(["--events", &n_events.to_string()]);
    if let Some(after) = after {
        command.args(["--after", &after.to_string()]);
    }
    let output = command.stderr(Stdio::inherit()).output().context("cannot start this program again")?;
    ensure!(output.status.success(), "filling the database ended with {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    Ok(Filled { marks: text.lines().map(mark).collect::<anyhow::Result<_>>()? })
}

fn mark(line: &str) -> anyhow::Result<Mark> {
    let said: Value = serde_json::from_str(line)?;
    let number = |name: &str| said[name].as_u64().with_context(|| format!("no `{name}` in `{line}`"));
    Ok(Mark {
        n_events: number("n_events")?,
        resident: number("resident")?,
        peak: number("peak")?,
        seconds: said["seconds"].as_f64().unwrap_or(f64::NAN),
    })
}
