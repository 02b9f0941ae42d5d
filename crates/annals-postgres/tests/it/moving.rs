//! A log that moves: between two databases, from a file into one, and back.

use std::path::PathBuf;
use std::sync::Arc;

use annals_postgres::{OpenMode, PostgresStore};
use annals_sqlite::SqliteStore;
use annals_store::moving::Target;
use annals_store::suite::Database;
use annals_store::suite::moving::MovingDatabase;
use annals_store::{Error, EventStore};
use tempfile::TempDir;

use crate::support::Place;

impl MovingDatabase for Place {
    fn open_to_copy_into(&self) -> Result<Box<dyn Target>, Error> {
        // Who owns the tables copies.
        PostgresStore::open_to_copy_into(self.0.url())
    }

    fn try_open(&self) -> Result<Arc<dyn EventStore>, Error> {
        let store = PostgresStore::open(&self.url(), OpenMode::ReadWriteCreate)?;
        // Whoever only reads is told the same.
        PostgresStore::open(&self.url(), OpenMode::ReadOnly)?;
        Ok(Arc::new(store))
    }
}

/// A file of SQLite's.
struct File {
    _folder: TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("annals.db");
        Self { _folder: folder, path }
    }
}

impl Database for File {
    fn open(&self) -> Arc<dyn EventStore> {
        self.try_open().unwrap()
    }
}

impl MovingDatabase for File {
    fn open_to_copy_into(&self) -> Result<Box<dyn Target>, Error> {
        SqliteStore::open_to_copy_into(&self.path)
    }

    fn try_open(&self) -> Result<Arc<dyn EventStore>, Error> {
        Ok(Arc::new(SqliteStore::open(&self.path, OpenMode::ReadWriteCreate)?))
    }
}

annals_store::moving_store_suite!(Place::new, Place::new);

mod from_a_file {
    use super::{File, Place};

    annals_store::moving_store_suite!(File::new, Place::new);
}

mod into_a_file {
    use super::{File, Place};

    annals_store::moving_store_suite!(Place::new, File::new);
}
