//! `cargo xtask bench postgres`: what PostgreSQL costs. Durable events beside a loop of bare inserts, calls and searches beside the same on SQLite, and two nodes beside one.
//!
//! One real server, whose commits wait for the disk, is started here and ended here; each part has databases of its own in it. Server, nodes and clients share the machine, and what each of them takes
//! is in the figures.

mod calls;
mod durable;
mod hybrid;
mod nodes;

use std::path::Path;
use std::time::Instant;

use annals_testkit::postgres::{Flush, Server};
use clap::{Args, ValueEnum};

use crate::report::{Part, Report};
use crate::{binary, scratch};

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many entries there are
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    entries: u32,
    /// How long each side is called at a time
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Measure only this part; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<PartName>,
}

/// The parts, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum PartName {
    /// Durable events a second
    Durable,
    /// Calls of what agents know, search by words among them
    Calls,
    /// Search by words and vectors
    Hybrid,
    /// Two nodes on one database
    Nodes,
}

/// Where databases are made.
struct Databases<'a> {
    server: &'a Server,
    annals: &'a Path,
    folder: &'a Path,
}

impl Databases<'_> {
    /// A new database with vectors, and its address.
    fn make(&self, name: &str) -> String {
        self.server.create(name, "template0");
        self.server.sql(name, "CREATE EXTENSION vector");
        self.server.url(name)
    }
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let scratch = scratch::folder()?;
    let annals = binary::built()?;
    let server = Server::alone(Flush::Real);
    let databases = Databases { server: &server, annals: &annals, folder: scratch.path() };
    let is_wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut report = Report { benchmark: "postgres", parts: Vec::new() };
    let mut add = |name: PartName, measure: &mut dyn FnMut() -> anyhow::Result<Part>| -> anyhow::Result<()> {
        if is_wanted(name) {
            let began = Instant::now();
            let mut part = measure()?;
            part.took = began.elapsed();
            report.parts.push(part);
        }
        Ok(())
    };
    add(PartName::Durable, &mut || durable::measure(&databases))?;
    add(PartName::Calls, &mut || calls::measure(&databases, options.entries, options.seconds))?;
    add(PartName::Hybrid, &mut || hybrid::measure(&databases, options.entries))?;
    add(PartName::Nodes, &mut || nodes::measure(&databases, options.seconds))?;
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
