//! Whether the server says anything at all.
//!
//! A machine that is stopped, or that a cable no longer reaches, takes what it is sent and does not answer. A statement may also simply take long; so while one does, it is tried whether
//! the server lets anybody in, which no statement can hold up. Where nobody is answered, everybody is told so at once and not after a time of his own, until somebody is answered again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::connecting::Connecting;

/// How long a statement takes before it is asked whether anybody is there; it doubles up to the longest.
pub(crate) const FIRST_DOUBT: Duration = Duration::from_secs(1);
/// See [`FIRST_DOUBT`].
pub(crate) const LONGEST_DOUBT: Duration = Duration::from_secs(16);
/// How long each server may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two tries while nobody answers.
const PAUSE: Duration = Duration::from_millis(200);

/// What is known of it.
pub(crate) struct Silence {
    connecting: Connecting,
    is_silent: AtomicBool,
}

impl Silence {
    /// Nothing yet.
    pub(crate) fn new(connecting: Connecting) -> Self {
        Self { connecting: connecting.trying(PATIENCE), is_silent: AtomicBool::new(false) }
    }

    /// Whether nobody was answered the last time.
    pub(crate) fn is_known(&self) -> bool {
        self.is_silent.load(Ordering::Relaxed)
    }

    /// Whether some server answers, whatever it says.
    pub(crate) async fn is_broken(&self) -> bool {
        tokio::time::timeout(self.connecting.at_most(), self.connecting.any()).await.is_ok()
    }

    /// Tells everybody of it until it is broken.
    pub(crate) fn begin(self: &Arc<Self>, handle: &Handle) {
        if self.is_silent.swap(true, Ordering::Relaxed) {
            return;
        }
        let silence = Arc::clone(self);
        // Ends with the runtime.
        handle.spawn(async move {
            while !silence.is_broken().await {
                tokio::time::sleep(PAUSE).await;
            }
            silence.is_silent.store(false, Ordering::Relaxed);
        });
    }
}
