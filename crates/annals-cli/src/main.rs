//! The command `annals`: arguments in, text out, and the wiring between them and the audit service.
//!
//! Nothing about what an event is or how a log is kept is decided here.
//! `arguments` turns words into typed requests, `commands` has a file for each of them, `output` turns answers into tables, NDJSON or CSV.

use std::process::ExitCode;

mod arguments;
mod commands;
mod drainer;
mod failure;
mod input;
mod interrupt;
mod logging;
mod output;
mod progress;
mod reading;
mod run;
mod settings;
mod surroundings;

fn main() -> ExitCode {
    run::run(std::env::args_os())
}
