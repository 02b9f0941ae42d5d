//! `cargo xtask bench server`: what the server adds to the libraries that it is made of, how soon it answers, and what it needs when nobody asks.
//!
//! The server is the binary as users get it, in a process of its own; what it is compared with is a process too, made of the same libraries with the same settings, that does nothing
//! behind them. One client asks both in turns, over connections that stay open, and waits for each answer.

mod bare;
mod lines;
mod memory;
mod overload;
pub(crate) mod pairs;
mod start;

use std::time::Instant;

use clap::{Args, ValueEnum};

pub(crate) use self::bare::{Bare, serve_bare};
use crate::report::{Part, Report};
use crate::{binary, scratch};

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many calls each side has over one connection, and over eight together
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    calls: u32,
    /// How many events a stream of lines has
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    events: u32,
    /// How often the server is started
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(3..))]
    starts: u32,
    /// Measure only this part; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<PartName>,
}

/// The parts, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum PartName {
    /// Calls of a tool beside those of an MCP server that does nothing
    Mcp,
    /// Single events beside a handler that only parses them
    Post,
    /// A stream of lines beside the library by itself
    Lines,
    /// From the start to the first answers
    Start,
    /// What an idle server needs
    Memory,
    /// How soon a server with too much to do says so
    Overload,
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let scratch = scratch::folder()?;
    let folder = scratch.path();
    let annals = binary::built()?;
    let mut report = Report { benchmark: "server", parts: Vec::new() };
    let mut add = |name: PartName, measure: &dyn Fn() -> anyhow::Result<Part>| -> anyhow::Result<()> {
        if options.only.is_empty() || options.only.contains(&name) {
            let began = Instant::now();
            let mut part = measure()?;
            part.took = began.elapsed();
            report.parts.push(part);
        }
        Ok(())
    };
    add(PartName::Mcp, &|| pairs::mcp(&annals, folder, options.calls))?;
    add(PartName::Post, &|| pairs::post(&annals, folder, options.calls))?;
    add(PartName::Lines, &|| lines::measure(&annals, folder, options.events))?;
    add(PartName::Start, &|| start::measure(&annals, folder, options.starts))?;
    add(PartName::Memory, &|| memory::measure(&annals, folder, options.calls))?;
    add(PartName::Overload, &|| overload::measure(&annals, folder))?;
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
