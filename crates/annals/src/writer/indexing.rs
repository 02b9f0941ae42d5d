//! When the writer fills the index of words: while no event waits, some events at a time, so that none has to wait for more than one such step.
//!
//! It waits a moment after the newest batch, so that a caller who records one event after the other meets no step between two of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::audit::Core;

/// So long nothing must have been recorded.
const PAUSE: Duration = Duration::from_millis(250);
/// Between two steps, for other processes that write. They are not told of this one and could not wait for its pause.
const BETWEEN: Duration = Duration::from_millis(5);

/// Whether the index is behind, and when to go on with it.
pub(super) struct Indexing {
    /// `None` when it has everything.
    due_at: Option<Instant>,
}

impl Indexing {
    /// What others have left is made up for.
    pub(super) fn new() -> Self {
        Self { due_at: Some(Instant::now() + PAUSE) }
    }

    /// A batch was made durable.
    pub(super) fn wrote(&mut self) {
        self.due_at = Some(Instant::now() + PAUSE);
    }

    /// How long the writer may wait for records.
    pub(super) fn idle_at_most(&self) -> Duration {
        self.due_at.map_or(Duration::MAX, |due_at| due_at.saturating_duration_since(Instant::now()))
    }

    /// Takes some events in, if it is time. A store that can't be written to tells so by the next append; the index is tried again after that, or after the next look around.
    pub(super) fn go_on(&mut self, core: &Core) {
        let is_early = self.due_at.is_some_and(|due_at| Instant::now() < due_at);
        if core.closing_limit().is_some() || is_early {
            return;
        }
        let n_events = core.index_some();
        self.due_at = (n_events > 0).then(|| Instant::now() + BETWEEN);
    }
}

impl Core {
    /// Has the index of words take in some events, for some milliseconds at the most, and answers how many. No failure of it, a panic of the store included, is one of recording.
    pub(crate) fn index_some(&self) -> u64 {
        let Some(store) = self.store.opened().filter(|_| !self.is_remote()) else { return 0 };
        match catch_unwind(AssertUnwindSafe(|| store.index_words())) {
            Ok(Ok(n_events)) => n_events,
            Ok(Err(error)) => {
                tracing::debug!("the index of words waits: {error}");
                0
            }
            Err(_) => {
                tracing::warn!("the index of words waits: the store panicked while it took words in");
                0
            }
        }
    }
}
