//! The one error of this crate: what went wrong, with which file, and what the user can do.
//!
//! It is a single pointer, because it stands in the result of the path that every recorded event takes.

use std::{
    error, fmt, io,
    path::{Path, PathBuf},
};

/// What a caller can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file system has no working file locks, so nobody could tell a live journal from a dead one.
    LocksUnsupported,
    /// The disk or the quota is used up.
    StorageFull,
    /// The process may not write there.
    Permission,
    /// The file system is read-only.
    ReadOnly,
    /// The directory does not exist.
    NotFound,
    /// A segment was written by a newer version of this format. Nothing of it was touched.
    NewerFormat,
    /// A segment's header is unreadable, so nobody knows for whom it waits. Nothing of it was touched.
    Damaged,
    /// The journal is full, and nothing was given back for as long as the caller was ready to wait.
    Full,
    /// The journal takes no more records because it was ended or closed.
    Closed,
    /// The journal refuses records because their target has trouble that waiting does not mend.
    Refused,
    /// The payload can never fit into this journal, or the journal's bounds are larger than any journal can be.
    TooLarge,
    /// Any other error of the operating system; it is the `source()`.
    Io,
}

/// What went wrong. Opaque: ask [`kind`](Self::kind), [`path`](Self::path) and `source()`.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    source: Option<io::Error>,
}

impl Error {
    /// What a caller can tell apart.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file or directory that the error is about, where it is about one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// Whether the same call may succeed later without anybody changing the program or its settings.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind(), ErrorKind::StorageFull | ErrorKind::Full | ErrorKind::Io)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), path: None, source: None }))
    }

    /// An error of the operating system while doing `what` (a verb and its object) with `path`.
    pub(crate) fn io(what: &str, path: &Path, source: io::Error) -> Self {
        let kind = kind_of(&source);
        let hint = match kind {
            ErrorKind::StorageFull => " (hint: free some disk space)",
            ErrorKind::Permission => " (hint: the journal needs a directory that this user may write to)",
            ErrorKind::ReadOnly => " (hint: put the journal on a file system that can be written)",
            ErrorKind::NotFound => " (hint: create the directory, or name another one)",
            ErrorKind::LocksUnsupported => " (hint: put the journal on a local disk)",
            _ => "",
        };
        Self(Box::new(Inner {
            kind,
            message: format!("cannot {what} `{}`: {source}{hint}", path.display()),
            path: Some(path.to_owned()),
            source: Some(source),
        }))
    }

    pub(crate) fn about(mut self, path: &Path) -> Self {
        self.0.path = Some(path.to_owned());
        self
    }

    pub(crate) fn locks_unsupported(path: &Path, source: io::Error) -> Self {
        let mut error = Self::io("lock", path, source);
        if error.0.kind != ErrorKind::LocksUnsupported {
            error.0.kind = ErrorKind::LocksUnsupported;
            error.0.message.push_str(" (hint: put the journal on a local disk)");
        }
        error
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the journal is closed")
    }

    pub(crate) fn refused() -> Self {
        Self::new(ErrorKind::Refused, "the journal takes no records because their target refuses them")
    }

    /// Full for too long; `cause` is why no further segment could be made, when that is the reason.
    pub(crate) fn full(cause: Option<Self>) -> Self {
        let mut error = Self::new(ErrorKind::Full, "the journal is full and nothing in it became durable in time");
        if let Some(cause) = cause {
            error.0.message = format!("the journal is full: {cause}");
            error.0.path = cause.0.path;
            error.0.source = cause.0.source;
        }
        error
    }
}

fn kind_of(source: &io::Error) -> ErrorKind {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::StorageFull,
        io::ErrorKind::PermissionDenied => ErrorKind::Permission,
        io::ErrorKind::ReadOnlyFilesystem => ErrorKind::ReadOnly,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ErrorKind::NotFound,
        _ => ErrorKind::Io,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.0.kind).field("message", &self.0.message).finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}
