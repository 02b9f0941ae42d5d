//! The words of `forward`.

use clap::Args;

/// What waits for the server.
#[derive(Args, Debug)]
pub(crate) struct Forward {
    /// Nobody waits for this process: stay for more, and end where another one works already
    #[arg(long, hide = true)]
    pub(crate) detached: bool,
}
