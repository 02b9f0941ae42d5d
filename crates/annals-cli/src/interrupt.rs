//! Ctrl-C as a flag, for the commands that have something to finish.
//!
//! The first one asks to stop; a second one ends the process at once, which is what a person who presses it again wants.
//! Commands that only read leave the signal alone and simply end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;

use crate::failure::Failure;

/// Whether Ctrl-C was pressed.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to watch.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let flag = Arc::new(AtomicBool::new(false));
        let failed = |error| Failure::could_not(format!("could not watch for Ctrl-C: {error}"));
        // In this order: the first signal finds the flag unset and sets it, the second finds it set.
        signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&flag)).map_err(failed)?;
        signal_hook::flag::register(SIGINT, Arc::clone(&flag)).map_err(failed)?;
        Ok(Self(flag))
    }

    /// Whether to stop.
    pub(crate) fn is_pressed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
