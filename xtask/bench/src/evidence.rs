//! `cargo xtask bench evidence`: what it costs that the log can be proved, to whoever records and to whoever verifies, and what does not grow with the log.
//!
//! The parts that need millions of events share two logs, a large one and a small one of the same kind, made by recording.

mod bare;
mod durable;
mod incremental;
mod proof;
mod verify;

use std::path::Path;
use std::time::Instant;

use clap::{Args, ValueEnum};

use crate::record::fill;
use crate::report::{Part, Report};
use crate::scratch;

pub(crate) use self::verify::Verify;

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many events the large log has; the middle one has a tenth, the small one a hundredth
    #[arg(long, value_name = "N", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    events: u64,
    /// How many events each round of recording has
    #[arg(long, value_name = "N", default_value_t = 300_000)]
    recorded: usize,
    /// Measure only this part; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<PartName>,
}

/// The parts, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum PartName {
    /// Durable events a second with the tree and without
    Durable,
    /// Verifying a whole log, beside a loop that only reads and hashes
    Verify,
    /// The proof of one event of the large log
    Proof,
    /// Verifying what is new, in a small log and in the large one
    Incremental,
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let scratch = scratch::folder()?;
    let folder = scratch.path();
    let is_wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut report = Report { benchmark: "evidence", parts: Vec::new() };
    let mut add = |name: PartName, measure: &mut dyn FnMut() -> anyhow::Result<Part>| -> anyhow::Result<()> {
        if is_wanted(name) {
            let began = Instant::now();
            let mut part = measure()?;
            part.took = began.elapsed();
            report.parts.push(part);
        }
        Ok(())
    };
    add(PartName::Durable, &mut || durable::measure(folder, options.recorded))?;
    let [small, middle, large] = ["small", "middle", "large"].map(|name| folder.join(name));
    if is_wanted(PartName::Verify) || is_wanted(PartName::Incremental) {
        fill::in_a_process(&small, options.events / 100, None)?;
    }
    if is_wanted(PartName::Verify) {
        fill::in_a_process(&middle, options.events / 10, None)?;
    }
    // What the others have done with the large log would be in this one's caches, so the parts that change nothing come first.
    add(PartName::Verify, &mut || verify::measure(&middle, &small))?;
    if is_wanted(PartName::Proof) || is_wanted(PartName::Incremental) {
        fill::in_a_process(&large, options.events, None)?;
    }
    add(PartName::Proof, &mut || proof::measure(&large, options.events))?;
    add(PartName::Incremental, &mut || incremental::measure(&large, &small, options.events))?;
    if options.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    Ok(())
}

/// Says on stderr what is being measured, since some of it takes minutes.
fn say(what: &str) {
    eprintln!("{what}");
}

/// The database's file in a data directory.
fn database(data: &Path) -> std::path::PathBuf {
    data.join("annals.db")
}
