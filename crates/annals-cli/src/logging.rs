//! The log of a command that runs for long: lines on standard error.
//!
//! Commands that end by themselves tell their one failure and need no log.

use tracing_subscriber::filter::LevelFilter;

use crate::failure::Failure;

/// Writes what happens at this level or above to standard error, without colour.
pub(crate) fn start(level: LevelFilter) -> Result<(), Failure> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_max_level(level)
        .try_init()
        .map_err(|error| Failure::could_not(format!("could not begin the log: {error}")))
}
