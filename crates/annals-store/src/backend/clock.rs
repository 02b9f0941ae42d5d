//! The writer's clock, given from outside where a test needs that.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use annals_event::Timestamp;

/// Tells the time that becomes `recorded_at`.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::new(|| Timestamp::from(SystemTime::now()))
    }

    /// A clock of one's own. It may step back: the log's times never do.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
