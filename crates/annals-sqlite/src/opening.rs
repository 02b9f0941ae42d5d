//! How patiently a store waits for others.
//!
//! A store that lives for one event must neither wait for others nor tidy up behind everybody: closing as the last one, it would copy the whole WAL back and remove it, and the
//! next such store would make it anew. So its WAL stays until it is large.

use std::time::{Duration, Instant};

use annals_store::Opening;

/// Until when a store waits for others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// `None` has no end: each lock is waited for as long as is usual for it.
    until: Option<Instant>,
}

impl Patience {
    /// As long as is usual for every lock.
    pub(crate) const USUAL: Self = Self { until: None };

    /// The patience of a store that is opened at this moment.
    pub(crate) fn of(opening: &Opening) -> Self {
        Self { until: opening.at_most().and_then(|at_most| Instant::now().checked_add(at_most)) }
    }

    /// How long to wait for a lock for which so long is usual.
    pub(crate) fn at_most(self, usual: Duration) -> Duration {
        self.until.map_or(usual, |until| usual.min(until.saturating_duration_since(Instant::now())))
    }

    /// Whether it has ended.
    pub(crate) fn is_over(self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }

    /// Whether it ever ends.
    pub(crate) fn ends(self) -> bool {
        self.until.is_some()
    }
}
