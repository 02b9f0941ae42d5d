//! `cargo xtask bench trail`: what an agent pays for being audited from outside: a process for each hook event, and a process between it and each of its MCP servers; and how long
//! its owner waits for an answer.
//!
//! The binary is built as users get it and started as clients start it; what is measured is what the client waits for.

mod echo;
mod hook;
mod questions;
mod wrap;

use std::time::Instant;

use clap::{Args, ValueEnum};

pub(crate) use self::echo::echo;
use crate::report::{Part, Report};
use crate::{binary, scratch};

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many hook processes each side has
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(100..))]
    hooks: u32,
    /// How many calls each side has
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..))]
    calls: u32,
    /// Measure only this part; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<PartName>,
}

/// The parts, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum PartName {
    /// A hook's whole process
    Hook,
    /// A call through the wrapper
    Wrap,
    /// A call through a wrapper whose server is away
    WrapForward,
    /// The six questions
    Questions,
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let scratch = scratch::folder()?;
    let annals = binary::built()?;
    let mut report = Report { benchmark: "trail", parts: Vec::new() };
    let mut add = |name: PartName, measure: &dyn Fn() -> anyhow::Result<Part>| -> anyhow::Result<()> {
        if options.only.is_empty() || options.only.contains(&name) {
            let began = Instant::now();
            let mut part = measure()?;
            part.took = began.elapsed();
            report.parts.push(part);
        }
        Ok(())
    };
    add(PartName::Hook, &|| hook::measure(&annals, scratch.path(), options.hooks))?;
    add(PartName::Wrap, &|| wrap::measure(&annals, scratch.path(), options.calls))?;
    add(PartName::WrapForward, &|| wrap::measure_forwarding(&annals, scratch.path(), options.calls))?;
    add(PartName::Questions, &|| questions::measure(&annals, scratch.path()))?;
    if options.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    Ok(())
}
