//! A copy of the database while others write to it.
//!
//! SQLite writes the copy anew out of one snapshot (`VACUUM INTO`), so that it holds all that was committed at one moment, nothing of what was deleted, and needs no WAL beside it. Its
//! own backup interface was refused: it copies pages as they lie, free ones with old content included.
//!
//! The copy appears under its name when it is whole and on disk, or not at all, and never in the place of another file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use annals_store::{Error, ErrorKind};
use rusqlite::Connection;

use crate::connection;
use crate::failure;
use crate::location::Location;
use crate::store::SqliteStore;

/// How often a copy of a file at rest is tried before it is read like one that is written to.
const TRIES_AT_REST: usize = 3;

impl SqliteStore {
    /// Copies the database to a new file, which its owner alone may read. Others may write meanwhile; the copy is of one moment.
    ///
    /// Errors: `Invalid` where there is something at that path already; `NotFound` without its folder; what keeps a file from being written or the database from being read.
    pub fn copy_to(&self, path: &Path) -> Result<(), Error> {
        let target = Location::new(path)?.database;
        if fs::symlink_metadata(path).is_ok() || fs::symlink_metadata(&target).is_ok() {
            return Err(exists(path));
        }
        let unfinished = Unfinished::make(&target)?;
        self.copy_into(&unfinished.0)?;
        flush(&unfinished.0)?;
        // Unlike renaming, linking replaces nothing.
        fs::hard_link(&unfinished.0, &target).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => exists(path),
            _ => failure::file(&target, error),
        })?;
        drop(unfinished);
        let folder = target.parent().unwrap_or_else(|| Path::new("/"));
        flush(folder)
    }

    fn copy_into(&self, into: &Path) -> Result<(), Error> {
        let location = self.location();
        self.readers().check()?;
        if self.writer().is_err() {
            for _ in 0..TRIES_AT_REST {
                let Some(before) = location.at_rest() else { break };
                let outcome = connection::at_rest(location).and_then(|source| vacuum(&source, location, into));
                if location.at_rest() == Some(before) {
                    return outcome;
                }
                empty(into)?;
            }
        }
        connection::reader(location).and_then(|source| vacuum(&source, location, into))?;
        // The replacement is told rather than what became of it.
        self.readers().check()
    }
}

fn vacuum(source: &Connection, location: &Location, into: &Path) -> Result<(), Error> {
    let failed = |error| failure::database(&location.database, error);
    let into = into.to_str().ok_or_else(|| {
        Error::new(ErrorKind::Invalid, format!("`{}` is a name that SQLite cannot take", into.display()))
    })?;
    // It changes nothing of its source, but is refused where nothing may be changed.
    source.pragma_update(None, "query_only", false).map_err(failed)?;
    source.execute("VACUUM INTO ?1", [into]).map(drop).map_err(failed)
}

/// A file that goes away unless it was linked under another name.
struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes an empty file beside the target, for its owner alone.
    fn make(target: &Path) -> Result<Self, Error> {
        let random = getrandom::u64().map_err(|error| {
            Error::with_source(ErrorKind::Io, format!("no randomness to name a copy: {error}"), error)
        })?;
        let mut path = target.to_path_buf().into_os_string();
        path.push(format!(".{random:016x}.tmp"));
        let path = PathBuf::from(path);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map_err(|error| failure::file(&path, error))?;
        Ok(Self(path))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What cannot be removed is named so that everybody sees what it is.
        let _ = fs::remove_file(&self.0);
        let mut journal = self.0.clone().into_os_string();
        journal.push("-journal");
        let _ = fs::remove_file(journal);
    }
}

fn empty(path: &Path) -> Result<(), Error> {
    File::options().write(true).truncate(true).open(path).map(drop).map_err(|error| failure::file(path, error))
}

fn flush(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| failure::file(path, error))
}

fn exists(path: &Path) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("`{}` is there already, and is not replaced (hint: give a name that is free)", path.display()),
    )
}
