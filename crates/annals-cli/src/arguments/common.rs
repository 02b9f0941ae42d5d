//! The flags that every command takes.

use clap::{Args, ValueEnum};

/// Where the data lies, how answers look, and any setting.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Common {
    /// The data directory
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data: Option<String>,
    /// Table on a terminal, else NDJSON (--json)
    #[arg(
        long,
        value_name = "table|ndjson|csv",
        hide_possible_values = true,
        global = true,
        long_help = "Table on a terminal, else NDJSON (--json). CSV is data as it was recorded: a text that begins with `=` is a formula to a spreadsheet unless its column is read in as text. A terminal gets escapes for characters that would command it; a pipe gets the exact text."
    )]
    pub(crate) format: Option<FormatName>,
    /// The same as `--format ndjson`
    #[arg(long, global = true, conflicts_with = "format")]
    pub(crate) json: bool,
    /// The database, `sqlite:PATH` or `postgres://USER@HOST/DB`
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) database_url: Option<String>,
    /// Any setting; `annals config` lists them
    #[arg(long, value_name = "NAME=VALUE", global = true)]
    pub(crate) set: Vec<String>,
}

/// How answers look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum FormatName {
    /// Columns for people.
    Table,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a head line.
    Csv,
    /// `CloudEvents`, one JSON object a line; for `export` alone.
    Cloudevents,
}
