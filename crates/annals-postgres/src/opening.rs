//! How a database is opened: by which clock, how patiently, with how many connections.

use std::sync::Arc;
use std::time::Duration;

use annals_store::Outside;
use annals_store::backend::Clock;

use crate::migration::{MIGRATIONS, Migration};

/// Over there no time at all means no limit.
const LEAST: Duration = Duration::from_millis(1);

/// How a database is opened; what its address says of connections counts more. Unless said otherwise with the system's clock and patience for a loaded server.
#[derive(Clone, Debug)]
pub struct Opening {
    pub(crate) clock: Clock,
    pub(crate) patience: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) max_connections: usize,
    pub(crate) idle_timeout: Duration,
    /// What no address stretches.
    at_most: Option<Duration>,
    outside: Option<Arc<dyn Outside>>,
    pub(crate) accepts_rollback: bool,
    /// Where it is told what others write, where that is another address.
    pub(crate) listen_url: Option<String>,
    pub(crate) migrations: &'static [Migration],
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            patience: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            max_connections: 10,
            idle_timeout: Duration::from_mins(10),
            at_most: None,
            outside: None,
            accepts_rollback: false,
            listen_url: None,
            migrations: MIGRATIONS,
        }
    }
}

impl Opening {
    /// With another clock for `recorded_at`.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Waits at most so long for a connection. What is not to be had by then is an error of kind `Busy`.
    pub fn waiting_at_most(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// No statement takes longer than this, the wait for other writers included; neither does the server wait longer for what this store does next in a transaction.
    pub fn with_statement_timeout(self, statement_timeout: Duration) -> Self {
        Self { statement_timeout, ..self }
    }

    /// With at most so many connections at a time.
    pub fn with_max_connections(self, max_connections: usize) -> Self {
        Self { max_connections: max_connections.max(1), ..self }
    }

    /// A connection that nobody has used for so long is closed; with zero, none is.
    pub fn with_idle_timeout(self, idle_timeout: Duration) -> Self {
        Self { idle_timeout, ..self }
    }

    /// With what is known of the log beside its database. It is asked after the log's name and before its size is read, at every opening to write and before anything is written on a new connection; a database that lacks what was published is
    /// refused with an error of kind `RolledBack`.
    pub fn with_outside(self, outside: Arc<dyn Outside>) -> Self {
        Self { outside: Some(outside), ..self }
    }

    /// Opens a database though it was cut or put back, for [`continue_as`](annals_store::EvidenceStore::continue_as), which gives it a new name. Nothing is asked of the outside, and nothing
    /// is compared with the tree before that.
    pub fn accepting_rollback(self) -> Self {
        Self { accepts_rollback: true, ..self }
    }

    /// Hears at this address of what other processes write: the server's own, where the database is reached through a pooler that gives every transaction another connection. Nothing else is
    /// done there.
    pub fn listening_at(self, url: impl Into<String>) -> Self {
        Self { listen_url: Some(url.into()), ..self }
    }

    /// With these steps of its tables, of which ours are the first: to see what a newer version, which has more of them, leaves to this one.
    pub fn with_migrations(self, migrations: &'static [Migration]) -> Self {
        Self { migrations, ..self }
    }

    /// So long, or no longer than the opener waits for anything.
    pub(crate) fn bounded(&self, time: Duration) -> Duration {
        self.at_most.map_or(time, |at_most| time.min(at_most.max(LEAST)))
    }

    /// Whoever knows of the log beside its database; nobody where none was named, or where it does not matter.
    pub(crate) fn outside(&self) -> Option<&dyn Outside> {
        self.outside.as_deref().filter(|_| !self.accepts_rollback)
    }
}

/// As every backend is opened, with the connections and times that are usual here. Who waits no longer than so long waits no longer for a connection or a statement either, whatever the address
/// says.
impl From<annals_store::Opening> for Opening {
    fn from(shared: annals_store::Opening) -> Self {
        Self {
            clock: shared.clock().clone(),
            at_most: shared.at_most(),
            outside: shared.outside().cloned(),
            accepts_rollback: shared.accepts_rollback(),
            ..Self::default()
        }
    }
}
