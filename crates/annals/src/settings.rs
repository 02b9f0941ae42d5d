//! What can be set, by whom, and what is in force.
//!
//! One table ([`table`]) names each setting once: its name (the key in `annals.toml` and behind `--set`), its environment variable, how its text is read and printed.
//! Layers are applied in order, so that a flag beats the environment and the environment beats the file; each value remembers where it came from.
//! The library reads the environment only in [`Settings::from_env`] and [`Settings::and_env`], and no file at all: whoever has a file hands its values over with [`Settings::set`].

pub(crate) mod address;
mod parse;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use annals_event::{Capture, Redactor};

use crate::{Error, ErrorKind};

/// How events are recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Mode {
    /// `record` returns once the event is in the journal; a thread of its own makes it durable.
    Asynchronous,
    /// `record` returns once the event is durable. No thread, no journal.
    Synchronous,
    /// For a process that lives for one event: `record` returns once the event is durable, or, where other processes keep the database for longer than `record_timeout` in all, once it
    /// is left in a journal of its own, which the next process that records drains. Now and then it drains what others have left, for some milliseconds. No thread.
    OneShot,
    /// Nothing can be recorded, and nothing on disk is made or changed.
    ReadOnly,
}

/// Where a value came from.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A settings file.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// A flag of the command line.
    Flag(String),
    /// The program itself.
    Program,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path) => write!(formatter, "file {}", path.display()),
            Self::Environment(name) => write!(formatter, "environment {name}"),
            Self::Flag(flag) => write!(formatter, "flag {flag}"),
            Self::Program => formatter.write_str("program"),
        }
    }
}

/// One setting as it is in force.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Setting {
    /// Its name, the same in the settings file and behind `--set`.
    pub name: &'static str,
    /// Its environment variable.
    pub variable: &'static str,
    /// Its value, as it could be given again.
    pub value: String,
    /// Where the value came from.
    pub origin: Origin,
}

/// The settings of a service; every one has a default.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) values: Values,
    origins: BTreeMap<&'static str, Origin>,
}

/// The values themselves, for the rest of the crate to read.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub(crate) data: PathBuf,
    pub(crate) database_url: Option<String>,
    /// Where a database of PostgreSQL tells what others write, where that is another address.
    pub(crate) listen_url: Option<String>,
    /// The server that keeps the log, in one form; `None` keeps it here.
    pub(crate) server: Option<String>,
    /// What the server is shown. Never printed.
    pub(crate) token: Option<String>,
    /// A file with that in it.
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) mode: Mode,
    pub(crate) queue_maxsize: usize,
    pub(crate) journal_bytes: u64,
    /// `None` waits for ever.
    pub(crate) record_timeout: Option<Duration>,
    pub(crate) batch_max: usize,
    pub(crate) batch_linger: Duration,
    pub(crate) close_timeout: Duration,
    pub(crate) event_types: Vec<String>,
    pub(crate) sheddable: Vec<String>,
    /// Keys whose values are redacted, beside the built-in ones.
    pub(crate) redact_keys: Vec<String>,
    pub(crate) max_details: usize,
    pub(crate) capture: Capture,
    /// At most one checkpoint in so long a time is signed, over all processes.
    pub(crate) checkpoint_interval: Duration,
    /// What is younger is neither erased nor pruned.
    pub(crate) retention_min: Duration,
    /// Whether to go on under a new origin where the database was rolled back.
    pub(crate) rollback: Rollback,
}

/// What to do with a database that lacks what it once held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rollback {
    Refuse,
    Accept,
}

impl Settings {
    /// The defaults, for this data directory.
    pub fn new(data: impl AsRef<Path>) -> Self {
        let values = Values {
            data: data.as_ref().to_path_buf(),
            database_url: None,
            listen_url: None,
            server: None,
            token: None,
            token_file: None,
            mode: Mode::Asynchronous,
            queue_maxsize: 10_000,
            journal_bytes: 8 << 20,
            record_timeout: Some(Duration::from_secs(30)),
            batch_max: 4_096,
            batch_linger: Duration::from_millis(2),
            close_timeout: Duration::from_secs(5),
            event_types: Vec::new(),
            sheddable: Vec::new(),
            redact_keys: Vec::new(),
            max_details: 64 << 10,
            capture: Capture::Arguments,
            checkpoint_interval: Duration::from_secs(1),
            retention_min: Duration::ZERO,
            rollback: Rollback::Refuse,
        };
        Self { values, origins: BTreeMap::new() }
    }

    /// The defaults with what the environment says; `ANNALS_DATA` beats the directory given here.
    pub fn from_env(data: impl AsRef<Path>) -> Result<Self, Error> {
        Self::new(data).and_env()
    }

    /// These settings with what the environment says on top. A bad value is an error that names the variable.
    pub fn and_env(mut self) -> Result<Self, Error> {
        for entry in table::ENTRIES {
            match std::env::var(entry.variable) {
                Ok(text) if text.is_empty() => {}
                Ok(text) => self.set(entry.name, &text, Origin::Environment(entry.variable))?,
                Err(std::env::VarError::NotPresent) => {}
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(Error::new(ErrorKind::Setting, format!("`{}` is not valid UTF-8", entry.variable)));
                }
            }
        }
        Ok(self)
    }

    /// Sets one value by its name, as a file or a flag gives it.
    pub fn set(&mut self, name: &str, text: &str, origin: Origin) -> Result<(), Error> {
        let entry = table::find(name)?;
        let shown = match &origin {
            Origin::Environment(variable) => (*variable).to_owned(),
            _ => entry.name.to_owned(),
        };
        (entry.read)(&mut self.values, text).map_err(|right| {
            // An address may hold a password, so that only its scheme is repeated.
            let safe = match text.split_once(':') {
                Some((scheme, _)) if matches!(entry.name, "database_url" | "listen_url" | "server") => scheme,
                _ if entry.name == "token" => "[set]",
                _ => text,
            };
            let shown_text: String = safe.chars().take(60).collect();
            let place = match &origin {
                Origin::File(path) => format!(" in `{}`", path.display()),
                _ => String::new(),
            };
            Error::new(ErrorKind::Setting, format!("`{shown}`{place} is `{shown_text}` (hint: give {right})"))
        })?;
        self.origins.insert(entry.name, origin);
        Ok(())
    }

    /// Every setting as it is in force, in the order of the documentation.
    pub fn list(&self) -> Vec<Setting> {
        table::ENTRIES
            .iter()
            .map(|entry| Setting {
                name: entry.name,
                variable: entry.variable,
                value: (entry.print)(&self.values),
                origin: self.origins.get(entry.name).cloned().unwrap_or(Origin::Default),
            })
            .collect()
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.values.data
    }

    /// The database's address, `sqlite:PATH`, or with the feature `postgres` `postgres://USER:PASSWORD@HOST/DATABASE`; unless set, `annals.db` in the data directory.
    pub fn database_url(self, url: impl Into<String>) -> Self {
        self.with("database_url", |values| values.database_url = Some(url.into()))
    }

    /// The address of the database's own server, where `database_url` goes through a pooler that gives every transaction another connection: there PostgreSQL tells of what other processes write.
    /// Without it that is seen within a second all the same. It means nothing for a file.
    pub fn listen_url(self, url: impl Into<String>) -> Self {
        self.with("listen_url", |values| values.listen_url = Some(url.into()))
    }

    /// The server that keeps the log: what is recorded goes there, over the journal of this machine. Its address, `http://` or `https://`, has no password in it; that it can be used
    /// is checked when the service is opened. Needs the feature `forward`.
    pub fn server(self, address: impl Into<String>) -> Self {
        self.with("server", |values| values.server = Some(address.into()))
    }

    /// What the server is shown, so that it knows who records.
    pub fn token(self, token: impl Into<String>) -> Self {
        self.with("token", |values| values.token = Some(token.into()))
    }

    /// A file with the token in it, read whenever the server is spoken to; [`Self::token`] beats it.
    pub fn token_file(self, path: impl Into<PathBuf>) -> Self {
        self.with("token_file", |values| values.token_file = Some(path.into()))
    }

    /// The server that keeps the log, see [`Self::server`]; `None` where it is kept here.
    pub fn server_address(&self) -> Option<&str> {
        self.values.server.as_deref()
    }

    /// How events are recorded.
    pub fn mode(self, mode: Mode) -> Self {
        self.with("audit_async", |values| values.mode = mode)
    }

    /// How many events may wait to become durable (10 000); 1 to 10 000 000.
    pub fn queue_maxsize(self, n_events: usize) -> Self {
        self.with("audit_queue_maxsize", |values| values.queue_maxsize = n_events.clamp(1, table::MAX_QUEUE))
    }

    /// How many bytes may wait in the journal (8 MiB), which reserves as much; 256 KiB to 64 GiB.
    pub fn journal_bytes(self, n_bytes: u64) -> Self {
        self.with("audit_journal_bytes", |values| {
            values.journal_bytes = n_bytes.clamp(table::MIN_JOURNAL_BYTES, table::MAX_JOURNAL_BYTES);
        })
    }

    /// How long `record` waits while nothing becomes durable (30 s); `None` for ever.
    pub fn record_timeout(self, timeout: Option<Duration>) -> Self {
        self.with("audit_record_timeout", |values| values.record_timeout = timeout)
    }

    /// How many events one transaction takes at most (4 096); at least one.
    pub fn batch_max(self, n_events: usize) -> Self {
        self.with("audit_batch_max", |values| values.batch_max = n_events.max(1))
    }

    /// How long the writer waits for more events before it begins a transaction (2 ms), while nobody waits for one of them.
    ///
    /// Where transactions take longer than this it waits twice as long as the last one took, up to 25 ms; never where this is zero.
    pub fn batch_linger(self, linger: Duration) -> Self {
        self.with("audit_batch_linger", |values| values.batch_linger = linger)
    }

    /// How long dropping the service may take to make durable what waits (5 s).
    pub fn close_timeout(self, timeout: Duration) -> Self {
        self.with("audit_close_timeout", |values| values.close_timeout = timeout)
    }

    /// Event types of the program's own, beside the standard ones. Checked when the service is opened.
    pub fn event_types<T: Into<String>>(self, types: impl IntoIterator<Item = T>) -> Self {
        self.with("audit_event_types", |values| values.event_types = types.into_iter().map(Into::into).collect())
    }

    /// Event types that may be dropped, counted and declared, rather than make a caller wait.
    pub fn sheddable<T: Into<String>>(self, types: impl IntoIterator<Item = T>) -> Self {
        self.with("audit_sheddable", |values| values.sheddable = types.into_iter().map(Into::into).collect())
    }

    /// Keys whose values are redacted, beside the built-in ones.
    pub fn redact_keys<T: Into<String>>(self, keys: impl IntoIterator<Item = T>) -> Self {
        self.with("audit_redact_keys", |values| values.redact_keys = keys.into_iter().map(Into::into).collect())
    }

    /// How many bytes an event's details may have, encoded (64 KiB).
    pub fn max_details(self, n_bytes: usize) -> Self {
        self.with("audit_max_details", |values| values.max_details = n_bytes)
    }

    /// How much is kept of what an agent handled, for whoever turns a client's words into events (`arguments`).
    pub fn capture(self, level: Capture) -> Self {
        self.with("capture", |values| values.capture = level)
    }

    /// How long after a checkpoint the next one is signed at the earliest, over all processes (1 s). At `close`, and where somebody asks for one, it is signed at once.
    pub fn checkpoint_interval(self, interval: Duration) -> Self {
        self.with("audit_checkpoint_interval", |values| values.checkpoint_interval = interval)
    }

    /// How old an event must be to be erased or pruned (0).
    pub fn retention_min(self, age: Duration) -> Self {
        self.with("retention_min", |values| values.retention_min = age)
    }

    /// Goes on under a new origin where the database lacks what it once held, instead of refusing it, and records that with the old size and checkpoint. Not to be left on: a log
    /// that is cut again and again would pass for one that is whole.
    #[must_use]
    pub fn accept_rollback(mut self) -> Self {
        self.values.rollback = Rollback::Accept;
        self
    }

    /// How old an event must be to be erased or pruned, see [`Self::retention_min`].
    pub fn least_retention(&self) -> Duration {
        self.values.retention_min
    }

    /// The level in force, see [`Self::capture`].
    pub fn capture_level(&self) -> Capture {
        self.values.capture
    }

    /// How many bytes an event's details may have, see [`Self::max_details`].
    pub fn most_details(&self) -> usize {
        self.values.max_details
    }

    /// What takes the secrets out of a text, with the keys that these settings name.
    pub fn redactor(&self) -> Redactor {
        Redactor::with_keys(&self.values.redact_keys)
    }

    /// Whether the values fit together.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.values.server.is_some() && !cfg!(feature = "forward") {
            return Err(Error::new(
                ErrorKind::Setting,
                "`server` (`ANNALS_SERVER`) is set, and this program was built without the feature `forward`",
            ));
        }
        let most = self.values.journal_bytes - table::BESIDE_DETAILS.min(self.values.journal_bytes);
        if u64::try_from(self.values.max_details).is_ok_and(|max_details| max_details <= most) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Setting,
            format!(
                "`audit_max_details` (`ANNALS_AUDIT_MAX_DETAILS`) is {}, more than the journal takes (hint: give at most {most}, or raise `audit_journal_bytes`)",
                self.values.max_details
            ),
        ))
    }

    fn with(mut self, name: &'static str, change: impl FnOnce(&mut Values)) -> Self {
        change(&mut self.values);
        self.origins.insert(name, Origin::Program);
        self
    }
}

#[cfg(test)]
mod tests;
