//! The log of a command that runs for long: lines on standard error.
//!
//! Commands that end by themselves tell their one failure and need no log.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::failure::Failure;

/// Writes what happens at this level or above to standard error, without colour.
///
/// The MCP library is not heard: it tells each request several times, and at its lower levels with all that a client sent.
pub(crate) fn start(level: LevelFilter) -> Result<(), Failure> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_max_level(level)
        .finish()
        .with(Targets::new().with_default(level).with_target("rmcp", LevelFilter::OFF))
        .try_init()
        .map_err(|error| Failure::could_not(format!("could not begin the log: {error}")))
}
