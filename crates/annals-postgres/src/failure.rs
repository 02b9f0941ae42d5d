//! PostgreSQL's errors as errors of the store contract.
//!
//! Its messages quote values: of a row that it refuses, of a statement that it does not understand. So of an error of a statement nothing is kept but its code and the names of what it
//! is about; only where no row can be at fault its own words stand in the error's source. What keeps somebody from getting in at all is said with the reason, since nothing else helps: neither a row
//! nor a password is in it.

use std::error::Error as StdError;
use std::fmt;

use annals_store::backend::Damage;
use annals_store::{Error, ErrorKind};
use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::address::Address;

/// What may go wrong where rows and the tree over them are read together.
#[derive(Debug)]
pub(crate) enum Trouble {
    Postgres(tokio_postgres::Error),
    /// The server says nothing any more.
    Silent,
    /// The answer to a commit was lost.
    Unknown(Box<Self>),
    /// The pool has no connection.
    Pool(String, ErrorKind),
    /// The server takes no writes.
    Standby,
    /// Something that no honest writer leaves behind, in words that show nothing of it.
    Damaged(String),
    /// An error that is told already.
    Told(Error),
}

impl Trouble {
    /// The error of this database.
    pub(crate) fn of(self, address: &Address) -> Error {
        match self {
            Self::Postgres(error) => told(address, &error),
            Self::Silent => Error::new(ErrorKind::Io, format!("{address} does not answer{}", hint(ErrorKind::Io))),
            Self::Unknown(trouble) => Error::with_source(
                ErrorKind::UnknownOutcome,
                format!("{address} was lost in the middle of a commit, which may have happened all the same"),
                trouble.of(address),
            ),
            Self::Pool(problem, kind) => Error::new(kind, format!("{address} {problem}{}", hint(kind))),
            Self::Standby => {
                Error::new(ErrorKind::ReadOnly, format!("{address} can be read only{}", hint(ErrorKind::ReadOnly)))
            }
            Self::Damaged(problem) => Error::new(
                ErrorKind::Corrupt,
                format!(
                    "{address} is damaged: {problem} (hint: `annals verify` tells what is still sound; keep the database, and put a backup in its place)"
                ),
            ),
            Self::Told(error) => error,
        }
    }

    /// Whether a statement failed for itself, so that it is certain that it did nothing: an error that the server answered and lived on.
    pub(crate) fn is_of_statement(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        error.as_db_error().is_some_and(|error| error.parsed_severity() == Some(Severity::Error))
    }

    /// Whether a statement that was prepared cannot be carried out as that: it is not there, or its tables have changed.
    pub(crate) fn is_of_preparing(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        self.is_of_unknown_statement() || error.code().is_some_and(|code| *code == SqlState::FEATURE_NOT_SUPPORTED)
    }

    /// Whether the server does not know a statement that was prepared: it is not the one that prepared it.
    pub(crate) fn is_of_unknown_statement(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        error.code().is_some_and(|code| *code == SqlState::INVALID_SQL_STATEMENT_NAME)
    }

    /// Whether a server refuses to begin writing since it follows another one.
    pub(crate) fn is_of_standby(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        // The first where the server follows, the second where it is told to be read only.
        error.code().is_some_and(|code| {
            *code == SqlState::FEATURE_NOT_SUPPORTED || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        })
    }

    /// The error for a row that brought it upon itself, if it is one; it says nothing of the row's content.
    pub(crate) fn of_rows(self) -> Self {
        let Self::Postgres(error) = &self else { return self };
        let Some(said) = error.as_db_error() else { return self };
        let (code, constraint) = (said.code().code(), said.constraint());
        // A number that is taken is no event's fault.
        if constraint == Some("event_pkey") {
            return Self::Damaged("there are events behind the last one".to_owned());
        }
        let is_rows = matches!(code.get(..2), Some("22" | "23" | "54"));
        if !is_rows {
            return self;
        }
        let about = constraint.map(|name| format!(", by `{name}`")).unwrap_or_default();
        Self::Told(Error::new(ErrorKind::RowRefused, format!("the database refuses the event: SQLSTATE {code}{about}")))
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<PoolError> for Trouble {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Self::Postgres(error),
            PoolError::Closed => Self::Told(closed()),
            PoolError::Timeout(TimeoutType::Create) => Self::Silent,
            PoolError::Timeout(_) => Self::Pool("has no connection free".to_owned(), ErrorKind::Busy),
            _ => Self::Pool("cannot be connected to".to_owned(), ErrorKind::Io),
        }
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

/// The driver's words for what went wrong between two machines and before any statement. Whatever else it says may be of a value.
const CONNECTING: [&str; 7] = [
    "authentication error",
    "connection closed",
    "error communicating with the server",
    "error connecting to server",
    "error performing TLS handshake",
    "timeout waiting for server",
    "unexpected message from server",
];

const NO_ENCRYPTION: &str =
    " (hint: have the server encrypt (`ssl = on`), or ask for less with `sslmode` where the network is trusted)";

const CERTIFICATE: &str =
    " (hint: check the server's certificate against `sslmode`, `sslrootcert` and the host in the address)";

/// The error of a store that was closed.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the store is closed")
}

/// What a server said about itself: no row is in it.
#[derive(Debug)]
struct Words(String);

impl fmt::Display for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl StdError for Words {}

fn told(address: &Address, error: &tokio_postgres::Error) -> Error {
    let Some(said) = error.as_db_error() else {
        if is_of_attributes(error) {
            return other_server(address);
        }
        let kind = if error.is_closed() || error.code().is_none() { ErrorKind::Io } else { ErrorKind::Corrupt };
        // The driver's own words: what it could not do, with the system's reason behind it.
        let reason = error.source().map(|reason| format!(": {reason}")).unwrap_or_default();
        let words = Words(format!("{error}{reason}"));
        let hint = if is_of_certificate(error) {
            CERTIFICATE
        } else if is_of_missing_encryption(error) {
            NO_ENCRYPTION
        } else {
            hint(kind)
        };
        let told = if is_of_connecting(error) { format!(": {words}") } else { String::new() };
        return Error::with_source(kind, format!("{address} cannot be used{told}{hint}"), words);
    };
    let (kind, problem) = classify(said);
    let code = said.code().code();
    let reason = if is_of_getting_in(code) { format!("{}, ", said.message()) } else { String::new() };
    let message = format!("{address} {problem}: {reason}SQLSTATE {code}{}", hint(kind));
    let is_of_server = matches!(code.get(..2), Some("08" | "28" | "3D" | "53" | "57" | "58" | "25"));
    let words = if is_of_server {
        said.message().to_owned()
    } else {
        let named = [said.table(), said.column(), said.constraint()].into_iter().flatten().collect::<Vec<_>>();
        format!("SQLSTATE {code} of `{}`", named.join("`, `"))
    };
    Error::with_source(kind, message, Words(words))
}

/// Whether the reason is one of the way to the server.
fn is_of_connecting(error: &tokio_postgres::Error) -> bool {
    CONNECTING.contains(&error.to_string().as_str())
}

/// Whether a server says with this code why it lets nobody in: the way there, the role, the database's name, or that it is starting or stopping.
fn is_of_getting_in(code: &str) -> bool {
    matches!(code.get(..2), Some("08" | "28" | "3D")) || matches!(code, "53300" | "57P01" | "57P02" | "57P03")
}

/// The error where the server that was met last is another than `target_session_attrs` asks for.
fn other_server(address: &Address) -> Error {
    let reads_only = address.config().get_target_session_attrs() == TargetSessionAttrs::ReadOnly;
    let (kind, text) = if reads_only {
        (
            ErrorKind::Io,
            "has no server that is read only, as `target_session_attrs=read-only` asks for: the one that answered takes writes (hint: give a standby's address, or `target_session_attrs=any`)",
        )
    } else {
        (
            ErrorKind::ReadOnly,
            "has no server that takes writes, as `target_session_attrs=read-write` asks for: the one that answered is read only (hint: promote a standby, or give the primary's address)",
        )
    };
    Error::new(kind, format!("{address} {text}"))
}

/// Whether a server that was to encrypt does not.
fn is_of_missing_encryption(error: &tokio_postgres::Error) -> bool {
    error.source().is_some_and(|source| source.to_string() == "server does not support TLS")
}

/// Whether no server was what `target_session_attrs` asks for.
fn is_of_attributes(error: &tokio_postgres::Error) -> bool {
    let system = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    system.is_some_and(|error| error.raw_os_error().is_none() && error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// Whether a server was not encrypted to for what it showed.
fn is_of_certificate(error: &tokio_postgres::Error) -> bool {
    let system = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    let Some(cause) = system.and_then(std::io::Error::get_ref) else { return false };
    cause.is::<rustls::Error>()
}

fn classify(said: &DbError) -> (ErrorKind, &'static str) {
    let code = said.code();
    match code.code().get(..2) {
        _ if *code == SqlState::LOCK_NOT_AVAILABLE => (ErrorKind::Busy, "is held by another process"),
        _ if *code == SqlState::QUERY_CANCELED => (ErrorKind::Busy, "took too long"),
        _ if *code == SqlState::TOO_MANY_CONNECTIONS => (ErrorKind::Busy, "takes no more connections"),
        _ if *code == SqlState::DISK_FULL => (ErrorKind::StorageFull, "cannot grow"),
        _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => (ErrorKind::ReadOnly, "can be read only"),
        _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => (ErrorKind::Permission, "may not be used like that"),
        Some("40") => (ErrorKind::Busy, "is held by another process"),
        Some("28") => (ErrorKind::Permission, "lets this role not in"),
        Some("3D") => (ErrorKind::NotFound, "is not there"),
        // A plan that was outdated by a migration, or is another connection's, is made anew.
        Some("08" | "0A" | "25" | "26" | "53" | "55" | "57" | "58") => (ErrorKind::Io, "cannot be used"),
        // Every statement fits our tables: one that is not understood has met others than those.
        _ => (ErrorKind::Corrupt, "is damaged"),
    }
}

fn hint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Corrupt => {
            " (hint: keep the database and the journal, and put a backup in its place or give another one)"
        }
        ErrorKind::NotFound => " (hint: make it with `createdb`, or give another one with `ANNALS_DATABASE_URL`)",
        ErrorKind::Permission => {
            " (hint: check the user and the password in `ANNALS_DATABASE_URL`, and what the role may do)"
        }
        ErrorKind::ReadOnly => {
            " (hint: recording needs the primary: add `target_session_attrs=read-write` to the address)"
        }
        ErrorKind::StorageFull => " (hint: free some space on the server; nothing that was answered is lost)",
        ErrorKind::Io => " (hint: check that the server runs and that this machine reaches it)",
        _ => "",
    }
}
