//! Bringing the tables of a database up to date without recording anything: for a role that may make tables, where those that record may not.
//!
//! It does what opening to record does, and leaves out what recording needs besides: no journal is made, and no key.

use std::path::Path;
use std::sync::Arc;

use annals_store::{OpenMode, Opening, origin_of};

use crate::place::Place;
use crate::{Error, ErrorKind, Settings};

/// What was brought up to date.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Migrated {
    /// What the database is called, without a password.
    pub database: String,
    /// The log's origin; a new log was given it.
    pub origin: String,
    /// The format before, from 1; 0 where there were no tables.
    pub from_format: u64,
    /// The format now: the newest that this version knows.
    pub format: u64,
}

/// Brings the tables of the database that the settings name up to date, making it where it is a file that is not there, and names a new log.
///
/// Errors: `Invalid` for a log that a server keeps; `NewerFormat`, `RolledBack` and whatever else keeps somebody from opening the log to record.
pub fn migrate(settings: &Settings) -> Result<Migrated, Error> {
    let place = Place::of(&settings.values)?;
    if let Some(server) = place.server() {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("the log is kept by the server `{server}` (hint: migrate where that runs, with its settings)"),
        ));
    }
    if place.file().and_then(Path::parent) == Some(place.data()) {
        place.make()?;
    }
    let database = place.database();
    let from_format = database.format()?;
    let store =
        database.open(OpenMode::ReadWriteCreate, Opening::default().with_outside(Arc::new(place.published())))?;
    let origin = origin_of(store.log_ids().0).to_string();
    store.close()?;
    Ok(Migrated { database: database.to_string(), origin, from_format, format: database.format()? })
}
