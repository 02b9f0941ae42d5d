//! One file for each command. Each takes its typed request and answers how it ended.

mod awareness;
mod backup;
mod checkpoint;
mod completions;
mod config;
mod copy;
mod count;
mod erase;
mod export;
mod forward;
mod get;
mod health;
mod hook;
mod key;
mod man;
mod mcp;
mod migrate;
mod prove;
mod query;
mod record;
mod restore;
mod serve;
mod sessions;
mod setup;
mod show;
mod stats;
mod tail;
mod verify;
mod verify_proof;
#[cfg(unix)]
mod wrap;

pub(crate) use self::hook::run as hook;
use crate::arguments::{Cli, Command, HookWords};
use crate::failure::{Exit, Failure};

/// Runs the command.
pub(crate) fn run(cli: &Cli) -> Result<Exit, Failure> {
    let common = &cli.common;
    match &cli.command {
        Command::Record(record) => record::run(common, record),
        Command::Query(query) => query::run(common, query),
        Command::Get(get) => get::run(common, get),
        Command::Count(count) => count::run(common, count),
        Command::Sessions(query) => sessions::run(common, query),
        Command::Show(show) => show::run(common, show),
        Command::Stats(stats) => stats::run(common, stats),
        Command::Tail(tail) => tail::run(common, tail),
        Command::Setup(request) => setup::run(common, request),
        Command::Hook(request) => Ok(hook::run(&HookWords::of(common, request))),
        #[cfg(unix)]
        Command::Wrap(request) => wrap::run(common, request),
        Command::Serve(request) => serve::run(common, request),
        Command::Mcp(request) => mcp::run(common, request),
        Command::Forward(request) => forward::run(common, request),
        Command::Export(export) => export::run(common, export),
        Command::Awareness(request) => awareness::run(common, request),
        Command::Prove(prove) => prove::run(common, prove),
        Command::Verify(request) => verify::run(common, request),
        Command::VerifyProof(request) => verify_proof::run(common, request),
        Command::Backup(request) => backup::run(common, request),
        Command::Copy(request) => copy::run(common, request),
        Command::Migrate => migrate::run(common),
        Command::Restore(request) => restore::run(common, request),
        Command::Erase(request) => erase::erase(common, request),
        Command::Prune(request) => erase::prune(common, request),
        Command::Checkpoint(request) => checkpoint::run(common, request),
        Command::Key(request) => key::run(common, request),
        Command::Health(arguments) => health::run(common, arguments),
        Command::Config => config::run(common),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { dir } => man::run(dir.as_deref()),
    }
}
