//! The words of `forward`.

use clap::Args;

/// What waits for the server.
#[derive(Args, Debug)]
pub(crate) struct Forward {
    /// Stay for more, and end where another does so already
    #[arg(long)]
    pub(crate) detached: bool,
}
