//! The one error of the service: opaque, with a kind to branch on, and the event it could not take.

use std::error::Error as StdError;
use std::fmt;

use annals_event::{Event, Invalid};

/// What went wrong, as far as a caller would act on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Another process holds the database.
    Busy,
    /// The service was closed.
    Closed,
    /// A key that names a write was used for another one, or an id, key or name of an entry is another's.
    Conflict,
    /// The database or a journal is damaged.
    Corrupt,
    /// The events are of a producer that another credential used first.
    Foreign,
    /// The event or an argument breaks a rule, which the message names with the field.
    Invalid,
    /// Reading or writing failed for a reason of the operating system's.
    Io,
    /// Written by a newer Annals.
    NewerFormat,
    /// The key that the log is signed with is not here. Events are recorded, and not sealed.
    NoKey,
    /// A file or folder is not there.
    NotFound,
    /// Too many events wait, and none became durable for `record_timeout`.
    Overloaded,
    /// Not allowed to read or write a file.
    Permission,
    /// The database can be read only.
    ReadOnly,
    /// The database refused this event for itself; it is kept among the dead letters, and a gap declares it.
    Rejected,
    /// A setting has a bad value, which the message names with where it came from.
    Setting,
    /// The event's type may be dropped under load, and this one was; a gap declares it.
    Shed,
    /// The database lacks what it once held: it was rolled back or replaced by an older copy.
    RolledBack,
    /// No space left.
    StorageFull,
    /// The deadline passed. Nothing is lost: what was accepted stays accepted.
    Timeout,
    /// The answer to a commit was lost.
    UnknownOutcome,
    /// No such event type; the message proposes the nearest.
    UnknownType,
}

/// An error of the service.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    event: Option<Event>,
    invalid: Option<Invalid>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), source: None, event: None, invalid: None }))
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the audit service is closed (hint: record before `close`, or open it again)")
    }

    /// A journal's error, whose type is none of this crate's interface.
    pub(crate) fn journal(error: annals_journal::Error) -> Self {
        use annals_journal::ErrorKind as Journal;
        let kind = match error.kind() {
            Journal::Closed => ErrorKind::Closed,
            Journal::Full => ErrorKind::Overloaded,
            Journal::NewerFormat => ErrorKind::NewerFormat,
            Journal::NotFound => ErrorKind::NotFound,
            Journal::Permission => ErrorKind::Permission,
            Journal::ReadOnly => ErrorKind::ReadOnly,
            Journal::StorageFull => ErrorKind::StorageFull,
            Journal::TooLarge => ErrorKind::Invalid,
            _ => ErrorKind::Io,
        };
        let message = error.to_string();
        Self(Box::new(Inner { kind, message, source: Some(Box::new(error)), event: None, invalid: None }))
    }

    pub(crate) fn read_only() -> Self {
        Self::new(ErrorKind::ReadOnly, "the service was opened for reading alone")
    }

    /// The same error with the event that it could not take.
    pub(crate) fn giving_back(mut self, event: Event) -> Self {
        self.0.event = Some(event);
        self
    }

    /// What a caller may branch on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may succeed later without a change to what is recorded.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Busy
                | ErrorKind::Io
                | ErrorKind::NotFound
                | ErrorKind::Overloaded
                | ErrorKind::Permission
                | ErrorKind::ReadOnly
                | ErrorKind::StorageFull
                | ErrorKind::Timeout
                | ErrorKind::UnknownOutcome
        )
    }

    /// The event that was not recorded, as it was handed in.
    pub fn event(&self) -> Option<&Event> {
        self.0.event.as_ref()
    }

    /// The rule that the event or an argument breaks, with its field apart, where that is what is wrong.
    pub fn invalid(&self) -> Option<&Invalid> {
        self.0.invalid.as_ref()
    }

    /// Takes back the event that was not recorded.
    pub fn into_event(self) -> Option<Event> {
        self.0.event
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        let kind = match invalid.kind() {
            annals_event::InvalidKind::UnknownType => ErrorKind::UnknownType,
            _ => ErrorKind::Invalid,
        };
        let mut error = Self::new(kind, invalid.to_string());
        error.0.invalid = Some(invalid);
        error
    }
}

impl From<annals_store::Error> for Error {
    fn from(error: annals_store::Error) -> Self {
        use annals_store::ErrorKind as Store;
        let kind = match error.kind() {
            Store::Busy => ErrorKind::Busy,
            Store::Closed => ErrorKind::Closed,
            Store::Corrupt => ErrorKind::Corrupt,
            Store::Foreign => ErrorKind::Foreign,
            Store::Invalid => ErrorKind::Invalid,
            Store::Jump | Store::RolledBack => ErrorKind::RolledBack,
            Store::NewerFormat => ErrorKind::NewerFormat,
            Store::NotFound => ErrorKind::NotFound,
            Store::Permission => ErrorKind::Permission,
            Store::ReadOnly => ErrorKind::ReadOnly,
            Store::RowRefused => ErrorKind::Rejected,
            Store::Taken => ErrorKind::Conflict,
            Store::StorageFull => ErrorKind::StorageFull,
            Store::UnknownOutcome => ErrorKind::UnknownOutcome,
            _ => ErrorKind::Io,
        };
        let message = error.to_string();
        Self(Box::new(Inner { kind, message, source: Some(Box::new(error)), event: None, invalid: None }))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("gives_back_event", &self.0.event.is_some())
            .finish_non_exhaustive()
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
