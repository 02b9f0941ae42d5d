//! The store itself: the contract's methods, each handed to where it is carried out.

use std::fmt;
use std::path::Path;

use annals_event::{EventId, ProducerId, StoredEvent, Timestamp};
use annals_store::awareness::AwarenessStore;
use annals_store::backend::Clock;
use annals_store::moving::MovingStore;
use annals_store::{
    Appended, Batch, Bucket, BucketWidth, ErasingStore, Error, ErrorKind, EventStore, EvidenceStore, Filter, Head,
    KeyedStore, LogId, Mark, OpenMode, OpenOperations, Opening, Page, PageRequest, Refused, SessionPage,
};
use rusqlite::Connection;

use crate::awareness::{Changes, Remembered};
use crate::conditions::{Plan, Sql};
use crate::location::Location;
use crate::migration::{self, FIRST_WITH_ENTRIES, OLDEST_TO_READ, Standing};
use crate::page::{self, Shape};
use crate::readers::{Company, Readers};
use crate::writer::{Names, Writer};
use crate::{append, operations, read, row, search, sessions, silence, sql};

/// The audit log in one SQLite file.
pub struct SqliteStore {
    location: Location,
    names: Names,
    /// `None` when opened to read.
    writer: Option<Writer>,
    readers: Readers,
    /// Changes of entries that wait for a commit.
    changes: Changes,
    /// What searches need not read again.
    remembered: Remembered,
    clock: Clock,
    /// Whether the tables of entries are there, which an older database that is only read may lack.
    keeps_entries: bool,
}

impl SqliteStore {
    /// Opens a database.
    ///
    /// Errors: `NotFound` (a missing folder; for [`OpenMode::ReadOnly`] a missing database), `Permission`, `ReadOnly`, `StorageFull`, `Busy`, `Corrupt` (no database,
    /// a damaged one, another program's, or one with another history), `NewerFormat`. Each names the path.
    pub fn open(path: &Path, mode: OpenMode) -> Result<Self, Error> {
        Self::open_as(path, mode, Opening::default())
    }

    /// Opens a database with another clock for `recorded_at`.
    pub fn open_with_clock(path: &Path, mode: OpenMode, clock: Clock) -> Result<Self, Error> {
        Self::open_as(path, mode, Opening::default().with_clock(clock))
    }

    /// Opens a database in this way.
    pub fn open_as(path: &Path, mode: OpenMode, opening: Opening) -> Result<Self, Error> {
        let location = Location::new(path)?;
        let clock = opening.clock().clone();
        match mode {
            OpenMode::ReadWriteCreate => {
                let writer = Writer::open(&location, opening)?;
                Ok(Self::over(location, writer, clock))
            }
            OpenMode::ReadOnly => {
                let identity = location.identity()?.ok_or_else(|| location.missing())?;
                let readers = Readers::new(&location, identity, Company::Nobody);
                let (names, version) = readers.inspect(|connection| names_to_read(connection, &location))?;
                let keeps_entries = FIRST_WITH_ENTRIES <= version;
                let (changes, remembered) = (Changes::default(), Remembered::default());
                Ok(Self { names, writer: None, readers, location, changes, remembered, clock, keeps_entries })
            }
        }
    }

    /// How far the tables of a database are, from 1; 0 where there are none, or no file. Nothing is changed.
    ///
    /// Errors: those of opening it to read, but for a log that is not there or of an older format.
    pub fn format_at(path: &Path) -> Result<u64, Error> {
        let location = Location::new(path)?;
        let Some(identity) = location.identity()? else { return Ok(0) };
        let readers = Readers::new(&location, identity, Company::Nobody);
        let standing = readers.inspect(|connection| migration::standing(connection, &location))?;
        readers.close();
        Ok(match standing {
            Standing::Empty => 0,
            Standing::Applied(version) => version.unsigned_abs().into(),
        })
    }

    /// Opens a database to write rows without leaves, so that a benchmark can tell what the tree costs. What comes of it can't be opened in any other way.
    #[cfg(feature = "bench")]
    pub fn open_without_tree(path: &Path) -> Result<Self, Error> {
        let (location, opening) = (Location::new(path)?, Opening::default());
        let clock = opening.clock().clone();
        let writer = Writer::open_as(&location, opening, false)?;
        Ok(Self::over(location, writer, clock))
    }

    fn over(location: Location, writer: Writer, clock: Clock) -> Self {
        Self {
            names: writer.names().clone(),
            readers: Readers::new(&location, writer.identity(), Company::Writer),
            writer: Some(writer),
            location,
            changes: Changes::default(),
            remembered: Remembered::default(),
            clock,
            keeps_entries: true,
        }
    }

    /// Releases every file. The readers first: the last connection of all is then the writer's, which puts the WAL back.
    fn release(&self) {
        self.readers.close();
        if let Some(writer) = &self.writer {
            writer.close();
        }
    }

    /// Where its files lie.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// The connections that read.
    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Changes of entries that wait for a commit.
    pub(crate) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What searches need not read again.
    pub(crate) fn remembered(&self) -> &Remembered {
        &self.remembered
    }

    /// The clock that readers go by.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What writes, unless the store was opened to read.
    pub(crate) fn writer(&self) -> Result<&Writer, Error> {
        self.writer.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::ReadOnly, format!("`{}` was opened to read only", self.location.database.display()))
        })
    }
}

/// Closes as `close` does, in the order that lets the last connection put the WAL back.
impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.release();
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SqliteStore").field("database", &self.location.database).finish_non_exhaustive()
    }
}

impl EventStore for SqliteStore {
    fn log_ids(&self) -> (LogId, Vec<LogId>) {
        (self.names.log_id, self.names.earlier.clone())
    }

    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        append::append(self.writer()?, batch)
    }

    fn bury(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        append::bury(self.writer()?, refused)
    }

    fn end_operations(&self, which: OpenOperations) -> Result<u64, Error> {
        operations::end_all(self.writer()?, which)
    }

    fn end_sessions(&self, silent_since: Timestamp) -> Result<u64, Error> {
        silence::end_some(self.writer()?, silent_since)
    }

    fn mark(&self, producer: ProducerId) -> Result<Mark, Error> {
        self.readers.read(|connection| read::mark(connection, producer))
    }

    fn head(&self) -> Result<Head, Error> {
        self.readers.read(read::head)
    }

    fn query(&self, filter: &Filter, request: &PageRequest) -> Result<Page, Error> {
        let request = request.checked()?;
        let shape =
            Shape { columns: sql::EVENT_COLUMNS, more: Sql::default(), read: row::read, weigh: annals_store::weight };
        let found = self.readers.read(|connection| {
            let plan = Plan::new(connection, filter)?;
            page::read(connection, &plan, &request, &shape)
        })?;
        Ok(Page { events: found.rows, cursor: found.cursor, examined_to: found.examined_to })
    }

    fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        self.readers.read(|connection| read::by_id(connection, id))
    }

    fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<EventId>, Error> {
        self.readers.read(|connection| read::ids_with_prefix(connection, prefix, limit))
    }

    fn sessions_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, Error> {
        self.readers.read(|connection| read::sessions_with_prefix(connection, prefix, limit))
    }

    fn count(&self, filter: &Filter) -> Result<u64, Error> {
        self.readers.read(|connection| read::count(connection, filter))
    }

    fn sessions(&self, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Error> {
        let request = request.checked()?;
        self.readers.read(|connection| sessions::read(connection, filter, &request))
    }

    fn stats(&self, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Error> {
        self.readers.read(|connection| read::stats(connection, filter, width))
    }

    fn n_dead_letters(&self) -> Result<u64, Error> {
        self.readers.read(read::n_dead_letters)
    }

    fn settle(&self) -> Result<(), Error> {
        self.writer()?.settle()
    }

    fn index_words(&self) -> Result<u64, Error> {
        search::index(self.writer()?, &self.readers)
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
        self.keeps_entries.then_some(self)
    }

    fn moving(&self) -> Option<&dyn MovingStore> {
        Some(self)
    }

    fn close(&self) -> Result<(), Error> {
        self.release();
        Ok(())
    }
}

/// Looks at a database that will only be read, and answers its names and version.
fn names_to_read(connection: &Connection, location: &Location) -> Result<(Names, i32), Error> {
    match migration::standing(connection, location)? {
        Standing::Applied(version) if OLDEST_TO_READ <= version => Ok((Names::of(connection, location)?, version)),
        Standing::Applied(_) => Err(Error::new(
            ErrorKind::ReadOnly,
            format!(
                "`{}` is of an older format, and reading changes nothing (hint: record something, or `annals migrate`, which brings it up to date)",
                location.database.display()
            ),
        )),
        Standing::Empty => Err(location.missing()),
    }
}
