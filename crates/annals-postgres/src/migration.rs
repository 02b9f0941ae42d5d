//! The schema's history: numbered SQL files, each applied once, in one transaction under a lock of the database's, and checked ever after.
//!
//! What was applied is remembered with the checksum of its text. A database whose history differs from ours was made by something else, and nothing good comes of writing to it. One made by a
//! newer Annals is refused by name: this one does not know what its columns mean.

use annals_store::{Error, ErrorKind};
use sha2::{Digest, Sha256};

use crate::address::Address;
use crate::connection::{Begin, Connection, Pool, Reach};
use crate::failure::Trouble;
use crate::opening::Opening;
use crate::sql;

/// The number of the lock under which tables are made: `ANNL`.
const LOCK: i64 = 0x414E_4E4C;

/// One step of the schema. Steps are only ever added.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number, from 1 without a hole.
    pub version: i64,
    /// What it brings.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

/// All steps, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "record", sql: include_str!("../migrations/0001-record.sql") },
    Migration { version: 2, name: "evidence", sql: include_str!("../migrations/0002-evidence.sql") },
    Migration { version: 3, name: "idempotency", sql: include_str!("../migrations/0003-idempotency.sql") },
    Migration { version: 4, name: "awareness", sql: include_str!("../migrations/0004-awareness.sql") },
    Migration { version: 5, name: "isolation", sql: include_str!("../migrations/0005-isolation.sql") },
    Migration { version: 6, name: "bags", sql: include_str!("../migrations/0006-bags.sql") },
    Migration { version: 7, name: "found", sql: include_str!("../migrations/0007-found.sql") },
];

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

/// Brings the tables of a database up to date and names no log yet: for a role that may make tables, where those that record may not.
///
/// Errors are those of [`PostgresStore::open`](crate::PostgresStore::open).
pub fn migrate(url: &str) -> Result<(), Error> {
    let address = Address::parse(url)?;
    let opening = Opening::default();
    apply(&Pool::new(&address, &opening)?, &address, &opening)
}

/// How many steps the tables of a database have; 0 where there are none. Nothing is changed.
///
/// Errors are those of [`PostgresStore::open`](crate::PostgresStore::open).
pub fn format(url: &str) -> Result<u64, Error> {
    let address = Address::parse(url)?;
    let opening = Opening::default();
    let applied =
        Pool::new(&address, &opening)?.read(|connection| version(connection, &address, opening.migrations))?;
    Ok(applied.unsigned_abs())
}

/// How many steps were applied, refusing what is not ours, newer than us, or other than it says.
pub(crate) fn version(connection: &Connection, address: &Address, known: &[Migration]) -> Result<i64, Trouble> {
    if !connection.one(sql::IS_MIGRATED, &[])?.try_get(0)? {
        return Ok(0);
    }
    let applied = connection.rows(sql::MIGRATIONS, &[])?;
    let newest = known.len() as u64;
    if applied.len() as u64 > newest {
        return Err(Trouble::Told(Error::new(
            ErrorKind::NewerFormat,
            format!(
                "{address} has format {}, and this Annals knows formats up to {newest} (hint: use the newer Annals that wrote it)",
                applied.len()
            ),
        )));
    }
    for (row, migration) in applied.iter().zip(known) {
        let (version, checksum): (i64, &str) = (row.try_get(0)?, row.try_get(1)?);
        if version != migration.version || checksum != migration.checksum() {
            return Err(Trouble::Told(Error::new(
                ErrorKind::Corrupt,
                format!(
                    "{address} was not made by this Annals: its migration {version} (`{}`) is another one (hint: put a backup in its place)",
                    migration.name
                ),
            )));
        }
    }
    Ok(applied.last().map_or(Ok(0), |row| row.try_get(0))?)
}

/// Applies what is missing, a transaction each. A look first, so that most openings need neither the lock nor the right to make tables.
pub(crate) fn apply(pool: &Pool, address: &Address, opening: &Opening) -> Result<(), Error> {
    let told = |trouble: Trouble| trouble.of(address);
    let mut applied = pool.read(|connection| version(connection, address, opening.migrations))?;
    while let Some(migration) = opening.migrations.iter().find(|migration| migration.version > applied) {
        let connection = pool.take()?;
        let step = || {
            connection.begin(Begin::Write, Reach::Nothing);
            connection.rows(sql::LOCK_MIGRATIONS, &[&LOCK])?;
            // Read again under the lock: another process may have been faster.
            let standing = version(&connection, address, opening.migrations)?;
            if standing >= migration.version {
                return Ok(standing);
            }
            if standing == 0 {
                connection.batch(sql::MIGRATION_TABLE)?;
            }
            connection.batch(migration.sql)?;
            connection.execute(
                sql::APPLIED,
                &[&migration.version, &migration.name, &migration.checksum(), &opening.clock.now().as_nanos()],
            )?;
            connection.commit(&[])?;
            Ok(migration.version)
        };
        let outcome = step();
        connection.roll_back();
        applied = outcome.map_err(told)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
