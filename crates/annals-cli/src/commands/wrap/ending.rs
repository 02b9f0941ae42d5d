//! How the server ended, and ending alike.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use annals_capture::mcp::{Cause, Ending, Exit as Told};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::low_level::{emulate_default_handler, signal_name};

use crate::failure::Exit;

/// What a shell answers for a command that is not there.
const NOT_FOUND: u8 = 127;
/// What a shell answers for a command that can't be run.
const NOT_RUNNABLE: u8 = 126;

/// How the server ended.
#[derive(Debug)]
pub(super) struct Ended {
    way: Way,
    cause: Cause,
}

#[derive(Debug)]
enum Way {
    Code(i32),
    Signal(i32),
    NotStarted { code: u8, problem: String },
}

impl Ended {
    /// By this status. `was_told` says whether a signal was handed down, `client_left` whether the client had closed a stream before.
    pub(super) fn of(status: io::Result<ExitStatus>, was_told: bool, client_left: bool) -> Self {
        let way = match status {
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => Way::Code(code),
                (None, Some(signal)) => Way::Signal(signal),
                (None, None) => Way::Code(1),
            },
            Err(error) => return Self::lost(&error),
        };
        // A server that crashes while its client leaves has crashed.
        let is_clients = was_told || (client_left && matches!(way, Way::Code(0)));
        Self { way, cause: if is_clients { Cause::Client } else { Cause::Server } }
    }

    /// It could not be started.
    pub(super) fn not_started(command: &OsString, error: &io::Error) -> Self {
        let name = command.to_string_lossy();
        let (code, why) = match error.kind() {
            io::ErrorKind::NotFound => (NOT_FOUND, "not found".to_owned()),
            _ => (NOT_RUNNABLE, error.to_string()),
        };
        Self { way: Way::NotStarted { code, problem: format!("could not run `{name}`: {why}") }, cause: Cause::Server }
    }

    /// The operating system did not give what a pass-through needs.
    pub(super) fn lost(error: &io::Error) -> Self {
        let problem = format!("could not pass the server's streams through: {error}");
        Self { way: Way::NotStarted { code: NOT_RUNNABLE, problem }, cause: Cause::Server }
    }

    /// What to say about it on standard error, where the server itself can't.
    pub(super) fn problem(&self) -> Option<&str> {
        match &self.way {
            Way::NotStarted { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// As the conversation is told of it.
    pub(super) fn told(&self) -> Ending {
        let exit = match &self.way {
            Way::Code(code) => Told::Code(*code),
            Way::Signal(signal) => Told::Signal(signal_name(*signal).map_or_else(|| signal.to_string(), str::to_owned)),
            Way::NotStarted { problem, .. } => Told::NotStarted(problem.clone()),
        };
        Ending { exit, cause: self.cause }
    }

    /// Ends this process in the same way: by the same signal, or with the same code.
    pub(super) fn end_alike(&self) -> Exit {
        match &self.way {
            Way::Code(code) => Exit::Other(u8::try_from(code & 0xff).unwrap_or(u8::MAX)),
            Way::NotStarted { code, .. } => Exit::Other(*code),
            Way::Signal(signal) => {
                // The server's core is the one worth reading; ours would be written over it.
                let limit = Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum };
                let _ = setrlimit(Resource::Core, limit);
                // Returns only for a signal that does not end a process by itself, or is not known here.
                let _ = emulate_default_handler(*signal);
                Exit::Other(u8::try_from(128 + signal).unwrap_or(u8::MAX))
            }
        }
    }
}
