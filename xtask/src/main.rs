//! The developer commands: `cargo xtask test`, `full`, `bench`, `eval`, `tamper` and `session`.
//!
//! A person and CI run the same command, so that CI knows nothing of its own and whatever it finds can be repeated at a desk.
//! The alternative, steps written down in a CI file, would be tested by nobody but CI.
//! This crate depends on nothing of the product: it starts cargo and reads what the sources say.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for people, who read both")]

mod bench;
mod embedded;
mod eval;
mod full;
mod fuzz;
mod node;
mod process;
mod python;
mod session;
mod steps;
mod tamper;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::bail;

use crate::workspace::Workspace;

const USAGE: &str = "\
The developer commands of Annals.

cargo xtask test [--only STEP]... [--list]   everything that must hold before a change lands
cargo xtask full [--only STEP]...            the long counts; writes docs/reliability/full.md
cargo xtask bench NAME [ARGS]...             the benchmarks `record`, `trail`, `evidence`, `server`, `awareness` and `search`; `--json` for programs
cargo xtask eval FILE [ARGS]...              how well questions find what answers them, by a dataset of yours (docs/search-eval.md)
cargo xtask tamper [ARGS]...                 attacks on copies of a log, and what `verify` calls them
cargo xtask session [--write]                README's terminal session; writes its real output into README
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        print!("{USAGE}");
        return Ok(());
    };
    let workspace = Workspace::load()?;
    match command.as_str() {
        "test" => test::run(&workspace, rest),
        "full" => full::run(&workspace, rest),
        "bench" => bench::run(&workspace, rest),
        "eval" => eval::run(&workspace, rest),
        "tamper" => tamper::run(&workspace, rest),
        "session" => session::command(&workspace, rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("unknown command `{command}` (hint: `cargo xtask help` lists them)"),
    }
}
