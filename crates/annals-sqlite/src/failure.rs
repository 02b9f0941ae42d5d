//! SQLite's errors, and those of the files beside the database, as errors of the store contract.
//!
//! SQLite says little about files ("unable to open database file"), so for those the file and its folder are looked at again, and the message says what a
//! person can do. Nothing is opened for that: closing any descriptor of a database file drops the locks that this process holds on it.

use std::io;
use std::path::Path;

use annals_store::backend::Damage;
use annals_store::{Error, ErrorKind};
use rusqlite::ffi::{self, ErrorCode};

/// An error of SQLite's while working on this database.
pub(crate) fn database(path: &Path, error: rusqlite::Error) -> Error {
    let error = without_sql(error);
    let (kind, problem) = match error.sqlite_error() {
        Some(code) => classify(path, *code),
        None => (ErrorKind::Corrupt, "holds a value that Annals did not write"),
    };
    Error::with_source(kind, format!("`{}` {problem}: {error}{}", path.display(), hint(kind)), error)
}

/// What may go wrong where rows and the tree over them are read together.
#[derive(Debug)]
pub(crate) enum Trouble {
    Sqlite(rusqlite::Error),
    /// Something that no honest writer leaves behind, in words that show nothing of it.
    Damaged(String),
    /// An error that is told already.
    Told(Error),
}

impl Trouble {
    /// The error of this database.
    pub(crate) fn of(self, path: &Path) -> Error {
        match self {
            Self::Sqlite(error) => database(path, error),
            Self::Damaged(problem) => Error::new(
                ErrorKind::Corrupt,
                format!(
                    "`{}` is damaged: {problem} (hint: `annals verify` tells what is still sound; keep the file, and put a backup in its place)",
                    path.display()
                ),
            ),
            Self::Told(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<annals_tlog::Error> for Trouble {
    fn from(error: annals_tlog::Error) -> Self {
        Self::Damaged(format!("the log's tree: {error}"))
    }
}

impl From<Damage> for Trouble {
    fn from(Damage(problem): Damage) -> Self {
        Self::Damaged(problem)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

/// The same error without the statement it was about, which says nothing to a person.
fn without_sql(error: rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqlInputError { error, msg, .. } => rusqlite::Error::SqliteFailure(error, Some(msg)),
        other => other,
    }
}

/// An error of the operating system's about a file beside the database.
pub(crate) fn file(path: &Path, error: io::Error) -> Error {
    let (kind, problem) = match error.kind() {
        io::ErrorKind::NotFound => (ErrorKind::NotFound, "cannot be made, its folder is missing"),
        io::ErrorKind::PermissionDenied => (ErrorKind::Permission, "cannot be opened"),
        io::ErrorKind::ReadOnlyFilesystem => (ErrorKind::ReadOnly, "cannot be written"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (ErrorKind::StorageFull, "cannot be written"),
        io::ErrorKind::NotADirectory => (ErrorKind::NotFound, "lies under something that is no folder"),
        _ => (ErrorKind::Io, "cannot be used"),
    };
    Error::with_source(kind, format!("`{}` {problem}: {error}{}", path.display(), hint(kind)), error)
}

/// An error that a row brought upon itself, if it is one; it says nothing of the row's content.
pub(crate) fn row(error: rusqlite::Error) -> Result<Error, rusqlite::Error> {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch) => {
            Ok(Error::with_source(ErrorKind::RowRefused, format!("the database refuses the event: {error}"), error))
        }
        _ => Err(error),
    }
}

/// The answer to a commit was an error: nobody knows what it did.
pub(crate) fn commit(path: &Path, error: rusqlite::Error) -> Error {
    Error::with_source(
        ErrorKind::UnknownOutcome,
        format!("`{}` answered a commit with an error, which may have happened all the same: {error}", path.display()),
        error,
    )
}

fn classify(path: &Path, error: ffi::Error) -> (ErrorKind, &'static str) {
    match error.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => (ErrorKind::Busy, "is held by another process"),
        ErrorCode::DatabaseCorrupt => (ErrorKind::Corrupt, "is damaged"),
        ErrorCode::NotADatabase => (ErrorKind::Corrupt, "is no database"),
        // Every statement fits our schema: one that SQLite does not understand has met other tables than those.
        ErrorCode::Unknown if error.extended_code == ffi::SQLITE_ERROR => (ErrorKind::Corrupt, "is damaged"),
        ErrorCode::DiskFull => (ErrorKind::StorageFull, "cannot grow"),
        // The shared-memory file is made to its full size beforehand; there is no other reason for that to fail.
        ErrorCode::SystemIoFailure if error.extended_code == ffi::SQLITE_IOERR_SHMSIZE => {
            (ErrorKind::StorageFull, "cannot grow its shared memory")
        }
        ErrorCode::ReadOnly => (ErrorKind::ReadOnly, "can be read only"),
        ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => {
            (ErrorKind::Permission, "may not be used")
        }
        ErrorCode::CannotOpen => unopenable(path),
        ErrorCode::OperationInterrupted => (ErrorKind::Closed, "was closed meanwhile"),
        _ => (ErrorKind::Io, "cannot be used"),
    }
}

fn unopenable(path: &Path) -> (ErrorKind, &'static str) {
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => (ErrorKind::NotFound, "is not there"),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            (ErrorKind::NotFound, "lies under something that is no folder")
        }
        Ok(metadata) if !metadata.is_file() => (ErrorKind::Corrupt, "is no file"),
        Ok(_) | Err(_) => (ErrorKind::Permission, "cannot be opened"),
    }
}

fn hint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Corrupt => {
            " (hint: keep the file and the journal beside it, and put a backup in its place or give another folder)"
        }
        ErrorKind::NotFound => " (hint: give the data folder with `--data DIR` or `ANNALS_DATA`)",
        ErrorKind::Permission => " (hint: check who owns the folder and the files in it)",
        ErrorKind::ReadOnly => " (hint: recording needs a folder that can be written)",
        ErrorKind::StorageFull => " (hint: free some space; nothing that was answered is lost)",
        _ => "",
    }
}
