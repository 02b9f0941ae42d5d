//! How whoever waits for new events learns of those that other processes have recorded.
//!
//! What this process writes it knows at once. Of the others a database may tell, or nobody does; so whoever waits looks again from time to time either way, and is woken before that where somebody
//! tells. Being told says only that a look may be worth it: what there is stands in the log, so nothing is missed when nobody told.

use std::sync::Arc;
use std::time::Duration;

/// Called when the log may have grown, on a thread of the store's: so it returns at once.
pub type Heard = Arc<dyn Fn() + Send + Sync>;

/// Between two looks at a database that tells nobody of anything.
pub const LOOK_INTERVAL: Duration = Duration::from_millis(100);
