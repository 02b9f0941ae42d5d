//! The words of `annals key` and `annals checkpoint`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::rollback::OnRollback;

/// The key that the log is signed with.
#[derive(Args, Debug)]
pub(crate) struct Key {
    /// show, rotate or import
    #[arg(value_name = "ACTION", hide_possible_values = true)]
    pub(crate) action: KeyAction,
    /// The file that was `log.key`, or `-` for standard input
    #[arg(value_name = "FILE", required_if_eq("action", "import"))]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) on_rollback: OnRollback,
}

/// What is done about the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum KeyAction {
    /// Print the public key.
    Show,
    /// Replace it.
    Rotate,
    /// Bring the private key back.
    Import,
}

/// The newest checkpoint.
#[derive(Args, Debug)]
pub(crate) struct Checkpoint {
    #[command(flatten)]
    pub(crate) on_rollback: OnRollback,
}
