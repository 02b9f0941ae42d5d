//! Whether a log is what was recorded, and if not, where it first isn't and what kind of tampering fits.
//!
//! A verification writes nothing, in the database and beside it. It fixes the log's size when it begins and reads in short transactions, so that a log may be written, erased and
//! pruned meanwhile.

mod beside;
mod chance;
mod claims;
mod entries;
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

use crate::place::Database;
use crate::{Audit, Error, ErrorKind};

/// Verifies the log in this database file.
///
/// `progress` is called now and then with how far it has come.
///
/// What is wrong with the log is a finding of the report. The error is for what could not be looked at: `NotFound`, `Permission`, `Busy`, `NewerFormat`, `ReadOnly` (an older format,
/// which has no tree yet), `Corrupt` (no database, or one so damaged that it cannot be read), `Invalid` (a key or checkpoint of the options makes no sense).
pub fn verify(database: &Path, options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<Report, Error> {
    run::run(&Database::File(database.to_path_buf()), options, progress, span::Sight::WHOLE)
}

/// Verifies the log in the database of this address, as [`Settings::database_url`](crate::Settings::database_url) takes it; see [`verify`]. Beside a database of PostgreSQL nothing is published, so
/// that what is known of it outside comes with the options.
///
/// Beside the errors of that: `Setting` for what is no address.
pub fn verify_at(address: &str, options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<Report, Error> {
    run::run(&Database::of(Path::new(""), Some(address))?, options, progress, span::Sight::WHOLE)
}

/// The same for a database that is known already.
pub(crate) fn verify_in(
    database: &Database,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    run::run(database, options, progress, span::Sight::WHOLE)
}

impl Audit {
    /// Verifies this service's own log, while it is written; see [`verify`]. Unless the options say otherwise, against the checkpoints that are published in its data directory.
    ///
    /// Beside the errors of that: `NotFound` for a service over a store that its caller brought, whose database only the caller knows.
    pub fn verify(&self, options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<Report, Error> {
        let Some(place) = &self.core().place else {
            return Err(Error::new(ErrorKind::NotFound, "the service does not know where its store keeps the log"));
        };
        let options = match options.published {
            options::Published::Beside => options.clone().published_in(place.data()),
            _ => options.clone(),
        };
        run::run(place.database(), &options, progress, span::Sight::WHOLE)
    }
}

#[cfg(test)]
mod tests;
