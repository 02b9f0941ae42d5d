//! The words of the command line, as typed requests.
//!
//! clap reads them; three things are this house's own: every text column is a flag without being written down again ([`columns`]),
//! a help text fits a screen of 80 by 24 ([`help`]), and a mistake is told in one line ([`usage`]).

mod awareness;
mod columns;
mod common;
mod erase;
mod export;
mod filter;
mod forward;
mod help;
mod hook;
mod key;
mod mcp;
mod page;
mod proof;
mod record;
mod rollback;
mod serve;
mod setup;
mod usage;
mod verify;
#[cfg(unix)]
mod wrap;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use awareness::{Awareness, AwarenessAction};
pub(crate) use common::{Common, FormatName};
pub(crate) use erase::{Decision, Erase, Prune};
pub(crate) use export::{Backup, Copy, Export, Restore};
pub(crate) use filter::{FieldFilters, Filters};
pub(crate) use forward::Forward;
pub(crate) use hook::{Hook, HookWords, hook_words};
pub(crate) use key::{Checkpoint, Key, KeyAction};
pub(crate) use mcp::Mcp;
pub(crate) use page::Paging;
pub(crate) use proof::{Prove, VerifyProof};
pub(crate) use record::{OnBadLine, Record, Source, Wait};
pub(crate) use serve::Serve;
pub(crate) use setup::{Client, Setup};
pub(crate) use verify::Verify;
#[cfg(unix)]
pub(crate) use wrap::Wrap;

use crate::failure::Failure;

/// The record of what AI agents did
#[derive(Parser, Debug)]
#[command(
    name = "annals",
    version,
    override_usage = "annals COMMAND [OPTION]...  (with -h, --help for each; -V, --version)",
    after_help = "Exit: 0 done, 1 partly or not found, 2 usage, 3 could not (database, disk)",
    long_about = "Annals keeps the record for AI agents: an audit trail that never makes an agent wait and never loses an event silently.\n\nEverything lies in one folder: that of --data or ANNALS_DATA, else the platform's data directory with annals in it. A flag beats the environment (ANNALS_...), the environment beats annals.toml in that folder, and that beats the default; `annals config` prints what is in force."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One command each, in the order in which a person meets them.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Have the agents' clients on this machine record here
    #[command(
        override_usage = "annals setup [CLIENT]... [--memory] [--print | --yes] [--undo]\n       annals setup [CLIENT]... --server URL [--token-file FILE]",
        after_help = "Claude Code gets hooks for all its tools; Cursor, VS Code and Claude Desktop get\ntheir MCP servers wrapped. Each change is shown and asked about; a backup lies\nin the data directory, and --undo goes back to it. Exit 1: partly done."
    )]
    Setup(Setup),
    /// Record an event, or many from NDJSON
    #[command(
        override_usage = "annals record --type TYPE [--COLUMN TEXT]... [--details JSON|@FILE|-]\n       annals record --ndjson [FILE|-] [--strict]"
    )]
    Record(Box<Record>),
    /// Record an event of an agent's client, from its hook
    #[command(
        override_usage = "annals hook CLIENT [--fail-closed] < PAYLOAD",
        after_help = "Prints nothing and exits 0 whatever happens; `annals health` tells what it lost."
    )]
    Hook(Hook),
    /// Run an MCP server and record what it is called for
    #[cfg(unix)]
    #[command(
        override_usage = "annals wrap [--fail-closed] [OPTION]... -- COMMAND [ARGUMENT]...",
        after_help = "Standard streams, signals and the exit code are the server's own. A call that\ncan't be recorded goes on, and the gap is declared; with --fail-closed it is\nanswered with an error, and no server is started where there is no log."
    )]
    Wrap(Wrap),
    /// Send to the server what waits for it here
    #[command(
        override_usage = "annals forward [OPTION]...",
        after_help = "Where a server keeps the trail (ANNALS_SERVER, or annals setup --server), what\nis recorded waits here until it is there; hooks and wrappers send it themselves.\nExit 1: some of it waits still."
    )]
    Forward(Forward),
    /// Serve the log to many: MCP, HTTP, and a page to look at
    #[command(
        override_usage = "annals serve [--listen HOST:PORT] [--token-file FILE] [OPTION]...",
        after_help = "On this machine alone nobody is asked who they are until a token file or\nANNALS_JWT_SECRET is given; then everybody is. Ctrl-C or SIGTERM lets what is\nunder way end, makes everything durable and seals it. `annals config` lists the\nlimits on connections, bodies and time."
    )]
    Serve(Serve),
    /// Serve the log to one MCP client, over standard input and output
    #[command(
        override_usage = "annals mcp [--tools full|core] [OPTION]...",
        after_help = "For a client's settings: command `annals`, argument `mcp`. What is asked and\nrecorded is yours, the user's who started it. Nothing but MCP goes to standard\noutput. Ends with its input."
    )]
    Mcp(Mcp),
    /// Show the events that fit; in a table a call is one row
    #[command(
        override_usage = "annals query [FILTER]... [OPTION]...",
        long_about = "Show the events that fit.\n\nIn a table a call is one row: it stands where it ended, and its beginning is left out. `begun` says that no end is on record; where a filter fits the beginning alone, that has a row, with how the call ended. `--limit` counts rows. An arrow marks a subagent. NDJSON and CSV have one line an event, beginnings and ends."
    )]
    Query(Box<Query>),
    /// Show single events by their ids
    #[command(override_usage = "annals get ID... [OPTION]...")]
    Get(Get),
    /// Count the events that fit
    #[command(override_usage = "annals count [FILTER]... [OPTION]...")]
    Count(Box<Count>),
    /// List sessions with their calls and failures
    #[command(override_usage = "annals sessions [FILTER]... [OPTION]...")]
    Sessions(Box<Sessions>),
    /// Show one event with all its fields, or a session as a tree
    #[command(
        override_usage = "annals show ID|SESSION [OPTION]...",
        after_help = "The beginning of an id or of a session's name is enough where only one fits."
    )]
    Show(Show),
    /// Count events over time, as a chart
    #[command(override_usage = "annals stats [--bucket WIDTH] [FILTER]... [OPTION]...")]
    Stats(Box<Stats>),
    /// Follow the log as it grows, until Ctrl-C
    #[command(override_usage = "annals tail [--since TIME | --cursor CURSOR] [FILTER]... [OPTION]...")]
    Tail(Box<Tail>),
    /// Write events out, as data or as an auditor's package
    #[command(
        override_usage = "annals export [--bundle DIR | --format ndjson|csv|cloudevents] [FILTER]",
        long_about = "Write events out, oldest first.\n\nNDJSON unless `--format csv` or `--format cloudevents` asks for something else. With `--bundle` the folder gets the events that fit, every leaf of the log from the first of them to the last, so that nothing missing can hide, a signed checkpoint, a report, and VERIFY.md, which says how all that is checked without Annals."
    )]
    Export(Box<Export>),
    /// Take what agents know out of the log, or into it
    #[command(
        override_usage = "annals awareness export [--space SPACE] [--output FILE]\n       annals awareness import FILE [--space SPACE] [--dry-run]\n       annals awareness import postgres://… [--owner OWNER] [--dry-run]",
        after_help = "export writes a whole space as NDJSON: every entry with its history, the trash\ntoo. import takes such a file, or the file of the MCP memory server, any number\nof times: what is here already is left alone, and what is newer here stays.\nFrom an installation of mcp-awareness 0.18, in PostgreSQL, the entries of each\nowner come into the space of that name, or of one owner into --space.\nExit 1: some lines were bad, or some entries don't fit what is here."
    )]
    Awareness(Awareness),
    /// Say whether the log is what was recorded, and by whose word
    #[command(
        override_usage = "annals verify [DB] [--key VKEY|@FILE] [--from-checkpoint FILE]",
        after_help = "Writes nothing; the log may be written meanwhile. Exit: 0 sound, 1 broken,\n2 usage, 3 could not look. Without --key and --from-checkpoint the checkpoints\nbeside the database are believed, and without those the database itself."
    )]
    Verify(Verify),
    /// Prove an event to somebody who has not the log
    #[command(
        override_usage = "annals prove ID [--disclose who,context,details] > event.tlog-proof",
        after_help = "The proof shows that the event is in the log, when it was recorded and of which\ntype it is; what it says only as far as --disclose names it. A checkpoint that\ncovers it is signed first where there is none."
    )]
    Prove(Prove),
    /// Check a proof, without the log
    #[command(
        name = "verify-proof",
        override_usage = "annals verify-proof FILE [--key VKEY|@FILE] [OPTION]...",
        after_help = "Exit 1 when it does not hold. Without --key anybody may have made it; the\nlog's owner knows the key, `annals key show`."
    )]
    VerifyProof(VerifyProof),
    /// Copy the log while it is in use, and verify the copy
    #[command(override_usage = "annals backup FILE [OPTION]...")]
    Backup(Backup),
    /// Put a backup in the log's place, under a new origin
    #[command(override_usage = "annals restore FILE [--replace] [OPTION]...")]
    Restore(Restore),
    /// Move the log to another database, such as PostgreSQL
    #[command(
        override_usage = "annals copy [--from ADDRESS] [--to ADDRESS] [OPTION]...",
        after_help = "An address is sqlite:PATH or postgres://USER@HOST/DATABASE. Everything goes:\nevents with their proofs, keys and marks, and what agents know. Run it again\nafter a stop and it goes on, or later, and it brings what is new. From its end\non record at the new address alone, with the same data directory, which has the\nlog's key. Exit 1: the copy is not sound, because the log was not."
    )]
    Copy(Copy),
    /// Bring the tables of the database up to date, and record nothing
    #[command(
        override_usage = "annals migrate [OPTION]...",
        after_help = "Whatever records does that by itself where it may. Where its role in PostgreSQL\nmay not make tables, run this as the role that owns them, after an upgrade and\nbefore the first start, and grant again. No journal and no key is made. Tables\nof a newer Annals are refused, with exit 3."
    )]
    Migrate,
    /// Make what a person left in the log go, and keep its proofs
    #[command(
        override_usage = "annals erase --user USER | --event ID... --reason TEXT [--yes]",
        after_help = "Without --yes it says what would go. Exit 1 when some of it can't go yet."
    )]
    Erase(Erase),
    /// Make old details, or old rows, go, and keep their proofs
    #[command(
        override_usage = "annals prune --before TIME [--type TYPE | --rows] --reason TEXT [--yes]",
        after_help = "Without --yes it says what would go. Exit 1 when some of it can't go yet."
    )]
    Prune(Prune),
    /// Print the newest signed checkpoint of the log
    #[command(
        override_usage = "annals checkpoint [OPTION]...",
        after_help = "One is signed first where the log has grown. Kept elsewhere it shows later that\nnothing before it was changed: `annals verify --from-checkpoint FILE`."
    )]
    Checkpoint(Checkpoint),
    /// Show, replace or bring back the key that the log is signed with
    #[command(
        override_usage = "annals key show | rotate | import FILE",
        after_help = "show prints the public key, for `annals verify --key`. rotate makes a new one,\nrecords that, and prints a checkpoint signed by both. import takes the file that\nwas log.key, where the log is here without it."
    )]
    Key(Key),
    /// Say whether anything is missing, and show how the log is
    #[command(
        override_usage = "annals health [--check] [OPTION]...",
        after_help = "State: ok; degraded where journals of dead processes wait, which the next one\nthat records makes durable, where a running one is stuck, where the log's end\nlies later than the clock, or where a client that was set up doesn't record here\nany more; failing where the data can't be read (exit 3)."
    )]
    Health(Health),
    /// Show the settings in force, and where each value came from
    #[command(
        override_usage = "annals config [OPTION]...",
        after_help = "A flag beats the environment, the environment beats `annals.toml` in the data\ndirectory, and that beats the default."
    )]
    Config,
    /// Print the completions for a shell
    #[command(override_usage = "annals completions SHELL")]
    Completions {
        /// bash, elvish, fish, powershell or zsh
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command
    #[command(override_usage = "annals man [--dir DIR]")]
    Man {
        /// Write `annals.1` and a page for each command here
        #[arg(long, value_name = "DIR")]
        dir: Option<std::path::PathBuf>,
    },
}

/// A page of the events that fit.
#[derive(Args, Debug)]
pub(crate) struct Query {
    /// Only what failed, timed out or was denied
    #[arg(long, conflicts_with_all = ["outcome", "decision"])]
    pub(crate) failed: bool,
    #[command(flatten)]
    pub(crate) filters: Filters,
    #[command(flatten)]
    pub(crate) paging: Paging,
}

/// A page of the sessions that fit.
#[derive(Args, Debug)]
pub(crate) struct Sessions {
    #[command(flatten)]
    pub(crate) filters: Filters,
    #[command(flatten)]
    pub(crate) paging: Paging,
}

/// How many fit.
#[derive(Args, Debug)]
pub(crate) struct Count {
    /// Only what failed, timed out or was denied
    #[arg(long, conflicts_with_all = ["outcome", "decision"])]
    pub(crate) failed: bool,
    #[command(flatten)]
    pub(crate) filters: Filters,
}

/// Single events.
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// The ids, as `record` and `query` print them
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
}

/// One event or one session.
#[derive(Args, Debug)]
pub(crate) struct Show {
    /// An event's id or a session's name, or the beginning of one
    #[arg(value_name = "ID|SESSION")]
    pub(crate) what: String,
}

/// Counts by time.
#[derive(Args, Debug)]
pub(crate) struct Stats {
    /// Width of a bar: 1m, 1h, 1d, 1w (default: so that they fit)
    #[arg(long, value_name = "WIDTH", value_parser = annals_ask::width)]
    pub(crate) bucket: Option<annals::BucketWidth>,
    #[command(flatten)]
    pub(crate) filters: Filters,
}

/// The growing end of the log.
#[derive(Args, Debug)]
pub(crate) struct Tail {
    /// Begin with what was recorded from then on, as for `query`
    #[arg(long, value_name = "TIME", value_parser = annals_ask::moment)]
    pub(crate) since: Option<annals::Timestamp>,
    /// Begin after this row, as printed with `--order oldest`
    #[arg(long, value_name = "CURSOR", conflicts_with = "since")]
    pub(crate) cursor: Option<annals::Cursor>,
    /// End after so many events
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    #[command(flatten)]
    pub(crate) filters: FieldFilters,
}

/// How the log is.
#[derive(Args, Debug)]
pub(crate) struct Health {
    /// Exit 1 unless there is a log, whole, and the state is ok
    #[arg(long)]
    pub(crate) check: bool,
    /// Count only the losses declared from then on, as for `query`
    #[arg(long, value_name = "TIME", value_parser = annals_ask::moment)]
    pub(crate) since: Option<annals::Timestamp>,
}

/// What the words ask for.
pub(crate) enum Parsed {
    /// A command to run.
    Command(Box<Cli>),
    /// A text to print: help or version.
    Text(String),
}

/// Reads the words.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Parsed, Failure> {
    let matches = match definition().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return Ok(Parsed::Text(error.to_string()));
        }
        Err(error) => return Err(usage::explain(&error)),
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| usage::explain(&error))?;
    if cli.common.format == Some(FormatName::Cloudevents) && !matches!(cli.command, Command::Export(_)) {
        return Err(Failure::usage("`--format cloudevents` is for `annals export` (hint: one of table, ndjson, csv)"));
    }
    Ok(Parsed::Command(Box::new(cli)))
}

/// The definition of all commands, for the parser, completions and manual pages.
pub(crate) fn definition() -> clap::Command {
    help::fit(Cli::command())
}

#[cfg(test)]
mod tests;
