//! The benchmarks, which `cargo xtask bench NAME` builds optimised and starts.
//!
//! Each is one run that measures both sides of what it compares, in turns, so that whatever else the machine does falls on both; what is told are medians, tails
//! and ratios, never an average. A goal that is missed is shown as missed and fails nothing: a benchmark reports, tests judge.
//! A package of its own, since it needs the product and its rivals, for which no test run should wait.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for people, who read both")]

mod awareness;
mod binary;
mod client;
mod eval;
mod evidence;
mod machine;
mod mcp;
mod numbers;
mod postgres;
mod process;
mod record;
mod report;
mod rival;
mod sample;
mod scratch;
mod search;
mod server;
mod trail;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The benchmarks of Annals.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// The record path: what a caller pays, durable events a second, memory, and pages out of millions.
    Record(record::Options),
    /// Fills a data directory and says how much memory that took: what `record` starts as a process of its own.
    #[command(hide = true)]
    Fill(record::Fill),
    /// The evidence: what the tree costs the writer, verifying, a proof out of millions, and what does not grow with the log.
    Evidence(evidence::Options),
    /// Verifies a log and says how long that took and how much memory: what `evidence` starts as a process of its own.
    #[command(hide = true)]
    Verify(evidence::Verify),
    /// The trail from outside: a hook's process, and a call through the wrapper.
    Trail(trail::Options),
    /// Answers MCP requests at once: the server that `trail` starts.
    #[command(hide = true)]
    Echo,
    /// The server: calls and events beside bare libraries, a stream of lines, the start, an idle server's memory, and overload.
    Server(server::Options),
    /// What agents know: reading, searching and keeping it over HTTP by one client and by sixteen, with few entries and with many.
    Awareness(awareness::Options),
    /// Searching without a server between: by words, by words and vectors, and whether what is nearest is found under every filter.
    Search(search::Options),
    /// PostgreSQL: durable events beside bare inserts, calls beside those on SQLite, and two nodes beside one.
    Postgres(postgres::Options),
    /// How well questions find what answers them, by a dataset of one's own: what `cargo xtask eval` starts
    Eval(eval::Options),
    /// Answers requests at once: what `server` compares with.
    #[command(hide = true)]
    Bare { kind: server::Bare },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().benchmark {
        Benchmark::Record(options) => record::run(&options),
        Benchmark::Fill(fill) => fill.run(),
        Benchmark::Evidence(options) => evidence::run(&options),
        Benchmark::Verify(verify) => verify.run(),
        Benchmark::Trail(options) => trail::run(&options),
        Benchmark::Echo => trail::echo(),
        Benchmark::Server(options) => server::run(&options),
        Benchmark::Awareness(options) => awareness::run(&options),
        Benchmark::Search(options) => search::run(&options),
        Benchmark::Postgres(options) => postgres::run(&options),
        Benchmark::Eval(options) => eval::run(&options),
        Benchmark::Bare { kind } => server::serve_bare(kind),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
