//! The words of `annals verify`.

use std::path::PathBuf;

use clap::Args;

/// Whether a log is what was recorded.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// A database file, or `postgres://…` (default: that of the data directory)
    #[arg(value_name = "DB")]
    pub(crate) database: Option<PathBuf>,
    /// The log's key, from `annals key show`, or @FILE
    #[arg(long, value_name = "VKEY|@FILE")]
    pub(crate) key: Option<String>,
    /// A checkpoint that the log must continue
    #[arg(long, value_name = "FILE")]
    pub(crate) from_checkpoint: Option<PathBuf>,
    /// Look at what came since it, and at a sample
    #[arg(long, requires = "from_checkpoint")]
    pub(crate) incremental: bool,
    /// Keep the newest checkpoint here, for the next time
    #[arg(long, value_name = "FILE")]
    pub(crate) save_checkpoint: Option<PathBuf>,
}
