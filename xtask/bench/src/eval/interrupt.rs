//! Ctrl-C as a flag, so that the server is stopped, what was asked is kept and the figures of that are told.
//!
//! The first one asks to stop; a second one ends the program at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, ensure};
use signal_hook::consts::{SIGINT, SIGTERM};

/// Whether somebody wants this to end.
#[derive(Clone, Default, Debug)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to watch.
    pub(super) fn watch() -> anyhow::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag unset and sets it, the second finds it set.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&flag))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
                .context("could not watch for Ctrl-C")?;
        }
        Ok(Self(flag))
    }

    pub(super) fn is_pressed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error if it is pressed.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        ensure!(!self.is_pressed(), "interrupted before the first question was asked");
        Ok(())
    }

    /// As if somebody had pressed it.
    #[cfg(test)]
    pub(super) fn press(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
