//! How a database is opened, beyond what may be done with it: by which clock, how patiently, and for how long a life.
//!
//! A store that lives for one event must neither wait for others nor tidy up behind everybody: closing as the last one, it would copy the whole WAL back and remove it, and the
//! next such store would make it anew. So its WAL stays until it is large.

use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_store::Outside;
use annals_store::backend::Clock;

/// How a database is opened; unless said otherwise for long, with the system's clock.
#[derive(Clone, Debug)]
pub struct Opening {
    pub(crate) clock: Clock,
    at_most: Option<Duration>,
    pub(crate) life: Life,
    outside: Option<Arc<dyn Outside>>,
    pub(crate) accepts_rollback: bool,
    #[cfg(feature = "bench")]
    without_tree: bool,
}

/// How long a store is meant to live.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Life {
    Long,
    Brief,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            at_most: None,
            life: Life::Long,
            outside: None,
            accepts_rollback: false,
            #[cfg(feature = "bench")]
            without_tree: false,
        }
    }
}

impl Opening {
    /// With another clock for `recorded_at`.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Waits for locks of others at most so long, all in all and counted from the opening. What is not to be had by then is an error of kind `Busy`.
    pub fn waiting_at_most(self, at_most: Duration) -> Self {
        Self { at_most: Some(at_most), ..self }
    }

    /// For one event: leaves the upkeep of the database to others as far as that goes.
    pub fn briefly(self) -> Self {
        Self { life: Life::Brief, ..self }
    }

    /// With what is known of the log beside its database. It is asked after the log's name and before its size is read, at every opening to write and whenever the connection is made anew; a
    /// database that lacks what was published is refused with an error of kind `RolledBack`.
    pub fn with_outside(self, outside: Arc<dyn Outside>) -> Self {
        Self { outside: Some(outside), ..self }
    }

    /// Opens a database though it was cut or put back, for [`continue_as`](annals_store::EvidenceStore::continue_as), which gives it a new name. Nothing is asked of the outside, and nothing
    /// is compared with the tree before that.
    pub fn accepting_rollback(self) -> Self {
        Self { accepts_rollback: true, ..self }
    }

    /// Writes rows without leaves, so that a benchmark can tell what the tree costs. What comes of it can't be opened in any other way.
    #[cfg(feature = "bench")]
    pub fn without_tree(self) -> Self {
        Self { without_tree: true, ..self }
    }

    /// Whether rows get leaves.
    #[cfg(feature = "bench")]
    pub(crate) fn keeps_tree(&self) -> bool {
        !self.without_tree
    }

    /// Whether rows get leaves: they always do, but for a benchmark.
    #[cfg(not(feature = "bench"))]
    #[expect(clippy::unused_self, reason = "what a benchmark opens answers by itself")]
    pub(crate) fn keeps_tree(&self) -> bool {
        true
    }

    /// Whoever knows of the log beside its database; nobody where none was named, or where it does not matter.
    pub(crate) fn outside(&self) -> Option<&dyn Outside> {
        self.outside.as_deref().filter(|_| !self.accepts_rollback)
    }

    /// The patience of a store that is opened at this moment.
    pub(crate) fn patience(&self) -> Patience {
        Patience { until: self.at_most.and_then(|at_most| Instant::now().checked_add(at_most)) }
    }
}

/// Until when a store waits for others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// `None` has no end: each lock is waited for as long as is usual for it.
    until: Option<Instant>,
}

impl Patience {
    /// As long as is usual for every lock.
    #[cfg(test)]
    pub(crate) const USUAL: Self = Self { until: None };

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
