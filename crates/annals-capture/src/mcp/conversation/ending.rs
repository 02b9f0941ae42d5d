//! How a conversation ended, in an exit code or a signal, and who ended it.

use annals_event::Outcome;
use serde_json::{Map, Value};

/// How the server ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// By a signal of this name.
    Signal(String),
    /// It never ran, for this reason.
    NotStarted(String),
}

/// Who ended the conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The client closed its side, or had the server ended.
    Client,
    /// The server ended by itself.
    Server,
}

/// The end of a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ending {
    /// How the server ended.
    pub exit: Exit,
    /// Who ended the conversation.
    pub cause: Cause,
}

impl Ending {
    /// Why a call has no answer.
    pub(super) fn reason(&self) -> String {
        let how = match &self.exit {
            Exit::Code(code) => format!("exit code {code}"),
            Exit::Signal(name) => format!("signal {name}"),
            Exit::NotStarted(reason) => format!("it did not start: {reason}"),
        };
        match self.cause {
            Cause::Client => format!("the client left before there was an answer ({how})"),
            Cause::Server => format!("the server ended before it answered ({how})"),
        }
    }

    /// Whether all went well.
    pub(super) fn outcome(&self) -> Outcome {
        match (&self.exit, self.cause) {
            (Exit::Code(0), _) => Outcome::Success,
            // A server that is told to go by a signal goes as it should.
            (Exit::Signal(_), Cause::Client) => Outcome::Cancelled,
            _ => Outcome::Failure,
        }
    }

    /// Puts it into details.
    pub(super) fn tell(&self, details: &mut Map<String, Value>) {
        let (key, value) = match &self.exit {
            Exit::Code(code) => ("exit_code", (*code).into()),
            Exit::Signal(name) => ("signal", name.clone().into()),
            Exit::NotStarted(reason) => ("error", reason.clone().into()),
        };
        details.insert(key.to_owned(), value);
        let cause = if self.cause == Cause::Client { "client" } else { "server" };
        details.insert("ended_by".to_owned(), cause.into());
    }
}
