//! The store itself: the contract's methods, each handed to where it is carried out.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use annals_event::{EventId, ProducerId, StoredEvent, Timestamp};
use annals_store::awareness::AwarenessStore;
use annals_store::backend::Clock;
use annals_store::backend::changes::Changes;
use annals_store::moving::{MovingStore, unfinished};
use annals_store::{
    Appended, Batch, Bucket, BucketWidth, ErasingStore, Error, ErrorKind, EventStore, EvidenceStore, Filter, Head,
    Heard, InTurn, KeyedStore, LogId, Mark, OpenMode, OpenOperations, Page, PageRequest, Refused, SessionPage,
};

use crate::address::Address;
use crate::awareness::Bags;
use crate::conditions::Plan;
use crate::connecting::Connecting;
use crate::connection::{Begin, Connection, Pool, Reach};
use crate::failure::Trouble;
use crate::listening::Listening;
use crate::migration::{self, Migration};
use crate::moving;
use crate::opening::Opening;
use crate::writer::{Ending, Names, Writer, Writing, no_randomness};
use crate::{page, read, sessions, sql, standing};

/// The audit log in one PostgreSQL database.
pub struct PostgresStore {
    address: Address,
    pool: Pool,
    names: Names,
    clock: Clock,
    /// Changes of entries that wait for a commit.
    changes: Changes,
    /// The bags of entries that were searched before.
    bags: Bags,
    /// What listens for others, once somebody wants to know.
    listening: Listening,
    /// How that connects, until it does.
    listener: Mutex<Option<(Address, Opening)>>,
    /// `None` when opened to read.
    writer: Option<Writer>,
}

impl PostgresStore {
    /// Opens a database by its URL (`postgres://USER@HOST/DATABASE`).
    ///
    /// Errors: `Invalid` (no URL), `NotFound` (no such database; for [`OpenMode::ReadOnly`] one without a log), `Permission`, `ReadOnly`, `StorageFull`, `Busy`, `Io` (the server is not reached),
    /// `Corrupt` (damaged, or with another history), `NewerFormat`, `RolledBack`. Each names the server and the database, and none the password.
    pub fn open(url: &str, mode: OpenMode) -> Result<Self, Error> {
        Self::open_as(url, mode, Opening::default())
    }

    /// Opens a database in this way.
    pub fn open_as(url: &str, mode: OpenMode, opening: impl Into<Opening>) -> Result<Self, Error> {
        let opening = opening.into();
        let address = Address::parse(url)?;
        let heard_at = opening.listen_url.as_deref().map(Address::parse).transpose()?;
        let pool = Pool::new(&address, &opening)?;
        let heard_at = heard_at.unwrap_or_else(|| address.clone());
        let (listening, listener) = (Listening::default(), Mutex::new(Some((heard_at, opening.clone()))));
        let (clock, changes, bags) = (opening.clock.clone(), Changes::default(), Bags::default());
        match mode {
            OpenMode::ReadWriteCreate => {
                migration::apply(&pool, &address, &opening)?;
                let names = match pool.read(Names::read)? {
                    Some(names) => names,
                    None => name(&pool, &address, opening.clock.now()).map_err(|trouble| trouble.of(&address))?,
                };
                if !opening.accepts_rollback {
                    standing::check(&pool.take()?, &address, names.log_id, opening.outside())?;
                }
                let writer = Some(Writer::new(&address, opening, names.clone()));
                Ok(Self { address, pool, names, clock, changes, bags, listening, listener, writer })
            }
            OpenMode::ReadOnly => {
                let names = pool.read(|connection| names_to_read(connection, &address, opening.migrations))?;
                Ok(Self { address, pool, names, clock, changes, bags, listening, listener, writer: None })
            }
        }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The connections.
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The clock by which entries expire.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Changes of entries that wait for a commit.
    pub(crate) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The bags of entries that were searched before.
    pub(crate) fn bags(&self) -> &Bags {
        &self.bags
    }

    /// What writes, unless the store was opened to read.
    pub(crate) fn writer(&self) -> Result<&Writer, Error> {
        self.writer
            .as_ref()
            .ok_or_else(|| Error::new(ErrorKind::ReadOnly, format!("{} was opened to read only", self.address)))
    }

    /// Does some work in one durable transaction under the write lock, or nothing at all.
    pub(crate) fn transaction<T>(
        &self,
        work: impl FnOnce(&mut Writing<'_>) -> Result<Ending<T>, Error>,
    ) -> Result<T, Error> {
        self.writer()?.transaction(&self.pool, work)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PostgresStore").field("address", &self.address).finish_non_exhaustive()
    }
}

impl EventStore for PostgresStore {
    fn log_ids(&self) -> (LogId, Vec<LogId>) {
        (self.names.log_id, self.names.earlier.clone())
    }

    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        self.append_batch(batch)
    }

    fn turn(&self) -> Result<Option<Box<dyn InTurn + '_>>, Error> {
        self.writer()?.turn(&self.pool)
    }

    fn bury(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        self.bury_one(refused)
    }

    fn end_operations(&self, which: OpenOperations) -> Result<u64, Error> {
        self.end_all(which)
    }

    fn end_sessions(&self, silent_since: Timestamp) -> Result<u64, Error> {
        self.end_some(silent_since)
    }

    fn mark(&self, producer: ProducerId) -> Result<Mark, Error> {
        self.pool.read(|connection| Ok(read::used(connection, producer)?.0))
    }

    fn head(&self) -> Result<Head, Error> {
        self.pool.read(read::head)
    }

    fn query(&self, filter: &Filter, request: &PageRequest) -> Result<Page, Error> {
        let request = request.checked()?;
        self.pool.read(|connection| page::events(connection, &Plan::new(connection, filter)?, &request))
    }

    fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        self.pool.read(|connection| read::by_id(connection, id))
    }

    fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<EventId>, Error> {
        self.pool.read(|connection| read::ids_with_prefix(connection, prefix, limit))
    }

    fn sessions_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, Error> {
        self.pool.read(|connection| read::sessions_with_prefix(connection, prefix, limit))
    }

    fn count(&self, filter: &Filter) -> Result<u64, Error> {
        self.pool.read(|connection| read::count(connection, filter))
    }

    fn sessions(&self, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Error> {
        let request = request.checked()?;
        self.pool.read(|connection| sessions::read(connection, filter, &request))
    }

    fn stats(&self, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Error> {
        self.pool.read(|connection| read::stats(connection, filter, width))
    }

    fn n_dead_letters(&self) -> Result<u64, Error> {
        self.pool.read(read::n_dead_letters)
    }

    fn settle(&self) -> Result<(), Error> {
        self.writer()?.settle(&self.pool)
    }

    fn listen(&self, heard: Heard) {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        let connecting = listener.map(|(address, opening)| Connecting::new(&address, &opening));
        // What keeps it from connecting keeps the pool from it as well, which tells of it; or else whoever waits looks for itself.
        if let Some(Ok((connecting, _))) = connecting {
            self.pool.beside(|pool| self.listening.listen(connecting, pool, heard));
        }
    }

    fn look_interval(&self) -> Duration {
        self.listening.look_interval()
    }

    fn evidence(&self) -> Option<&dyn EvidenceStore> {
        Some(self)
    }

    fn erasing(&self) -> Option<&dyn ErasingStore> {
        Some(self)
    }

    fn keyed(&self) -> Option<&dyn KeyedStore> {
        Some(self)
    }

    fn awareness(&self) -> Option<&dyn AwarenessStore> {
        Some(self)
    }

    fn moving(&self) -> Option<&dyn MovingStore> {
        Some(self)
    }

    fn close(&self) -> Result<(), Error> {
        match &self.writer {
            // Behind whatever is being written.
            Some(writer) => writer.close(&self.pool),
            None => self.pool.close(),
        }
        Ok(())
    }
}

/// Gives a new log its name. Of several who do so at once, one does.
fn name(pool: &Pool, address: &Address, now: Timestamp) -> Result<Names, Trouble> {
    let mut ids = [[0_u8; 16]; 2];
    for id in &mut ids {
        getrandom::fill(id).map_err(no_randomness)?;
    }
    let connection = pool.take()?;
    let step = || {
        connection.begin(Begin::Write, Reach::Nothing);
        connection.execute(sql::MAKE_HEAD, &[])?;
        connection.one(sql::LOCK_HEAD, &[])?;
        if moving::is_copying(&connection)? {
            return Err(unfinished(address).into());
        }
        connection.execute(sql::NAME_LOG, &[&&ids[0][..], &&ids[1][..], &now.as_nanos()])?;
        let names = Names::read(&connection)?;
        connection.commit(&[])?;
        names.ok_or_else(|| Trouble::Damaged("the log has no name".to_owned()))
    };
    let named = step();
    connection.roll_back();
    named
}

/// Looks at a database that will only be read, and answers its names.
fn names_to_read(connection: &Connection, address: &Address, known: &[Migration]) -> Result<Names, Trouble> {
    let version = migration::version(connection, address, known)?;
    let newest = known.len();
    if version != 0 && usize::try_from(version).unwrap_or_default() < newest {
        let problem = format!(
            "{address} is of an older format, and reading changes nothing (hint: record something, or `annals migrate`, which brings it up to date)"
        );
        return Err(Error::new(ErrorKind::ReadOnly, problem).into());
    }
    let names = if version == 0 { None } else { Names::read(connection)? };
    if names.is_none() && moving::is_copying(connection)? {
        return Err(unfinished(address).into());
    }
    names.ok_or_else(|| {
        let problem = format!(
            "{address} holds no log (hint: nothing was recorded here yet, or give another address with `ANNALS_DATABASE_URL`)"
        );
        Error::new(ErrorKind::NotFound, problem).into()
    })
}
