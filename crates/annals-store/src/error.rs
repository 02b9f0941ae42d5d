//! The one error of the store contract: opaque, with a kind to branch on.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// What went wrong, as far as a caller would act on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Another process holds the database; it mends by waiting.
    Busy,
    /// The store was closed.
    Closed,
    /// The file is no database, or a damaged one.
    Corrupt,
    /// The producer belongs to another credential.
    Foreign,
    /// An argument is wrong: a cursor, a filter.
    Invalid,
    /// Reading or writing failed for a reason of the operating system's.
    Io,
    /// A jump in a producer's count that no gap covers.
    Jump,
    /// Written by a newer Annals.
    NewerFormat,
    /// A file or folder is not there.
    NotFound,
    /// Opening panicked.
    Panicked,
    /// Not allowed to read or write a file.
    Permission,
    /// The database can be read only.
    ReadOnly,
    /// The database lacks what it once had: it was put back, or cut. Nobody but its owner can mend that.
    RolledBack,
    /// The database refuses an event for itself; the batch may be halved to find it.
    RowRefused,
    /// No space left.
    StorageFull,
    /// An id, key or name is another's already.
    Taken,
    /// The answer to a commit was lost or an error: it may or may not have happened. Trying again is safe, the marks tell.
    UnknownOutcome,
}

/// An error of a store. Cheap to clone, since all who waited for one attempt to open get the same.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with its message: lower case, the object in backticks, a hint where the user can act.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner { kind, message: message.into(), source: None }))
    }

    /// The same with the error that caused it, which `Display` does not repeat.
    pub fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Inner { kind, message: message.into(), source: Some(source.into()) }))
    }

    /// What a caller may branch on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may succeed later without anybody's help or after space or access came back.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Busy
                | ErrorKind::Io
                | ErrorKind::NotFound
                | ErrorKind::Panicked
                | ErrorKind::Permission
                | ErrorKind::ReadOnly
                | ErrorKind::StorageFull
                | ErrorKind::UnknownOutcome
        )
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests;
