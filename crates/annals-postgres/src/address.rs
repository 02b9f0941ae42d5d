//! Where a database is, and how it is called in messages: its server and its name, never its password.

use std::fmt;

use annals_store::{Error, ErrorKind, LogId};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// The address of a database.
#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    shown: String,
}

impl Address {
    /// Reads a URL, or a list of `key=value` as `libpq` takes it.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let mut config: Config = url.parse().map_err(|_| {
            // Its own words may quote the password.
            Error::new(
                ErrorKind::Invalid,
                "the address of the database is none (hint: give `postgres://USER@HOST/DATABASE`)",
            )
        })?;
        if config.get_application_name().is_none() {
            config.application_name("annals");
        }
        let hosts = config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        });
        let hosts = hosts.collect::<Vec<_>>().join(",");
        let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
        let shown = format!("postgres database `{name}` at `{hosts}`");
        Ok(Self { config, shown })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
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
