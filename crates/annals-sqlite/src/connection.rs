//! Opening connections: which flags and settings each kind has.
//!
//! One connection writes, in WAL mode with `synchronous=FULL`, so that a commit that was answered survives a power cut. Those that read are `query_only` and never
//! checkpoint, so that a read can neither change the database nor be slowed by its upkeep.

use std::time::Duration;

use annals_store::{Error, ErrorKind, Glob};
use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use crate::failure;
use crate::location::Location;
use crate::opening::Patience;
use crate::search;

/// Older ones may lose committed pages when a WAL is reset while it is read.
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long a writer waits for SQLite's own lock, which only a stranger holds for long: ours queue before it.
const WRITER_PATIENCE: Duration = Duration::from_millis(100);
/// How long it waits while it is opened: somebody else may just be making the database.
const OPENING_PATIENCE: Duration = Duration::from_secs(1);
/// How long a reader waits for the moments in which a WAL is recovered or closed.
const READER_PATIENCE: Duration = Duration::from_secs(5);
/// How many pages a WAL grows before a commit copies it back.
const CHECKPOINT_PAGES: i32 = 4_000;
/// A WAL of this size is copied back and removed by the store that lives for one event and closes as the last one: whoever opens as the first one reads all of it.
const WAL_BYTES_BRIEFLY: u64 = 1 << 20;
/// A WAL that grew beyond this (a long read held it) is cut back to it.
const WAL_BYTES: i32 = 64 << 20;
/// The page caches in KiB, as SQLite takes them: negative.
const WRITER_CACHE: i32 = -(16 << 10);
const READER_CACHE: i32 = -(2 << 10);
/// There are more statements than these only where questions are put together.
const CACHED_STATEMENTS: usize = 192;

/// The connection that writes. Makes the file if `create` says so, which needs the lock files to be there.
pub(crate) fn writer(location: &Location, create: Create, patience: Patience) -> Result<Connection, Error> {
    let failed = |error| failure::database(&location.database, error);
    check_version()?;
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match create {
        Create::Missing => {
            flags |= OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(location.address_to_make(), flags)
        }
        Create::Nothing => Connection::open_with_flags(&location.database, flags),
    }
    .map_err(failed)?;
    set_opening_patience(&connection, location, patience)?;
    if connection.is_readonly("main").map_err(failed)? {
        return Err(Error::new(
            ErrorKind::Permission,
            format!(
                "`{}` may not be written (hint: check who owns the folder and the files in it)",
                location.database.display()
            ),
        ));
    }
    harden(&connection).map_err(failed)?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE).map_err(failed)?;
    connection.pragma_update(None, "temp_store", "memory").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
    // What is deleted is written over, so that less is left for an erasure to rebuild.
    connection.pragma_update(None, "secure_delete", true).map_err(failed)?;
    // On macOS a plain flush stops at the disk's own cache, which a power cut empties. Elsewhere these change nothing.
    connection.pragma_update(None, "fullfsync", true).map_err(failed)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true).map_err(failed)?;
    Ok(connection)
}

/// What a writer sets once it knows that the database is ours: the first thing that may change the file.
pub(crate) fn set_wal(connection: &Connection, location: &Location) -> Result<(), Error> {
    let failed = |error| failure::database(&location.database, error);
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        return Err(Error::new(
            ErrorKind::Io,
            format!(
                "`{}` lies on a file system without shared memory, which SQLite's WAL needs (hint: give a folder on a local disk)",
                location.database.display()
            ),
        ));
    }
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(failed)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES).map_err(failed)
}

/// What a writer sets last: from here on it waits for moments only.
pub(crate) fn set_patience(connection: &Connection, location: &Location, patience: Patience) -> Result<(), Error> {
    let at_most = patience.at_most(WRITER_PATIENCE);
    connection.busy_timeout(at_most).map_err(|error| failure::database(&location.database, error))
}

/// What a writer that lives for one event sets before it closes. Closing as the last one, it would copy the WAL back, remove it, and make the next such writer make it anew, which
/// costs more than the event. A bound on the WAL cannot be left to commits: what they have copied back is forgotten when the last one closes.
pub(crate) fn set_upkeep_on_close(connection: &Connection, location: &Location) {
    let is_small = std::fs::metadata(&location.wal).is_ok_and(|wal| wal.len() < WAL_BYTES_BRIEFLY);
    // Where it cannot be set, closing costs what it always does.
    let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_small);
}

/// What it sets before that, again before each step that may wait: SQLite counts each wait for itself.
pub(crate) fn set_opening_patience(
    connection: &Connection,
    location: &Location,
    patience: Patience,
) -> Result<(), Error> {
    let at_most = patience.at_most(OPENING_PATIENCE);
    connection.busy_timeout(at_most).map_err(|error| failure::database(&location.database, error))
}

/// A connection that reads.
pub(crate) fn reader(location: &Location) -> Result<Connection, Error> {
    beside(location, Others::Welcome)
}

/// What becomes of others who have the database open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Others {
    Welcome,
    KeptOut,
}

fn beside(location: &Location, others: Others) -> Result<Connection, Error> {
    let failed = |error| failure::database(&location.database, error);
    check_version()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&location.database, flags).map_err(failed)?;
    connection.busy_timeout(READER_PATIENCE).map_err(failed)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed)?;
    if others == Others::KeptOut {
        // Before anything is read: the first read decides where it is kept.
        connection.pragma_update(None, "locking_mode", "exclusive").map_err(failed)?;
    }
    prepare_to_read(&connection).map_err(failed)?;
    Ok(connection)
}

/// A connection that reads alone: it keeps to itself what others share in a file beside the database, and so works where that file finds no room. From its first
/// read to its end nobody else can read or write.
pub(crate) fn alone(location: &Location) -> Result<Connection, Error> {
    beside(location, Others::KeptOut)
}

/// A connection that reads a file which nobody writes to. The caller makes sure that it was so.
pub(crate) fn at_rest(location: &Location) -> Result<Connection, Error> {
    let failed = |error| failure::database(&location.database, error);
    check_version()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(location.address_at_rest(), flags).map_err(failed)?;
    prepare_to_read(&connection).map_err(failed)?;
    Ok(connection)
}

fn prepare_to_read(connection: &Connection) -> rusqlite::Result<()> {
    harden(connection)?;
    connection.pragma_update(None, "cache_size", READER_CACHE)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "query_only", true)?;
    add_glob(connection)?;
    search::add_function(connection)
}

/// Whether a missing file is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Create {
    Missing,
    Nothing,
}

fn check_version() -> Result<(), Error> {
    if rusqlite::version_number() >= OLDEST_SQLITE {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Io,
        format!(
            "SQLite {} may damage a database that is read while it is written (hint: build with SQLite 3.51.3 or newer)",
            rusqlite::version()
        ),
    ))
}

/// A database is a file that somebody else may have written: nothing in its schema may run code.
fn harden(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // A plan is made once a statement, not once for each of its values.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(())
}

/// `annals_glob(pattern, text)`: whether a resource fits, by the one matcher of all stores.
fn add_glob(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function(
        "annals_glob",
        2,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY,
        |context| {
            let glob = context.get_or_create_aux(0, |pattern| Glob::parse(pattern.as_str().unwrap_or_default()))?;
            Ok(context.get_raw(1).as_str().is_ok_and(|resource| glob.is_match(resource)))
        },
    )
}

#[cfg(test)]
mod tests;
