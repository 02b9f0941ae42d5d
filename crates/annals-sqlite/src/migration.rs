//! The schema's history: numbered SQL files, each applied once, in one transaction, and checked ever after.
//!
//! What was applied is remembered with the checksum of its text. A database whose history differs from ours was made by something else, and nothing good comes
//! of writing to it. One made by a newer Annals is refused by name: this one does not know what its columns mean.
//! A runner of our own, because the crates that do this cannot live beside `rusqlite` or know no checksums.

use annals_event::Timestamp;
use annals_store::{Error, ErrorKind};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use crate::awareness;
use crate::failure;
use crate::location::Location;
use crate::sql;

/// Marks the file as Annals' own, where `file` and other tools look for it: `ANNL`.
pub(crate) const APPLICATION_ID: i32 = 0x414E_4E4C;

/// One step of the schema. Steps are only ever added.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number, from 1 without a hole; the database's `user_version` is the newest.
    pub version: i32,
    /// What it brings.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

/// All steps, oldest first. Public, so that a test or a benchmark can make the same tables without this crate's code.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "record", sql: include_str!("../migrations/0001-record.sql") },
    Migration { version: 2, name: "open-session", sql: include_str!("../migrations/0002-open-session.sql") },
    Migration { version: 3, name: "evidence", sql: include_str!("../migrations/0003-evidence.sql") },
    Migration { version: 4, name: "idempotency", sql: include_str!("../migrations/0004-idempotency.sql") },
    Migration { version: 5, name: "awareness", sql: include_str!("../migrations/0005-awareness.sql") },
    Migration { version: 6, name: "search", sql: include_str!("../migrations/0006-search.sql") },
    Migration { version: 7, name: "event-text", sql: include_str!("../migrations/0007-event-text.sql") },
];

/// The oldest version whose log reads like that of the newest: what came since is the writer's alone. Who only reads brings nothing up to date.
pub(crate) const OLDEST_TO_READ: i32 = 1;

impl Migration {
    /// The SHA-256 of its text in hex.
    pub fn checksum(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(self.sql) {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// The first version with a tree under the rows.
pub(crate) const FIRST_WITH_TREE: i32 = 3;

/// The first version with entries beside the log.
pub(crate) const FIRST_WITH_ENTRIES: i32 = 5;

/// The first version with an index of the words of events.
pub(crate) const FIRST_WITH_EVENT_TEXT: i32 = 7;

/// The first version whose entries have their words in bags, which no SQL can make.
const FIRST_WITH_BAGS: i32 = 6;

/// What stands in the file, seen without changing it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// An empty file: nothing was ever applied.
    Empty,
    /// Made by Annals; these many steps were applied, no more than there are.
    Applied(i32),
}

/// Finds out how far a database is, refusing what is not ours, newer than us, or other than it says.
pub(crate) fn standing(connection: &Connection, location: &Location) -> Result<Standing, Error> {
    let failed = |error| failure::database(&location.database, error);
    let path = location.database.display();
    // One snapshot for all: another process may be making the database at this moment.
    let _snapshot =
        if connection.is_autocommit() { Some(connection.unchecked_transaction().map_err(failed)?) } else { None };
    let read = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0)).map_err(failed);
    let (application, version) = (read("application_id")?, read("user_version")?);
    let n_tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if n_tables == 0 && application == 0 && version == 0 {
        return Ok(Standing::Empty);
    }
    if application != APPLICATION_ID {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!("`{path}` is a database of another program's (hint: give another folder)"),
        ));
    }
    let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if version > newest {
        return Err(Error::new(
            ErrorKind::NewerFormat,
            format!(
                "`{path}` has format {version}, and this Annals knows formats up to {newest} (hint: use the newer Annals that wrote it)"
            ),
        ));
    }
    let n_views: i64 = connection.query_row(sql::COUNT_VIEWS, [], |row| row.get(0)).map_err(failed)?;
    if n_views > 0 {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "`{path}` has views in the place of tables, which no Annals makes (hint: put a backup in its place)"
            ),
        ));
    }
    check_history(connection, location, version)?;
    Ok(Standing::Applied(version))
}

/// Applies what is missing. The caller holds the turnstile; the transaction is SQLite's own lock.
pub(crate) fn apply(connection: &mut Connection, location: &Location, now: Timestamp) -> Result<(), Error> {
    apply_and(connection, location, now, Naming::Named)
}

/// The same for a database that a log is brought into: a new one gets no name of its own.
pub(crate) fn apply_without_name(
    connection: &mut Connection,
    location: &Location,
    now: Timestamp,
) -> Result<(), Error> {
    apply_and(connection, location, now, Naming::Nameless)
}

/// Whether a new log gets a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    Named,
    Nameless,
}

fn apply_and(connection: &mut Connection, location: &Location, now: Timestamp, naming: Naming) -> Result<(), Error> {
    let failed = |error| failure::database(&location.database, error);
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive).map_err(failed)?;
    // Read again under the lock: another process may have been faster.
    let applied = match standing(&transaction, location)? {
        Standing::Empty => 0,
        Standing::Applied(version) => version,
    };
    if applied == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
        transaction.execute_batch(sql::MIGRATION_TABLE).map_err(failed)?;
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > applied) {
        transaction.execute_batch(migration.sql).map_err(failed)?;
        if migration.version == FIRST_WITH_BAGS {
            awareness::fill_bags(&transaction).map_err(failed)?;
        }
        transaction
            .execute(sql::APPLIED, params![migration.version, migration.name, migration.checksum(), now.as_nanos()])
            .map_err(failed)?;
        transaction.pragma_update(None, "user_version", migration.version).map_err(failed)?;
    }
    if applied == 0 && naming == Naming::Named {
        name(&transaction, location, now)?;
    }
    transaction.commit().map_err(failed)
}

/// Gives a log without a name one.
pub(crate) fn name(connection: &Connection, location: &Location, now: Timestamp) -> Result<(), Error> {
    let (log_id, own_producer) = (random_id(location)?, random_id(location)?);
    let named = connection.execute(sql::NAME_LOG, params![log_id, own_producer, now.as_nanos()]);
    named.map(drop).map_err(|error| failure::database(&location.database, error))
}

fn check_history(connection: &Connection, location: &Location, version: i32) -> Result<(), Error> {
    let failed = |error| failure::database(&location.database, error);
    let mut statement = connection.prepare(sql::MIGRATIONS).map_err(failed)?;
    let applied: Vec<(i32, String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .and_then(Iterator::collect)
        .map_err(failed)?;
    let ours = MIGRATIONS.iter().take_while(|migration| migration.version <= version);
    for (n, migration) in ours.enumerate() {
        let same = applied
            .get(n)
            .is_some_and(|(version, _, checksum)| *version == migration.version && *checksum == migration.checksum());
        if !same {
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!(
                    "`{}` was not made by this Annals: its migration {} (`{}`) is another one (hint: put a backup in its place)",
                    location.database.display(),
                    migration.version,
                    migration.name
                ),
            ));
        }
    }
    Ok(())
}

fn random_id(location: &Location) -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::with_source(
            ErrorKind::Io,
            format!("no randomness to name the log in `{}`: {error}", location.database.display()),
            error,
        )
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
