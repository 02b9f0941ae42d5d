//! The connections that read: opened on demand, kept for the next read, never shared at the same moment.
//!
//! Each read is one short transaction, so that it sees one state of the log and holds back no checkpoint for long.
//!
//! A connection stays with the file that it opened, whatever lies under the name later, and a new one takes what lies there. So the file is looked at before each read and
//! behind it: a database that was replaced (a backup put back, say) is an error, and never two logs in one answer.
//!
//! Where nobody has the database open for writing (there is no WAL), a store that only reads takes the file as it lies, makes no files beside it, and so can read where it
//! may not write. SQLite then watches out for nobody, so the file is looked at again afterwards: if anybody came meanwhile, the read is repeated beside them.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use annals_store::{Error, ErrorKind};
use rusqlite::{Connection, InterruptHandle};

use crate::connection;
use crate::failure;
use crate::location::{Identity, Location};
use crate::writer::closed;

/// How many connections wait for the next read; more are closed when they come back.
const MAX_IDLE: usize = 16;
/// How long closing waits for reads that were told to stop.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// How often a read of a file at rest is tried before it is read like one that is written to.
const TRIES_AT_REST: usize = 3;

/// Who else may have the database open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Company {
    /// This store's own writer: the database is never at rest.
    Writer,
    /// Nobody of ours.
    Nobody,
}

/// The readers of one database.
pub(crate) struct Readers {
    location: Location,
    /// The file that the store was opened on.
    identity: Identity,
    company: Company,
    /// Held for moments, never while a connection is used.
    pool: Mutex<Pool>,
    /// Told when a read ends.
    ended: Condvar,
}

/// What becomes of a connection after its read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Idle,
    Nothing,
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
    pub(crate) fn new(location: &Location, identity: Identity, company: Company) -> Self {
        Self { location: location.clone(), identity, company, pool: Mutex::default(), ended: Condvar::new() }
    }

    /// Reads one state of the database.
    pub(crate) fn read<T>(&self, work: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.inspect(|connection| work(connection).map_err(|error| failure::database(&self.location.database, error)))
    }

    /// The same over a connection that has read nothing before and reads nothing afterwards. FTS5 keeps its totals from one read of a connection to the next, and calls an index that somebody wrote to
    /// in between damaged when it is asked to check it.
    pub(crate) fn read_afresh<T>(&self, work: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        let work = |connection: &Connection| {
            work(connection).map_err(|error| failure::database(&self.location.database, error))
        };
        self.inspect_over(Keep::Nothing, work)
    }

    /// The same for work that has errors of its own.
    pub(crate) fn inspect<T>(&self, work: impl Fn(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        self.inspect_over(Keep::Idle, work)
    }

    fn inspect_over<T>(&self, keep: Keep, work: impl Fn(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        if self.lock().closed {
            return Err(closed());
        }
        self.check()?;
        let outcome = self.attempt(keep, work);
        // The replacement is told rather than whatever came of it.
        self.check().and(outcome)
    }

    /// Looks whether the database is still the one that was opened. Connections that are waiting serve nobody when it is not.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.location.check(self.identity).inspect_err(|_| self.lock().idle.clear())
    }

    fn attempt<T>(&self, keep: Keep, work: impl Fn(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        if self.company == Company::Nobody {
            for _ in 0..TRIES_AT_REST {
                let Some(before) = self.location.at_rest() else { break };
                // Never kept for the next read: its cache would not notice what comes between.
                let outcome = connection::at_rest(&self.location)
                    .and_then(|connection| self.run(connection, Keep::Nothing, &work));
                if self.location.at_rest() == Some(before) {
                    return outcome;
                }
            }
        }
        match self.attempt_beside_others(keep, &work) {
            // The memory that processes share is missing and finds no room, so nobody has the database open: what a killed writer left is read alone, for this moment.
            Err(full) if full.kind() == ErrorKind::StorageFull && self.company == Company::Nobody => {
                connection::alone(&self.location)
                    .and_then(|connection| self.run(connection, Keep::Nothing, &work))
                    .map_err(|_| full)
            }
            outcome => outcome,
        }
    }

    fn attempt_beside_others<T>(
        &self,
        keep: Keep,
        work: &impl Fn(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let idle = {
            let mut pool = self.lock();
            if pool.closed {
                return Err(closed());
            }
            if keep == Keep::Idle { pool.idle.pop() } else { None }
        };
        let connection = match idle {
            Some(connection) => connection,
            None => connection::reader(&self.location)?,
        };
        self.run(connection, keep, work)
    }

    /// Does the work in one transaction.
    fn run<T>(
        &self,
        connection: Connection,
        keep: Keep,
        work: &impl Fn(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let failed = |error| failure::database(&self.location.database, error);
        let run = self.start(&connection)?;
        let outcome = connection.execute_batch("BEGIN").map_err(failed).and_then(|()| work(&connection));
        // Ends the transaction whatever happened; a connection that cannot is closed instead of kept.
        let is_clean = connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        self.end(run, (is_clean && keep == Keep::Idle).then_some(connection));
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
