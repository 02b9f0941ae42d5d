//! Where a database is, how it is connected to, and how it is called in messages: its server and its name, never its password.

mod pairs;
mod settings;

use std::fmt;
use std::time::Duration;

use annals_store::{Error, ErrorKind, LogId};
use tokio_postgres::Config;

use self::settings::Settings;
use crate::encryption::Encryption;

pub(crate) use self::settings::Server;

/// The address of a database.
#[derive(Clone)]
pub(crate) struct Address {
    settings: Settings,
    shown: String,
}

/// What an address says of connections, where it says something.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Limits {
    pub(crate) pool_size: Option<usize>,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) idle_in_transaction_session_timeout: Option<Duration>,
    /// Zero for as long as one likes.
    pub(crate) idle_timeout: Option<Duration>,
}

impl Address {
    /// Reads a URL, or a list of `key=value` as `libpq` takes it.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let pairs = pairs::read(url).map_err(|pairs::NoAddress| {
            // Its own words may be the password's.
            Error::new(
                ErrorKind::Invalid,
                "the address of the database is none (hint: give `postgres://USER@HOST/DATABASE`; within a user or a password an `@` is written `%40`)",
            )
        })?;
        let settings = Settings::read(pairs).map_err(|settings::Problem(problem)| {
            Error::new(ErrorKind::Invalid, format!(
                "the address of the database cannot be used: {problem} (hint: `postgres://USER@HOST:PORT/DATABASE?PARAMETER=VALUE`, with the parameters of `libpq`)"
            ))
        })?;
        let hosts = settings.servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let name = settings.config.get_dbname().or(settings.config.get_user()).unwrap_or_default();
        let shown = format!("postgres database `{name}` at `{hosts}`");
        Ok(Self { settings, shown })
    }

    /// Who connects, and how, without a host.
    pub(crate) fn config(&self) -> &Config {
        &self.settings.config
    }

    /// The servers to ask, one at least, in this order.
    pub(crate) fn servers(&self) -> &[Server] {
        &self.settings.servers
    }

    /// Whether any server is as good as the first.
    pub(crate) fn is_shuffled(&self) -> bool {
        self.settings.is_shuffled
    }

    pub(crate) fn encryption(&self) -> &Encryption {
        &self.settings.encryption
    }

    /// How long one server may take to let somebody in.
    pub(crate) fn connect_timeout(&self) -> Option<Duration> {
        self.settings.connect_timeout
    }

    pub(crate) fn limits(&self) -> Limits {
        self.settings.limits
    }

    /// The error for a database that there is no way to use on this machine.
    pub(crate) fn unusable(&self, problem: &dyn fmt::Display) -> Error {
        Error::new(ErrorKind::Io, format!("{self} cannot be used: {problem}"))
    }

    /// Refuses another log than the one that was opened.
    pub(crate) fn check_name(&self, found: LogId, expected: LogId) -> Result<(), Error> {
        if found == expected {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::NotFound,
            format!("{self} holds another log than when it was opened (hint: open it again)"),
        ))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}
