//! The words of `annals awareness`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Source;
use super::rollback::OnRollback;

/// What agents know, out and in.
#[derive(Args, Debug)]
pub(crate) struct Awareness {
    /// export or import
    #[arg(value_name = "ACTION", hide_possible_values = true)]
    pub(crate) action: AwarenessAction,
    /// What is imported, or `-` for standard input
    #[arg(value_name = "FILE", required_if_eq("action", "import"))]
    pub(crate) file: Option<Source>,
    /// Whose knowledge it is (default: default)
    #[arg(long, value_name = "SPACE")]
    pub(crate) space: Option<String>,
    /// Of an installation, this owner's entries alone
    #[arg(long, value_name = "OWNER")]
    pub(crate) owner: Option<String>,
    /// Export into this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Import nothing, and count what would be
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) on_rollback: OnRollback,
}

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum AwarenessAction {
    /// Out.
    Export,
    /// In.
    Import,
}
