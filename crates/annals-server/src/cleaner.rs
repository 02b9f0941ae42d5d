//! Purges what was long enough in the trash, and what expired as long ago, as one task beside the requests.
//!
//! What is purged, and that each of it is an event of the log, is the service's own; here is when, and on which thread. It uses the pool of those who may wait, as every request does, so it
//! holds nobody up who comes with a request, and is one of those who may be first to open the database.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use annals::Timestamp;

use crate::app::App;
use crate::config::Config;

/// How often it looks.
const BETWEEN: Duration = Duration::from_hours(1);
/// How often it looks whether somebody has opened the database, where it does not do so itself.
const UNOPENED: Duration = Duration::from_mins(1);

/// Whether the cleaner opens the database, or waits until somebody has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Opens {
    Itself,
    /// A process that one client starts opens nothing that the client does not ask for.
    Nothing,
}

/// Cleans now and then, until it is dropped.
pub(crate) async fn attend(app: Arc<App>, opens: Opens) {
    let Some(kept) = kept(&app.config) else { return };
    loop {
        while opens == Opens::Nothing && !app.audit.is_open() {
            tokio::time::sleep(UNOPENED).await;
        }
        let cleaned = Arc::clone(&app);
        let purged = app.workers.run(move || cleaned.audit.purge_stale(before(kept))).await;
        match purged {
            Ok(Ok(0)) => {}
            Ok(Ok(n_entries)) => tracing::info!(n_entries, "entries were purged"),
            // Whoever opens the database tells that it can't be opened.
            Ok(Err(error)) => tracing::debug!("nothing was purged: {error}"),
            Err(failure) => failure.tell(),
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// How long things are kept; `None` for ever.
fn kept(config: &Config) -> Option<Duration> {
    let n_days = u64::try_from(config.purge_days).ok().filter(|n_days| *n_days != 0)?;
    Some(Duration::from_hours(n_days.saturating_mul(24)))
}

/// The moment that lies so far back.
fn before(kept: Duration) -> Timestamp {
    Timestamp::from(SystemTime::now().checked_sub(kept).unwrap_or(SystemTime::UNIX_EPOCH))
}
