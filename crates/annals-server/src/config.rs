//! What a server is started with: where it listens, whom it serves, and how much of anything it takes.
//!
//! Each value that is a word or a number has a name, under which a settings file, the environment (`ANNALS_` and the name in capitals) and a flag give it; [`table`] is the one list of them.
//! This crate reads none of these places: whoever starts the server hands the texts over with [`Config::set`].

mod parse;
mod table;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use annals_awareness::Pace;

use crate::auth::Access;

/// How a server behaves. The defaults suit one machine and some dozens of agents.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where it listens, as `HOST:PORT`.
    pub listen: String,
    /// Names by which clients may call the server, beside those of the loopback and the address it is reached at.
    pub allowed_hosts: Vec<String>,
    /// Origins whose pages may call the server, beside its own.
    pub allowed_origins: Vec<String>,
    /// Who may call, and as whom.
    pub access: Access,
    /// The file of tokens, where there is one; [`Access::new`] reads it.
    pub token_file: Option<PathBuf>,
    /// Which tools a model is offered.
    pub tools: ToolProfile,
    /// After how many days in the trash an entry is gone for good, and one that expired; 0 keeps them.
    pub purge_days: usize,
    /// What makes vectors of entries and questions.
    pub embedding: annals_embed::Settings,
    /// What gives second opinions on what a search found.
    pub rerank: annals_embed::RerankerSettings,
    /// How embedding goes about its work.
    pub pace: Pace,
    /// What it records of itself.
    pub witnessed: Witnessed,
    /// How many connections there may be; the next one is answered 503.
    pub max_connections: usize,
    /// How many requests may be at work at once, streams not counted; the next one is answered 503.
    pub max_requests: usize,
    /// How many streams may be open at once, such as a live tail.
    pub max_streams: usize,
    /// The longest body of a request, in bytes. A stream of lines has no limit, and each of its lines this one.
    pub max_body_bytes: usize,
    /// How many bytes of bodies may be in memory at once, over all requests.
    pub body_memory_bytes: usize,
    /// How many threads may wait for the database at once.
    pub blocking_threads: NonZeroUsize,
    /// How many requests may wait for one of those threads; the next one is answered 503.
    pub blocking_queue: usize,
    /// How long a request may take to its answer's head; streams excepted.
    pub request_timeout: Duration,
    /// How long the head of a request may take from its first byte.
    pub header_timeout: Duration,
    /// How long a body may give nothing while it is read.
    pub body_timeout: Duration,
    /// How long a client may take nothing while an answer is written.
    pub write_timeout: Duration,
    /// How long a connection is kept between two requests. Near the limit of connections the idlest goes earlier.
    pub idle_timeout: Duration,
    /// How long requests that are under way have to end when the server stops.
    pub stop_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8420".to_owned(),
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            access: Access::default(),
            token_file: None,
            tools: ToolProfile::default(),
            purge_days: 30,
            embedding: annals_embed::Settings::default(),
            rerank: annals_embed::RerankerSettings::default(),
            pace: Pace::default(),
            witnessed: Witnessed::Everything,
            max_connections: 1_024,
            max_requests: 512,
            max_streams: 256,
            max_body_bytes: 4 << 20,
            body_memory_bytes: 48 << 20,
            blocking_threads: const { NonZeroUsize::new(16).expect("is not 0") },
            blocking_queue: 256,
            request_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_mins(2),
            stop_timeout: Duration::from_secs(10),
        }
    }
}

/// How many tools a model is offered over MCP, each of which it reads in every conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum ToolProfile {
    /// All.
    #[default]
    Full,
    /// Those that an agent needs in its daily work.
    Core,
}

impl ToolProfile {
    /// The word in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Core => "core",
        }
    }
}

/// What the server records of itself and of those who read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Witnessed {
    /// That it was started and stopped, how it is set up, who logged in or was turned away, and each read.
    #[default]
    Everything,
    /// Nothing: for programs that embed a server and say such things themselves. No setting can ask for it.
    Nothing,
}

/// One setting as it is in force.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ConfigSetting {
    /// Its name, the same in the settings file and behind `--set`.
    pub name: &'static str,
    /// Its environment variable.
    pub variable: &'static str,
    /// Its value, as it could be given again.
    pub value: String,
}

/// Why a setting was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadSetting {
    /// There is none of this name.
    Unknown,
    /// The text makes no sense; this would.
    Wrong(&'static str),
}

impl Config {
    /// Sets one value by its name, as a file, the environment or a flag gives it.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), BadSetting> {
        let plain = name.replace('-', "_");
        let entry = table::ENTRIES.iter().find(|entry| entry.name == plain).ok_or(BadSetting::Unknown)?;
        (entry.read)(self, text.trim()).map_err(BadSetting::Wrong)
    }

    /// Every setting as it is in force, in the order of the documentation.
    pub fn list(&self) -> Vec<ConfigSetting> {
        let shown = |entry: &table::Entry| ConfigSetting {
            name: entry.name,
            variable: entry.variable,
            value: (entry.print)(self),
        };
        table::ENTRIES.iter().map(shown).collect()
    }
}

#[cfg(test)]
mod tests;
