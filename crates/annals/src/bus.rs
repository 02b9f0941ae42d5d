//! The event bus: handlers that are called when something happens in a program.
//!
//! `emit` calls the handlers in the calling thread, in the order in which they subscribed, over a snapshot of the list, so that a handler may emit, subscribe and unsubscribe
//! while it is called. A handler that fails or panics is counted and logged, and reaches neither the emitter nor the next handler.
//! The bus holds a handler only as long as its [`Subscription`] lives.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use annals_event::Event;

type Handler = dyn Fn(&Event) -> Result<(), Box<dyn StdError + Send + Sync>> + Send + Sync;

/// Handlers by event type. A clone is another handle on the same bus.
#[derive(Clone, Default)]
pub struct EventBus {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Replaced as a whole at each change, so that an `emit` goes on over the list it began with.
    handlers: Mutex<Arc<Vec<Weak<Subscribed>>>>,
    n_failed: AtomicU64,
    n_panicked: AtomicU64,
}

struct Subscribed {
    types: HashSet<String>,
    handler: Box<Handler>,
}

/// What became of one `emit`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Emitted {
    /// The handlers called.
    pub n_called: u64,
    /// Those that returned an error.
    pub n_failed: u64,
    /// Those that panicked.
    pub n_panicked: u64,
}

/// Keeps a handler subscribed; dropping it unsubscribes.
#[must_use = "dropping the subscription unsubscribes the handler"]
pub struct Subscription {
    bus: Weak<Inner>,
    subscribed: Arc<Subscribed>,
}

impl EventBus {
    /// A bus without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls the handlers of the event's type, in the calling thread.
    pub fn emit(&self, event: &Event) -> Emitted {
        let handlers = Arc::clone(&self.inner.lock());
        let mut emitted = Emitted::default();
        for subscribed in handlers.iter().filter_map(Weak::upgrade) {
            if !subscribed.types.contains(event.event_type()) {
                continue;
            }
            emitted.n_called += 1;
            match catch_unwind(AssertUnwindSafe(|| (subscribed.handler)(event))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    emitted.n_failed += 1;
                    tracing::warn!(event_type = event.event_type(), "a handler failed: {error}");
                }
                Err(_) => {
                    emitted.n_panicked += 1;
                    tracing::error!(event_type = event.event_type(), "a handler panicked");
                }
            }
        }
        self.inner.n_failed.fetch_add(emitted.n_failed, Ordering::Relaxed);
        self.inner.n_panicked.fetch_add(emitted.n_panicked, Ordering::Relaxed);
        emitted
    }

    /// Calls the handler for each event of these types, until the subscription is dropped.
    pub fn subscribe<T: Into<String>>(
        &self,
        types: impl IntoIterator<Item = T>,
        handler: impl Fn(&Event) -> Result<(), Box<dyn StdError + Send + Sync>> + Send + Sync + 'static,
    ) -> Subscription {
        let subscribed =
            Arc::new(Subscribed { types: types.into_iter().map(Into::into).collect(), handler: Box::new(handler) });
        self.inner.change(|handlers| handlers.push(Arc::downgrade(&subscribed)));
        Subscription { bus: Arc::downgrade(&self.inner), subscribed }
    }

    /// How many handlers have failed or panicked so far.
    pub fn n_failures(&self) -> u64 {
        self.inner.n_failed.load(Ordering::Relaxed) + self.inner.n_panicked.load(Ordering::Relaxed)
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, Arc<Vec<Weak<Subscribed>>>> {
        self.handlers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Weak<Subscribed>>)) {
        let mut handlers = self.lock();
        let mut changed = handlers.as_ref().clone();
        change(&mut changed);
        *handlers = Arc::new(changed);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(bus) = self.bus.upgrade() {
            bus.change(|handlers| {
                handlers.retain(|handler| !std::ptr::eq(handler.as_ptr(), Arc::as_ptr(&self.subscribed)));
            });
        }
    }
}

impl fmt::Debug for EventBus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EventBus").field("n_handlers", &self.inner.lock().len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Subscription").field("types", &self.subscribed.types).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
