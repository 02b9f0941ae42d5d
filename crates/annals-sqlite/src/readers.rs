//! The connections that read: opened on demand, kept for the next read, never shared at the same moment.
//!
//! Each read is one short transaction, so that it sees one state of the log and holds back no checkpoint for long.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use annals_store::Error;
use rusqlite::{Connection, InterruptHandle};

use crate::connection;
use crate::failure;
use crate::location::Location;
use crate::writer::closed;

/// How many connections wait for the next read; more are closed when they come back.
const MAX_IDLE: usize = 4;
/// How long closing waits for reads that were told to stop.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// The readers of one database.
pub(crate) struct Readers {
    location: Location,
    /// Held for moments, never while a connection is used.
    pool: Mutex<Pool>,
    /// Told when a read ends.
    ended: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    /// The reads under way, so that closing can stop them.
    running: HashMap<u64, InterruptHandle>,
    n_started: u64,
    closed: bool,
}

impl Readers {
    /// Opens nothing yet.
    pub(crate) fn new(location: &Location) -> Self {
        Self { location: location.clone(), pool: Mutex::default(), ended: Condvar::new() }
    }

    /// Reads one state of the database.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.inspect(|connection| work(connection).map_err(|error| failure::database(&self.location.database, error)))
    }

    /// The same for work that has errors of its own.
    pub(crate) fn inspect<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let failed = |error| failure::database(&self.location.database, error);
        let idle = {
            let mut pool = self.lock();
            if pool.closed {
                return Err(closed());
            }
            pool.idle.pop()
        };
        let connection = match idle {
            Some(connection) => connection,
            None => connection::reader(&self.location)?,
        };
        let run = self.start(&connection)?;
        let outcome = connection.execute_batch("BEGIN").map_err(failed).and_then(|()| work(&connection));
        // Ends the transaction whatever happened; a connection that cannot is closed instead of kept.
        let kept = (connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok()).then_some(connection);
        self.end(run, kept);
        outcome
    }

    /// Stops what is being read, and releases every connection. Idempotent.
    pub(crate) fn close(&self) {
        let deadline = Instant::now() + CLOSE_PATIENCE;
        let mut pool = self.lock();
        pool.closed = true;
        pool.idle.clear();
        while !pool.running.is_empty() && Instant::now() < deadline {
            // Again each time: one that was only about to begin would not notice.
            pool.running.values().for_each(InterruptHandle::interrupt);
            let waited = self.ended.wait_timeout(pool, Duration::from_millis(10));
            pool = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn start(&self, connection: &Connection) -> Result<u64, Error> {
        let mut pool = self.lock();
        if pool.closed {
            return Err(closed());
        }
        pool.n_started += 1;
        let run = pool.n_started;
        pool.running.insert(run, connection.get_interrupt_handle());
        Ok(run)
    }

    fn end(&self, run: u64, connection: Option<Connection>) {
        let mut pool = self.lock();
        pool.running.remove(&run);
        if !pool.closed && pool.idle.len() < MAX_IDLE {
            pool.idle.extend(connection);
        } else {
            drop(connection);
        }
        self.ended.notify_all();
    }

    /// The pool is whole between any two steps, so a panic of another thread is no reason to stop.
    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
