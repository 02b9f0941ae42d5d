//! How a database is opened, whichever it is: what may be done with it, by which clock, how patiently, for how long a life, and against what is known of it outside.
//!
//! What only one backend knows, such as how many connections it may have, is its own.

use std::sync::Arc;
use std::time::Duration;

use crate::Outside;
use crate::backend::Clock;

/// What opening may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpenMode {
    /// Make what is missing, bring the schema up to date, and write.
    ReadWriteCreate,
    /// Read what is there: make nothing, bring nothing up to date.
    ReadOnly,
}

/// How long a store is meant to live.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// As long as its process, which sees to the upkeep of the database.
    Long,
    /// For one event: the upkeep is left to others as far as that goes.
    Brief,
}

/// How a database is opened; unless said otherwise for long, with the system's clock and every lock's usual patience.
#[derive(Clone, Debug)]
pub struct Opening {
    clock: Clock,
    at_most: Option<Duration>,
    life: Life,
    outside: Option<Arc<dyn Outside>>,
    accepts_rollback: bool,
}

impl Default for Opening {
    fn default() -> Self {
        Self { clock: Clock::system(), at_most: None, life: Life::Long, outside: None, accepts_rollback: false }
    }
}

impl Opening {
    /// With another clock for `recorded_at`.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Waits for others at most so long, all in all and counted from the opening. What is not to be had by then is an error of kind `Busy`.
    pub fn waiting_at_most(self, at_most: Duration) -> Self {
        Self { at_most: Some(at_most), ..self }
    }

    /// For one event: leaves the upkeep of the database to others as far as that goes.
    pub fn briefly(self) -> Self {
        Self { life: Life::Brief, ..self }
    }

    /// With what is known of the log beside its database. It is asked after the log's name and before its size is read, at every opening to write and whenever the connection that writes is
    /// made anew; a database that lacks what was published is refused with an error of kind `RolledBack`.
    pub fn with_outside(self, outside: Arc<dyn Outside>) -> Self {
        Self { outside: Some(outside), ..self }
    }

    /// Opens a database though it was cut or put back, for [`continue_as`](crate::EvidenceStore::continue_as), which gives it a new name. Nothing is asked of the outside, and nothing
    /// is compared with the tree before that.
    pub fn accepting_rollback(self) -> Self {
        Self { accepts_rollback: true, ..self }
    }

    /// The clock for `recorded_at`.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How long to wait for others, all in all; `None` for as long as is usual for each of them.
    pub fn at_most(&self) -> Option<Duration> {
        self.at_most
    }

    /// How long the store is meant to live.
    pub fn life(&self) -> Life {
        self.life
    }

    /// Whether a database that was cut or put back is opened all the same.
    pub fn accepts_rollback(&self) -> bool {
        self.accepts_rollback
    }

    /// Whoever knows of the log beside its database; nobody where none was named, or where it does not matter.
    pub fn outside(&self) -> Option<&Arc<dyn Outside>> {
        self.outside.as_ref().filter(|_| !self.accepts_rollback)
    }
}
