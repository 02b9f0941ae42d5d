//! One thread that follows the log, for everybody who waits for something new.
//!
//! It says how many events there are; whoever is told reads its own pages, with its own filter and at its own speed. So a slow reader holds nothing up and nothing is kept for it, and a
//! hundred readers cost one look. The thread runs while somebody listens.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use annals::{Audit, ErrorKind};
use tokio::sync::watch;

/// How long the thread waits before it looks whether anybody still listens.
const LOOK_AROUND: Duration = Duration::from_millis(500);

/// What is known of the log's end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Seen {
    /// How many events are durable; `None` before the first look.
    pub(crate) n_events: Option<u64>,
    /// The server stops: nothing more will be told.
    pub(crate) is_over: bool,
}

/// The thread, and what it has seen.
#[derive(Debug)]
pub(crate) struct Watch {
    seen: watch::Sender<Seen>,
    is_running: Mutex<bool>,
}

impl Watch {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { seen: watch::Sender::new(Seen::default()), is_running: Mutex::new(false) })
    }

    /// Listens from now on. What the receiver sees first may be old, or nothing.
    pub(crate) fn listen(self: &Arc<Self>, audit: &Audit) -> watch::Receiver<Seen> {
        let mut is_running = self.is_running.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.seen.subscribe();
        if !*is_running && !receiver.borrow().is_over {
            // What was seen before is old by now.
            self.seen.send_modify(|seen| seen.n_events = None);
            let (watch, audit) = (Arc::clone(self), audit.clone());
            let started =
                std::thread::Builder::new().name("audit-watch".to_owned()).spawn(move || watch.follow(&audit));
            match started {
                Ok(_) => *is_running = true,
                // The next one who listens tries again; until then this one sees nothing new.
                Err(error) => tracing::warn!("nobody follows the log: {error}"),
            }
        }
        receiver
    }

    /// Tells everybody who listens that it is over.
    pub(crate) fn stop(&self) {
        self.seen.send_modify(|seen| seen.is_over = true);
    }

    /// Runs until nobody listens any more.
    fn follow(&self, audit: &Audit) {
        loop {
            {
                let mut is_running = self.is_running.lock().unwrap_or_else(PoisonError::into_inner);
                if self.seen.receiver_count() == 0 || self.seen.borrow().is_over {
                    *is_running = false;
                    return;
                }
            }
            let known = self.seen.borrow().n_events;
            // The first look only asks.
            let looked = match known {
                None => audit.head().map(|head| head.n_events),
                Some(n_events) => audit.await_growth(n_events, LOOK_AROUND),
            };
            match looked {
                Ok(n_events) => {
                    self.seen.send_if_modified(|seen| {
                        let is_news = seen.n_events != Some(n_events);
                        seen.n_events = Some(n_events);
                        is_news
                    });
                }
                Err(error) if error.kind() == ErrorKind::Closed => self.stop(),
                // The database cannot be had: nothing is new until it can.
                Err(error) => {
                    tracing::debug!("the log cannot be followed at the moment: {error}");
                    std::thread::sleep(LOOK_AROUND);
                }
            }
        }
    }
}
