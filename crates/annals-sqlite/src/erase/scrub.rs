//! Making deleted bytes go from the files: the whole database is built anew, and the WAL is cut to nothing.
//!
//! `secure_delete` alone leaves copies behind where pages were split; docs/decisions/0016 has the figures. Done by a connection of its own, whose temporary file is on disk and not in
//! memory, for the store's own connection keeps small things in memory.
//!
//! That costs as much as the database is large, so it is done only where something was emptied since it was done last. The database remembers that from the very transaction which
//! empties, and forgets it when nothing keeps any of it: whoever comes later finishes what was left.

use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

use annals_store::{Error, ErrorKind, Remains};
use rusqlite::Connection;

use crate::connection::{self, Create};
use crate::failure;
use crate::location::Location;
use crate::opening::Patience;
use crate::sql;
use crate::turnstile::Turnstile;

/// How long to wait for others, for each of the two steps.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one try waits.
const TRY: Duration = Duration::from_millis(250);

/// See [`annals_store::ErasingStore::scrub`].
pub(super) fn scrub(location: &Location) -> Result<Vec<Remains>, Error> {
    let patience = Patience::USUAL;
    let turnstile = Turnstile::open(location)?;
    let connection = connection::writer(location, Create::Nothing, patience)?;
    connection::set_wal(&connection, location)?;
    let failed = |error| failure::database(&location.database, error);
    connection.pragma_update(None, "temp_store", "file").map_err(failed)?;
    connection.busy_timeout(TRY).map_err(failed)?;
    let mut remains = Vec::new();
    let _turn = turnstile.enter(patience);
    let n_emptied: i64 = connection.query_row(sql::TO_SCRUB, [], |row| row.get(0)).map_err(failed)?;
    if n_emptied == 0 {
        return Ok(remains);
    }
    // FTS5 keeps the first word of each page of its index a second time, where no deletion of its own reaches.
    let rebuilt = [sql::REBUILD_EVENT_TEXT, sql::REBUILD_ENTRY_TEXT, "VACUUM"]
        .into_iter()
        .try_for_each(|statement| insist(|| connection.execute_batch(statement).map_err(failed)));
    remains.extend(rebuilt.err().map(|error| told(&error, Remains::Writer)));
    // Cut all the same: what was emptied is in the WAL too.
    let cut = insist(|| cut(&connection, location));
    remains.extend(cut.err().map(|error| told(&error, Remains::Reader)));
    if remains.is_empty() {
        // Where this fails, the next one builds it anew once more.
        let _ = insist(|| connection.execute(sql::SCRUBBED, [n_emptied]).map(drop).map_err(failed));
    }
    Ok(remains)
}

/// Tries while others are in the way.
fn insist(work: impl Fn() -> Result<(), Error>) -> Result<(), Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match work() {
            Err(error) if error.kind() == ErrorKind::Busy && Instant::now() < deadline => {}
            outcome => return outcome,
        }
    }
}

/// Copies all of the WAL into the database and cuts it to nothing.
fn cut(connection: &Connection, location: &Location) -> Result<(), Error> {
    let is_busy: bool = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(|error| failure::database(&location.database, error))?;
    if is_busy {
        return Err(Error::new(ErrorKind::Busy, format!("`{}` is being read", location.database.display())));
    }
    match File::open(&location.wal) {
        Ok(wal) => wal.sync_all().map_err(|error| failure::file(&location.wal, error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failure::file(&location.wal, error)),
    }
}

fn told(error: &Error, busy: Remains) -> Remains {
    match error.kind() {
        ErrorKind::Busy => busy,
        ErrorKind::StorageFull => Remains::NoRoom(error.to_string()),
        _ => Remains::Failed(error.to_string()),
    }
}
