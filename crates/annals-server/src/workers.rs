//! The bounded pool of threads that may wait: for a disk, for a lock, for the database.
//!
//! The executor has threads of its own for that, as many as are asked for; here they are counted, and so are those who wait for one. Whoever comes when the line is full is
//! told at once, which is what keeps an overloaded server answering.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use crate::config::Config;
use crate::failure::Failure;

/// How many may wait at once, and how many wait for that.
#[derive(Debug)]
pub(crate) struct Workers {
    free: Semaphore,
    n_threads: usize,
    n_waiting: AtomicUsize,
    max_waiting: usize,
}

/// One place in the line, given up when it is dropped: also when the client goes away meanwhile.
struct InLine<'a>(&'a AtomicUsize);

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Workers {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            free: Semaphore::new(config.blocking_threads.get()),
            n_threads: config.blocking_threads.get(),
            n_waiting: AtomicUsize::new(0),
            max_waiting: config.blocking_queue,
        }
    }

    /// How many threads are at work, and how many requests wait for one.
    pub(crate) fn load(&self) -> (usize, usize) {
        let n_busy = self.n_threads.saturating_sub(self.free.available_permits());
        (n_busy, self.n_waiting.load(Ordering::Relaxed))
    }

    /// Runs what may wait on a thread that may.
    pub(crate) async fn run<T: Send + 'static>(
        self: &std::sync::Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let workers = std::sync::Arc::clone(self);
        let permit = {
            let in_line = InLine(&self.n_waiting);
            if self.max_waiting < self.n_waiting.fetch_add(1, Ordering::Relaxed) {
                return Err(Failure::busy());
            }
            let permit = self.free.acquire().await.map_err(|_| Failure::stopping())?;
            drop(in_line);
            permit
        };
        // The thread works on when the client goes away, so that the place is the thread's and not the request's.
        permit.forget();
        let place = Place(workers);
        tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        })
        .await
        .map_err(|error| Failure::panicked(&error))
    }
}

/// A thread's place, given back when the thread is done or panics.
struct Place(std::sync::Arc<Workers>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.free.add_permits(1);
    }
}
