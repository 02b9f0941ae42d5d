//! `cargo xtask bench awareness`: how fast agents read, search and keep what they know, over HTTP, by one client and by sixteen, and whether ten times as much makes it slow.
//!
//! The server is the binary as users get it, in a process of its own for each number of entries, on a log that `annals awareness import` filled. The clients are threads of this program on the
//! same machine, each with a connection that stays open and requests that were made before the clock ran; what they cost is in the figures.
//! Each question is asked once and its answer looked at before anything is timed. What the rates are held against is twenty times the original's on such a machine.

pub(crate) mod calls;
mod figures;
pub(crate) mod home;
pub(crate) mod round;
pub(crate) mod vocabulary;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::{Args, ValueEnum};

use self::calls::Tool;
use self::figures::{Figures, Sized, Taken};
use self::home::Home;
use self::round::{Load, n_entries, round};
use crate::process::Server;
use crate::report::Report;
use crate::{binary, scratch};

/// How many clients ask at once.
const N_CLIENTS: [u32; 2] = [1, 16];

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many entries there are; several numbers are compared with each other
    #[arg(long, value_name = "N", num_args = 1.., default_values_t = [10_000, 100_000], value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    entries: Vec<u32>,
    /// How long each tool is called by each number of clients
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Measure only this part; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<PartName>,
}

/// The parts, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum PartName {
    /// Statistics, the briefing and a page of what is known
    Reads,
    /// Questions of one, three and six words
    Search,
    /// New notes
    Remember,
    /// What the server needs after all this
    Memory,
}

impl PartName {
    const ALL: [Self; 4] = [Self::Reads, Self::Search, Self::Remember, Self::Memory];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Search => "search",
            Self::Remember => "remember",
            Self::Memory => "memory",
        }
    }

    /// What is called in it, in this order: keeping comes last, since it makes more of what is read.
    const fn tools(self) -> &'static [Tool] {
        match self {
            Self::Reads => &[Tool::GetStats, Tool::GetBriefing, Tool::GetKnowledge],
            Self::Search => &[Tool::Search],
            Self::Remember => &[Tool::Remember],
            Self::Memory => &[],
        }
    }
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let scratch = scratch::folder()?;
    let annals = binary::built()?;
    let mut sizes = options.entries.clone();
    sizes.sort_unstable();
    sizes.dedup();
    let wanted = |name: PartName| options.only.is_empty() || options.only.contains(&name);
    let names: Vec<PartName> = PartName::ALL.into_iter().filter(|name| wanted(*name)).collect();
    let mut figures = Figures { seconds: options.seconds, sizes: Vec::new() };
    for n_entries in sizes {
        figures.sizes.push(measure(&annals, scratch.path(), n_entries, options.seconds, &names)?);
    }
    let parts = names.into_iter().map(|name| figures.part(name)).collect();
    let report = Report { benchmark: "awareness", parts };
    if options.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    Ok(())
}

/// All that is wanted of a log with so many entries.
fn measure(annals: &Path, folder: &Path, n: u32, seconds: u32, names: &[PartName]) -> anyhow::Result<Sized> {
    say(&format!("{n} entries: filling the log"));
    let folder = folder.join(format!("entries-{n}"));
    std::fs::create_dir(&folder)?;
    let home = Home::fill(annals, &folder, None, n)?;
    let server = Server::annals(annals, &home.data)?;
    let there = n_entries(server.address)?;
    ensure!(there == u64::from(n), "{n} entries were imported, and the server counts {there}");
    let mut sized = Sized { n_entries: n, taken: Vec::new(), at_the_end: None, times: Vec::new() };
    for name in names {
        let began = Instant::now();
        for tool in name.tools() {
            let load = Load {
                address: server.address,
                tool: *tool,
                requests: tool.requests(server.address, &home),
                lasts: Duration::from_secs(u64::from(seconds)),
            };
            load.look_once()?;
            for n_clients in N_CLIENTS {
                say(&format!("{n} entries: {}, {n_clients} at once", tool.as_str()));
                let (rate, times) = round(&load, n_clients)?;
                sized.taken.push(Taken { tool: *tool, n_clients, rate, times });
            }
        }
        if *name == PartName::Memory {
            let n_entries = n_entries(server.address)?;
            sized.at_the_end = Some((n_entries, server.memory("VmRSS:")?, server.memory("VmHWM:")?));
        }
        sized.times.push((*name, began.elapsed()));
    }
    server.stop()?;
    Ok(sized)
}

/// Says on stderr what is being measured, since some of it takes minutes.
fn say(what: &str) {
    eprintln!("{what}");
}
