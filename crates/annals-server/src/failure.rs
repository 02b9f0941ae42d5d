//! The one error of the server: what the client sees, and what the log says, as two fields.
//!
//! Text of the database, paths and secrets stand in the second alone. How a failure looks on a wire is said once for each: `api::problem` for HTTP, `mcp::refusal` for MCP.

use std::borrow::Cow;

use annals::{Error, ErrorKind, Invalid};
use serde_json::{Map, Value};

/// What went wrong, as a client would act on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Code {
    /// A field, parameter or body breaks a rule, which the message names.
    Invalid,
    /// No such event, path or key.
    NotFound,
    /// A credential is needed, and none or a wrong one was given.
    Unauthorized,
    /// The credential is known and may not do this.
    Forbidden,
    /// What is asked contradicts what is there.
    Conflict,
    /// Not there yet, and may be later without anything being changed.
    NotYet,
    /// Longer than the server takes.
    TooLarge,
    /// A body of a kind that is not read here.
    UnsupportedMedia,
    /// An answer of a kind that is not given here.
    NotAcceptable,
    /// The path is there, and is not asked in this way.
    NotAllowed,
    /// The client stopped sending.
    SlowClient,
    /// Too much waits; the same request succeeds later.
    Overloaded,
    /// The database or its disk cannot be had now.
    Unavailable,
    /// It took longer than was asked for; what was accepted stays accepted.
    Timeout,
    /// A fault of the server's.
    Internal,
}

impl Code {
    /// All of them.
    pub(crate) const ALL: [Self; 15] = [
        Self::Invalid,
        Self::NotFound,
        Self::Unauthorized,
        Self::Forbidden,
        Self::Conflict,
        Self::NotYet,
        Self::TooLarge,
        Self::UnsupportedMedia,
        Self::NotAcceptable,
        Self::NotAllowed,
        Self::SlowClient,
        Self::Overloaded,
        Self::Unavailable,
        Self::Timeout,
        Self::Internal,
    ];

    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Conflict => "conflict",
            Self::NotYet => "not_yet",
            Self::TooLarge => "too_large",
            Self::UnsupportedMedia => "unsupported_media",
            Self::NotAcceptable => "not_acceptable",
            Self::NotAllowed => "method_not_allowed",
            Self::SlowClient => "slow_client",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Internal => "internal",
        }
    }

    /// What it is in a few words, the same each time.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Invalid => "The request breaks a rule",
            Self::NotFound => "There is no such thing",
            Self::Unauthorized => "A credential is needed",
            Self::Forbidden => "This credential may not do that",
            Self::Conflict => "It contradicts what is there",
            Self::NotYet => "It is not there yet",
            Self::TooLarge => "The request is too long",
            Self::UnsupportedMedia => "This kind of body is not read here",
            Self::NotAcceptable => "This kind of answer is not given here",
            Self::NotAllowed => "This path is not asked in this way",
            Self::SlowClient => "The request stopped coming",
            Self::Overloaded => "Too much waits at the moment",
            Self::Unavailable => "The log cannot be had at the moment",
            Self::Timeout => "It took longer than was asked for",
            Self::Internal => "The server made a mistake",
        }
    }

    /// What it means, for the documentation.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Invalid => "A field, parameter or body breaks a rule, which `detail` names and `field` points at.",
            Self::NotFound => "There is no such event, path or key; or it belongs to another space.",
            Self::Unauthorized => "A credential is needed, and none or a wrong one was given.",
            Self::Forbidden => "The credential, the host or the origin may not do this.",
            Self::Conflict => "What is asked contradicts what is there.",
            Self::NotYet => "It is not there yet, and may be later: an event that is not sealed.",
            Self::TooLarge => "The body, or a line of it, is longer than the server takes.",
            Self::UnsupportedMedia => "A body of a kind that is not read here; `hint` names those that are.",
            Self::NotAcceptable => "None of the kinds in `Accept` is given here.",
            Self::NotAllowed => "The path is there; the header `Allow` names its methods.",
            Self::SlowClient => "The body stopped coming.",
            Self::Overloaded => "Too much waits; the same request succeeds later.",
            Self::Unavailable => "The log cannot be had at the moment, or the server is stopping.",
            Self::Timeout => {
                "It took longer than was asked for. What was accepted stays accepted, and `state` says how far it has come."
            }
            Self::Internal => "The server made a mistake, which its log tells of.",
        }
    }

    /// Whether the same request may succeed later.
    pub(crate) const fn is_retryable(self) -> bool {
        matches!(self, Self::Overloaded | Self::Unavailable | Self::Timeout | Self::NotYet)
    }
}

/// A request that could not be answered as it was asked.
#[derive(Debug)]
pub(crate) struct Failure(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: Code,
    /// For the client: lower-case, names the field, the problem and what would be right.
    message: Cow<'static, str>,
    /// The field or parameter that is wrong.
    field: Option<String>,
    /// What would be right.
    hint: Option<String>,
    /// What a program wants to know besides, such as how far an event has come.
    members: Map<String, Value>,
    /// For the log; nothing where the client's fault is all there is to say.
    log: Option<String>,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self(Box::new(Parts { code, message, field: None, hint: None, members: Map::new(), log: None }))
    }

    /// The line is full.
    pub(crate) fn busy() -> Self {
        Self::new(Code::Overloaded, "too many requests wait for the database")
    }

    /// The server is going down.
    pub(crate) fn stopping() -> Self {
        Self::new(Code::Unavailable, "the server is stopping")
    }

    /// The database cannot be had now.
    pub(crate) fn unavailable(log: String) -> Self {
        Self::new(Code::Unavailable, "the log cannot be had at the moment").with_log(log)
    }

    /// A thread that did the work panicked.
    pub(crate) fn panicked(error: &dyn std::fmt::Display) -> Self {
        Self::new(Code::Internal, "the server could not answer this").with_log(error.to_string())
    }

    pub(crate) fn at(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// With more for programs, beside what every failure says.
    pub(crate) fn with_members(mut self, members: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.0.members.extend(members);
        self
    }

    pub(crate) fn with_log(mut self, log: impl Into<String>) -> Self {
        self.0.log = Some(log.into());
        self
    }

    pub(crate) fn code(&self) -> Code {
        self.0.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    pub(crate) fn members(&self) -> &Map<String, Value> {
        &self.0.members
    }

    /// Logs what the client is not told, once, where the failure is handled.
    pub(crate) fn tell(&self) {
        if let Some(log) = &self.0.log {
            tracing::warn!(code = self.0.code.as_str(), "a request failed: {log}");
        }
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        let failure = Self::new(Code::Invalid, invalid.problem().to_owned()).at(invalid.field().to_owned());
        match invalid.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if let Some(invalid) = error.invalid() {
            return invalid.clone().into();
        }
        let (code, message) = match error.kind() {
            ErrorKind::Invalid | ErrorKind::UnknownType => (Code::Invalid, "the event breaks a rule"),
            ErrorKind::Overloaded | ErrorKind::Shed => (Code::Overloaded, "too many events wait to become durable"),
            ErrorKind::Timeout => {
                (Code::Timeout, "it takes longer than was asked for; what was accepted stays accepted")
            }
            ErrorKind::Foreign => {
                return Self::new(Code::Forbidden, "another credential used this producer first")
                    .at("producer")
                    .with_hint("send its events with the token that sent the first ones")
                    .with_log(error.to_string());
            }
            ErrorKind::Conflict => (Code::Conflict, "the idempotency key was used for something else"),
            ErrorKind::Closed => return Self::stopping(),
            ErrorKind::NotFound => (Code::Unavailable, "the log is not there"),
            ErrorKind::Rejected => {
                (Code::Invalid, "the database refuses this event for itself; it is kept among the dead letters")
            }
            ErrorKind::StorageFull => (Code::Unavailable, "the server has no space left"),
            ErrorKind::Busy
            | ErrorKind::Io
            | ErrorKind::Permission
            | ErrorKind::ReadOnly
            | ErrorKind::UnknownOutcome => (Code::Unavailable, "the log cannot be had at the moment"),
            _ => (Code::Unavailable, "the log takes nothing until somebody looks after it"),
        };
        Self::new(code, message).with_log(error.to_string())
    }
}
