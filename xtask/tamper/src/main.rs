//! `cargo xtask tamper`: attacks on copies of a real log, each of which `verify` must catch and call by its name, and untouched logs, none of which it may accuse.
//!
//! The log is made by recording through the library. Each try takes a fresh copy, throws a place and a way from a seed, changes the files with SQLite alone, and asks `annals::verify`. A try can be
//! repeated by the seed that is printed. That all of them are caught shows little if everything were called tampering, which is what the controls are for.
//! A package of its own for the same reason as the benchmarks.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for people, who read both")]

mod attack;
mod child;
mod control;
mod folder;
mod judge;
mod leaf;
mod original;
mod random;
mod run;
mod tally;
mod tiles;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::tally::Tally;

/// Attacks on copies of a real log, and what `verify` calls them.
#[derive(Parser)]
#[command(name = "cargo xtask tamper", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Part {
    /// Records: what this program starts as processes of their own.
    #[command(hide = true)]
    Child(child::Told),
}

/// What is tried, and how often.
#[derive(clap::Args)]
struct Options {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How often each attack is tried, and how many untouched logs there are
    #[arg(long, value_name = "N", default_value_t = 200)]
    tries: u64,
    /// Try only this attack, or `controls`; may be repeated
    #[arg(long, value_name = "ATTACK")]
    only: Vec<String>,
    /// Where the throws begin; unless given, anywhere
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print the attacks
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.part {
        Some(Part::Child(told)) => told.run().map(|()| true),
        None => try_all(&arguments.options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(3)
        }
    }
}

/// Whether all was caught and nobody accused for nothing.
fn try_all(options: &Options) -> anyhow::Result<bool> {
    let attacks = attack::all();
    let limits = attack::limits();
    if options.list {
        for attack in attacks.iter().chain(&limits) {
            println!("{:<26}{}", attack.name, attack.expected);
        }
        return Ok(true);
    }
    let seed = match options.seed {
        Some(seed) => seed,
        None => getrandom::u64()? >> 16,
    };
    eprintln!("seed {seed} (hint: `--seed {seed}` throws the same again)");
    let run = run::run(&attacks, &limits, seed, options.tries, &options.only)?;
    tally::keep_line(&run.attacks, &run.controls)?;
    let all = || run.attacks.iter().chain(&run.limits).chain(&run.controls);
    if options.json {
        println!("{:#}", tally::json(seed, run.n_events, [&run.attacks, &run.limits, &run.controls]));
    } else {
        println!("a log of {} events, seed {seed}\n", run.n_events);
        let tables = [("attack", &run.attacks), ("nobody could see", &run.limits), ("untouched", &run.controls)];
        for (heading, tallies) in tables.into_iter().filter(|(_, tallies)| !tallies.is_empty()) {
            println!("{}", tally::text(heading, tallies));
        }
        let (n_tried, n_held) =
            (all().map(|tally| tally.n_tried).sum::<u64>(), all().filter(|tally| tally.holds()).count());
        println!("{n_tried} tries, {n_held} of {} as they should be", all().count());
    }
    Ok(all().all(Tally::holds))
}
