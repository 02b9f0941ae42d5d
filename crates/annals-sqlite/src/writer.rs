//! The one connection that writes, and the transaction around everything that it does.
//!
//! The order is always the same: this process's mutex, the turnstile between processes, `BEGIN IMMEDIATE`, the work, `COMMIT`. Whatever a transaction needs to
//! know (the head, the marks) it reads inside, so that nothing learnt before the lock is trusted behind it.
//!
//! An error of `COMMIT` leaves open whether it happened, and after a failed flush the system may hold pages that never reached the disk and call them clean. So
//! the connection is dropped, and before anything counts again the next one copies the whole WAL into the database and empties it: every page is
//! written and flushed anew, and what is in the database then is there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use annals_event::{ProducerId, Timestamp};
use annals_store::backend::{LeafScratch, Tree};
use annals_store::moving::unfinished;
use annals_store::{Error, ErrorKind, Life, LogId, Opening};
use rusqlite::Connection;

use crate::connection::{self, Create};
use crate::failure::{self, Trouble};
use crate::location::{Identity, Location};
use crate::migration;
use crate::opening::Patience;
use crate::sql;
use crate::turnstile::Turnstile;
use crate::{catch_up, moving, standing};

/// What is written to, for as long as the store is open.
pub(crate) struct Writer {
    location: Location,
    opening: Opening,
    /// Whether rows get leaves: they always do, but for a benchmark.
    keeps_tree: bool,
    patience: Patience,
    /// The log's names as they were when it was opened. The database is refused when it turns into another one.
    names: Names,
    identity: Identity,
    /// Held for a whole transaction; nobody waits for it but other writers of this process.
    state: Mutex<State>,
    /// Held while waiting for `state` in order to write. Whoever has just written stands in line behind who waits, so that changes in a row keep no batch of the log from its turn.
    line: Mutex<()>,
}

/// A log's names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Names {
    pub(crate) log_id: LogId,
    pub(crate) earlier: Vec<LogId>,
    pub(crate) own_producer: ProducerId,
}

struct State {
    /// `None` once closed.
    turnstile: Option<Turnstile>,
    /// `None` between an error that leaves the connection in doubt and its next use.
    connection: Option<Connection>,
    /// A commit's outcome is unknown, and the WAL may hold pages that a flush has lost.
    in_doubt: bool,
    /// Memory that one transaction leaves to the next.
    scratch: Scratch,
}

/// Buffers kept from batch to batch, so that a batch allocates nothing for its rows.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) salts: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) leaf: LeafScratch,
    /// The tree as the last commit left it, and the number by which SQLite tells that nobody else has written since.
    pub(crate) tree: Option<Tree>,
    pub(crate) data_version: i64,
}

/// What the work of one transaction sees.
pub(crate) struct Writing<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) own_producer: &'a ProducerId,
    /// The log's name as it was when it was opened.
    pub(crate) log: LogId,
    pub(crate) scratch: &'a mut Scratch,
    /// The writer's clock, read under the lock.
    pub(crate) now: Timestamp,
    /// Whether rows get leaves; only a benchmark's do not.
    pub(crate) keeps_tree: bool,
    pub(crate) location: &'a Location,
}

/// What the work found out about its transaction.
pub(crate) enum Ending<T> {
    /// Something was written: make it durable.
    Commit(T),
    /// Nothing was.
    Nothing(T),
}

impl Writer {
    /// Opens the database for writing, making it or bringing it up to date where that is needed.
    pub(crate) fn open(location: &Location, opening: Opening) -> Result<Self, Error> {
        Self::open_as(location, opening, true)
    }

    /// The same, with rows that have no leaves where the tree is not kept.
    pub(crate) fn open_as(location: &Location, opening: Opening, keeps_tree: bool) -> Result<Self, Error> {
        let patience = Patience::of(&opening);
        let turnstile = Turnstile::open(location)?;
        let existed = location.identity()?.is_some();
        let mut connection = connection::writer(location, Create::Missing, patience)?;
        let newest = migration::MIGRATIONS.last().map_or(0, |migration| migration.version);
        // A look first, so that nothing of a file that is not ours is changed, and most opens need no lock.
        let standing = if existed { migration::standing(&connection, location)? } else { migration::Standing::Empty };
        if standing == migration::Standing::Applied(newest) {
            connection::set_wal(&connection, location)?;
        } else {
            let _turn = turnstile.enter(patience);
            connection::set_opening_patience(&connection, location, patience)?;
            connection::set_wal(&connection, location)?;
            connection::set_opening_patience(&connection, location, patience)?;
            migration::apply(&mut connection, location, opening.clock().now())?;
        }
        let names = match Names::of(&connection, location) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let _turn = turnstile.enter(patience);
                migration::name(&connection, location, opening.clock().now())?;
                Names::of(&connection, location)?
            }
            names => names?,
        };
        connection::set_patience(&connection, location, patience)?;
        let identity = location.identity()?.ok_or_else(|| location.missing())?;
        let is_checked = !opening.accepts_rollback();
        let state = State {
            turnstile: Some(turnstile),
            connection: Some(connection),
            in_doubt: false,
            scratch: Scratch::default(),
        };
        let writer = Self {
            location: location.clone(),
            opening,
            keeps_tree,
            patience,
            names,
            identity,
            state: Mutex::new(state),
            line: Mutex::new(()),
        };
        #[cfg(feature = "bench")]
        if !keeps_tree {
            // As if the tree were still to begin: rows without leaves are refused from then on.
            writer.inspect(|connection| {
                connection.execute(sql::BEGIN_TREE, [None::<i64>]).map(drop).map_err(|error| writer.told(error))
            })?;
        }
        if keeps_tree {
            catch_up::finish(&writer)?;
        }
        if keeps_tree && is_checked {
            writer.inspect(|connection| {
                standing::check(connection, location, writer.names.log_id, writer.opening.outside().map(Arc::as_ref))
            })?;
        }
        Ok(writer)
    }

    /// Looks at the database without a turn to write.
    pub(crate) fn inspect<T>(&self, look: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        self.lock().connection.as_ref().map_or_else(|| Err(closed()), look)
    }

    /// An error of this database.
    pub(crate) fn told(&self, error: impl Into<Trouble>) -> Error {
        error.into().of(&self.location.database)
    }

    /// How long it waits for others.
    pub(crate) fn patience(&self) -> Patience {
        self.patience
    }

    /// The file that was opened.
    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    /// The log's names.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Does some work in one durable transaction under the write lock, or nothing at all.
    pub(crate) fn transaction<T>(
        &self,
        work: impl FnOnce(&mut Writing<'_>) -> Result<Ending<T>, Error>,
    ) -> Result<T, Error> {
        let mut guard = {
            let _line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            self.lock()
        };
        let State { turnstile, connection, in_doubt, scratch } = &mut *guard;
        let Some(turnstile) = turnstile else { return Err(closed()) };
        let _turn = turnstile.enter(self.patience);
        if connection.is_none() {
            scratch.tree = None;
        }
        let current = self.current(connection, in_doubt)?;
        let failed = |error| failure::database(&self.location.database, error);
        if self.patience.ends() {
            connection::set_patience(&current, &self.location, self.patience)?;
        }
        let outcome = current.execute_batch("BEGIN IMMEDIATE").map_err(failed).and_then(|()| {
            work(&mut Writing {
                connection: &current,
                own_producer: &self.names.own_producer,
                log: self.names.log_id,
                scratch,
                now: self.opening.clock().now(),
                keeps_tree: self.keeps_tree,
                location: &self.location,
            })
        });
        match outcome {
            Ok(Ending::Commit(done)) => {
                // Whatever does not fit on the disk is found out here, where the outcome is still certain.
                if let Err(error) = current.cache_flush() {
                    scratch.tree = None;
                    keep_if_clean(connection, current);
                    return Err(failed(error));
                }
                match current.execute_batch("COMMIT") {
                    Ok(()) => {
                        *connection = Some(current);
                        Ok(done)
                    }
                    Err(error) => {
                        scratch.tree = None;
                        *in_doubt = true;
                        Err(failure::commit(&self.location.database, error))
                    }
                }
            }
            Ok(Ending::Nothing(done)) => {
                keep_if_clean(connection, current);
                Ok(done)
            }
            Err(error) => {
                scratch.tree = None;
                keep_if_clean(connection, current);
                Err(error)
            }
        }
    }

    /// See [`annals_store::EventStore::settle`].
    pub(crate) fn settle(&self) -> Result<(), Error> {
        let mut guard = self.lock();
        let State { turnstile, connection, in_doubt, .. } = &mut *guard;
        let Some(turnstile) = turnstile else { return Err(closed()) };
        let _turn = turnstile.enter(self.patience);
        let current = self.current(connection, in_doubt)?;
        let outcome = self.rewrite(&current);
        // Somebody who reads leaves everything as it was; after any other error nothing counts until this has succeeded.
        *in_doubt = outcome.as_ref().is_err_and(|error| error.kind() != ErrorKind::Busy);
        *connection = (!*in_doubt).then_some(current);
        outcome
    }

    /// Releases every file. Idempotent.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        // The database before the lock files: its last connection copies the WAL back, which nobody should do beside it.
        if let Some(connection) = state.connection.take()
            && self.opening.life() == Life::Brief
        {
            connection::set_upkeep_on_close(&connection, &self.location);
        }
        state.turnstile = None;
        state.scratch = Scratch::default();
    }

    /// The state is whole between any two steps (a connection is taken out before it is used), so a panic of another thread is no reason to stop.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out the connection, or opens it anew where the last one was dropped. The caller has the turn.
    fn current(&self, connection: &mut Option<Connection>, in_doubt: &mut bool) -> Result<Connection, Error> {
        if let Err(error) = self.location.check(self.identity) {
            *connection = None;
            return Err(error);
        }
        let current = match connection.take() {
            Some(current) => current,
            None => self.reopen(*in_doubt)?,
        };
        *in_doubt = false;
        Ok(current)
    }

    fn reopen(&self, in_doubt: bool) -> Result<Connection, Error> {
        let connection = connection::writer(&self.location, Create::Nothing, self.patience)?;
        migration::standing(&connection, &self.location)?;
        connection::set_wal(&connection, &self.location)?;
        if in_doubt {
            self.rewrite(&connection)?;
        }
        self.location.check_name(Names::of(&connection, &self.location)?.log_id, self.names.log_id)?;
        if self.keeps_tree && !self.opening.accepts_rollback() {
            standing::check(&connection, &self.location, self.names.log_id, self.opening.outside().map(Arc::as_ref))?;
        }
        connection::set_patience(&connection, &self.location, self.patience)?;
        Ok(connection)
    }

    /// Copies all of the WAL into the database, flushes that, empties the WAL and flushes that too.
    fn rewrite(&self, connection: &Connection) -> Result<(), Error> {
        let busy: i64 = connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|error| failure::database(&self.location.database, error))?;
        if busy != 0 {
            return Err(Error::new(
                ErrorKind::Busy,
                format!(
                    "`{}` is being read while it is made certain that all of it is on disk",
                    self.location.database.display()
                ),
            ));
        }
        // SQLite cuts the file without flushing that. Unlike the database itself, the WAL carries no locks that closing a descriptor could drop.
        match std::fs::File::open(&self.location.wal) {
            Ok(wal) => wal.sync_all().map_err(|error| failure::file(&self.location.wal, error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failure::file(&self.location.wal, error)),
        }
    }
}

impl Writing<'_> {
    /// An error of SQLite's, told with the database's path.
    pub(crate) fn failed(&self, error: impl Into<Trouble>) -> Error {
        error.into().of(&self.location.database)
    }
}

impl Names {
    /// Reads them from the database, where it is no log that is still on its way here.
    pub(crate) fn of(connection: &Connection, location: &Location) -> Result<Self, Error> {
        let failed = |error| failure::database(&location.database, error);
        match Self::read(connection) {
            Err(rusqlite::Error::QueryReturnedNoRows) if moving::is_copying(connection).map_err(failed)? => {
                Err(unfinished(&format_args!("`{}`", location.database.display())))
            }
            // Made to be copied into, before that began.
            Err(rusqlite::Error::QueryReturnedNoRows) => Err(location.missing()),
            names => names.map_err(failed),
        }
    }

    /// Reads them from the database.
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let (log_id, own_producer) = connection.query_row(sql::LOG, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut statement = connection.prepare(sql::LOG_HISTORY)?;
        let earlier =
            statement.query_map([], |row| Ok(LogId::from_bytes(row.get(0)?)))?.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Self { log_id: LogId::from_bytes(log_id), earlier, own_producer: ProducerId::from_bytes(own_producer) })
    }
}

/// The error of a store that was closed.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the store is closed")
}

/// Puts a connection back once its transaction is undone; one that cannot even do that is dropped, which undoes it too.
fn keep_if_clean(place: &mut Option<Connection>, connection: Connection) {
    if connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok() {
        *place = Some(connection);
    }
}

#[cfg(test)]
mod tests;
