//! Why a command ended, as an exit code and a line for people.
//!
//! What a message repeats may be a secret that stood in the wrong place, so that every message goes through the redaction that events go through.
//! A reader who closes the pipe early (`annals query | head -1`) has what they wanted: that ends the command quietly and is no failure.

use std::io::{self, Write};
use std::process::ExitCode;

use annals::ErrorKind;
use annals_ask::without_secrets;
use annals_event::Invalid;

use crate::output::harmless;

/// How a command ended, the same for every command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Everything was done; an empty answer too.
    Done,
    /// Some of it was done, or what was asked for is not there.
    Partly,
    /// The words or the event make no sense.
    Usage,
    /// The database, the disk or an input could not be used.
    CouldNot,
    /// Ctrl-C ended it.
    Interrupted,
    /// As the program ended that was run.
    Other(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Partly => 1,
            Exit::Usage => 2,
            Exit::CouldNot => 3,
            // 128 and the signal's number, as shells count.
            Exit::Interrupted => 130,
            Exit::Other(code) => code,
        })
    }
}

/// The end of a command before its time: the exit code, and the lines that say why.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    lines: Vec<String>,
}

impl Failure {
    /// A failure told in one line.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, lines: vec![message.into()] }
    }

    /// The arguments make no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Something outside of this program could not be used.
    pub(crate) fn could_not(message: impl Into<String>) -> Self {
        Self::new(Exit::CouldNot, message)
    }

    /// The same with more lines below the message, such as the candidates of an ambiguous name.
    pub(crate) fn with_lines(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines.extend(lines);
        self
    }

    /// The same with something in front of the message.
    pub(crate) fn within(mut self, place: &str) -> Self {
        if let Some(message) = self.lines.first_mut() {
            *message = format!("{place}: {message}");
        }
        self
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// The message; empty where the end is a quiet one.
    pub(crate) fn message(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }
}

impl From<annals::Error> for Failure {
    fn from(error: annals::Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::Invalid | ErrorKind::Setting | ErrorKind::UnknownType => Exit::Usage,
            _ => Exit::CouldNot,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<annals::store::Error> for Failure {
    fn from(error: annals::store::Error) -> Self {
        annals::Error::from(error).into()
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::usage(invalid.to_string())
    }
}

/// An error of writing to standard output; whoever reads from somewhere says where.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { exit: Exit::Done, lines: Vec::new() },
            _ => Self::could_not(format!("could not write to standard output: {error}")),
        }
    }
}

/// Tells a failure on standard error.
pub(crate) fn tell(failure: &Failure) {
    let mut lines = failure.lines.iter();
    if let Some(message) = lines.next() {
        note(message);
    }
    let mut stderr = io::stderr().lock();
    for line in lines {
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(stderr, "  {}", harmless(&without_secrets(line)));
    }
}

/// Says something in passing on standard error: one line that begins with the program's name.
pub(crate) fn note(message: &str) {
    let _ = writeln!(io::stderr().lock(), "annals: {}", harmless(&without_secrets(message)));
}
