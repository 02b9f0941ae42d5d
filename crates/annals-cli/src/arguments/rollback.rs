//! What a command that writes does about a database that was put back.

use annals::Settings;
use clap::Args;

/// Whether to go on with it.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct OnRollback {
    /// Go on, under a new origin, if the log was put back
    #[arg(
        long,
        long_help = "Go on under a new origin where the log was cut or put back, or where its key is lost. The log then has a new name, a new key and a new folder below checkpoints, and its first event says which events and which checkpoint came before."
    )]
    accept_rollback: bool,
}

impl OnRollback {
    /// The settings with what was asked for.
    pub(crate) fn applied_to(self, settings: Settings) -> Settings {
        if self.accept_rollback { settings.accept_rollback() } else { settings }
    }
}
