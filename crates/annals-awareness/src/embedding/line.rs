//! The line to a provider: whether it is worth a call now.
//!
//! A provider that does not answer is asked again after a pause, which doubles each time, and by one caller; all others are told at once that it does not answer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use annals_embed::{Failure, FailureKind};

/// The longest pause.
const LONGEST: Duration = Duration::from_mins(1);

/// What is known of a provider.
#[derive(Debug)]
pub(super) struct Line {
    first_pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    trouble: Option<Trouble>,
    /// How often in a row it did not answer.
    n_failures: u32,
}

#[derive(Clone, Copy, Debug)]
struct Trouble {
    until: Instant,
    words: &'static str,
}

impl Line {
    pub(super) fn new(first_pause: Duration) -> Self {
        Self { first_pause, state: Mutex::default() }
    }

    /// Why not to call, for those who can do without.
    pub(super) fn trouble(&self) -> Option<&'static str> {
        self.lock().trouble.map(|trouble| trouble.words)
    }

    /// How long to wait before the next call.
    pub(super) fn pause(&self) -> Duration {
        self.lock().trouble.map_or(Duration::ZERO, |trouble| trouble.until.saturating_duration_since(Instant::now()))
    }

    /// It answered in time.
    pub(super) fn answered(&self) {
        *self.lock() = State::default();
    }

    /// It did not, or not in time.
    pub(super) fn failed(&self, failure: &Failure) {
        let mut state = self.lock();
        let doubled = self.first_pause.saturating_mul(1 << state.n_failures.min(16)).min(LONGEST);
        let pause = match failure.kind {
            FailureKind::Busy { retry_after: Some(after) } => after.max(doubled),
            _ => doubled,
        };
        state.n_failures = state.n_failures.saturating_add(1);
        let trouble = Trouble { until: Instant::now() + pause, words: words(failure.kind) };
        if state.trouble.replace(trouble).is_none() {
            tracing::warn!("no vectors from the provider: {failure}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why there are no vectors, in words that tell a client nothing of the provider.
fn words(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unavailable => "the provider does not answer",
        FailureKind::Busy { .. } => "the provider asks for fewer calls",
        FailureKind::Refused => "the provider does not take the text",
        FailureKind::Misconfigured => "the provider does not take the server's settings",
        FailureKind::Malformed => "the provider answers with no vectors",
    }
}

#[cfg(test)]
mod tests;
