//! The words of `annals export`, `annals backup`, `annals copy` and `annals restore`.

use std::path::PathBuf;

use clap::Args;

use super::Filters;

/// Events that leave the log.
#[derive(Args, Debug)]
pub(crate) struct Export {
    /// Into this file, which must not be there yet
    #[arg(long, value_name = "FILE", conflicts_with = "bundle")]
    pub(crate) output: Option<PathBuf>,
    /// An auditor's package, into this folder, new or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) filters: Filters,
}

/// A copy of the log.
#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// The copy, which must not be there yet
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// A log that moves.
#[derive(Args, Debug)]
pub(crate) struct Copy {
    /// What is copied [default: `annals.db` in the data directory]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) from: Option<String>,
    /// Where to [default: `ANNALS_DATABASE_URL`]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: Option<String>,
}

/// A copy that becomes the log.
#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// What `annals backup` wrote
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Put the database that is there aside
    #[arg(long)]
    pub(crate) replace: bool,
}
