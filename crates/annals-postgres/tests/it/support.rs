//! Databases for the tests.

use annals_postgres::{MIGRATIONS, OpenMode, PostgresStore, migrate};
use annals_testkit::postgres::Database;

/// A database with our tables.
pub(crate) struct Place(pub(crate) Database);

impl Place {
    #[track_caller]
    pub(crate) fn new() -> Self {
        // The template's name changes with what it holds.
        let version: String = MIGRATIONS.iter().map(|migration| migration.checksum()[..8].to_owned()).collect();
        Self(Database::migrated(&version, |url| migrate(url).unwrap()))
    }

    #[track_caller]
    pub(crate) fn open(&self) -> PostgresStore {
        PostgresStore::open(self.0.url(), OpenMode::ReadWriteCreate).unwrap()
    }
}
