//! `cargo xtask bench record`: what recording costs, on the caller's side and on the disk's, and what reading costs when there is much to read.
//!
//! The parts are independent of each other and each brings its own data; a part by itself gives the same figures as in a whole run, less the heat of the machine.

pub(crate) mod bare;
mod bursts;
mod durable;
pub(crate) mod fill;
mod filters;
mod flood;
mod memory;
mod pages;

use std::path::Path;
use std::time::Instant;

use clap::{Args, ValueEnum};

pub(crate) use self::fill::Fill;
use crate::report::{Part, Report};
use crate::rival::Rival;
use crate::scratch;

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many events the large database has; the small one has a tenth
    #[arg(long, value_name = "N", default_value_t = 5_000_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    events: u64,
    /// How many rounds of bursts each side has
    #[arg(long, value_name = "N", default_value_t = 200)]
    rounds: usize,
    /// How long each side runs at full speed
    #[arg(long, value_name = "N", default_value_t = 30)]
    flood_seconds: u64,
    /// Measure only this part; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<PartName>,
}

/// The parts, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum PartName {
    /// What a call costs in bursts that fit the queue
    Bursts,
    /// What happens at full speed
    Flood,
    /// Durable events a second
    Durable,
    /// Memory after few and after many events
    Memory,
    /// Pages out of a large database
    Pages,
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let scratch = scratch::folder()?;
    let folder = scratch.path();
    let is_wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut report = Report { benchmark: "record", parts: Vec::new() };
    let mut add = |name: PartName, measure: &mut dyn FnMut() -> anyhow::Result<Part>| -> anyhow::Result<()> {
        if is_wanted(name) {
            let began = Instant::now();
            let mut part = measure()?;
            part.took = began.elapsed();
            report.parts.push(part);
        }
        Ok(())
    };
    let rival = Rival::start(&folder.join("rival.log"))?;
    add(PartName::Bursts, &mut || bursts::measure(options.rounds, folder, &rival))?;
    add(PartName::Flood, &mut || flood::measure(options.flood_seconds, folder, &rival))?;
    add(PartName::Durable, &mut || durable::measure(folder))?;
    // Filling millions of rows takes longest, so that both parts that need them share them.
    let large = folder.join("large");
    let small = folder.join("small");
    if is_wanted(PartName::Memory) || is_wanted(PartName::Pages) {
        let filled = fill::in_a_process(&large, options.events, Some(options.events / 10))?;
        add(PartName::Memory, &mut || memory::judge(&filled))?;
        add(PartName::Pages, &mut || {
            fill::in_a_process(&small, options.events / 10, None)?;
            pages::measure(&large, &small, options.events)
        })?;
    }
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

/// Removes a data directory between two rounds, so that a round begins with nothing to write back.
fn remove(folder: &Path) -> anyhow::Result<()> {
    Ok(std::fs::remove_dir_all(folder)?)
}
