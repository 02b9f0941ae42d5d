//! The words of `annals wrap`: what follows `--` belongs to the server.

use std::ffi::OsString;

use clap::Args;

use super::rollback::OnRollback;

/// An MCP server to start, and what to do when its calls can't be recorded.
#[derive(Args, Debug)]
pub(crate) struct Wrap {
    /// Refuse a call that can't be recorded; else it goes on
    #[arg(long)]
    pub(crate) fail_closed: bool,
    #[command(flatten)]
    pub(crate) on_rollback: OnRollback,
    /// The server's command with its arguments, after `--`
    #[arg(last = true, required = true, num_args = 1.., value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}
