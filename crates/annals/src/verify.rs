//! Whether a log is what was recorded, and if not, where it first isn't and what kind of tampering fits.
//!
//! A verification writes nothing, in the database and beside it. It fixes the log's size when it begins and reads in short transactions, so that a log may be written, erased and
//! pruned meanwhile.

mod chance;
mod claims;
mod erasures;
mod findings;
mod fold;
mod leaf;
mod notes;
mod opened;
mod operations;
mod options;
mod pass;
mod producers;
mod report;
mod run;
mod runs;
mod sample;
mod span;
mod suspects;
mod tiles;
mod trust;
mod workers;

pub use options::{Options, Progress};
pub use report::{Finding, OpenOperation, PendingErasure, Report, Trust, Unsealed, Verdict};

use std::path::Path;

use crate::Error;

/// Verifies the log in this database file.
///
/// `progress` is called now and then with how far it has come.
///
/// What is wrong with the log is a finding of the report. The error is for what could not be looked at: `NotFound`, `Permission`, `Busy`, `NewerFormat`, `ReadOnly` (an older format,
/// which has no tree yet), `Corrupt` (no database, or one so damaged that it cannot be read), `Invalid` (a key or checkpoint of the options makes no sense).
pub fn verify(database: &Path, options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<Report, Error> {
    run::run(database, options, progress, span::Sight::WHOLE)
}

#[cfg(test)]
mod tests;
