//! Why there are no vectors, told by what trying again would be good for.

use std::time::Duration;

/// Why there are no vectors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What trying again would be good for.
    pub kind: FailureKind,
    /// For the operator's log. It holds neither a key nor a text, nor anything else that an endpoint could have copied from either.
    pub message: String,
}

/// What trying again would be good for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailureKind {
    /// Not reached, no answer in time, or an error of the other side's own: the same may work later.
    Unavailable,
    /// The other side asks for fewer calls.
    Busy {
        /// How long it wants to be left alone, where it has said so; an hour at most.
        retry_after: Option<Duration>,
    },
    /// These texts are not taken: sending them again is of no use, fewer or shorter ones may do.
    Refused,
    /// The settings are wrong: key, model or URL.
    Misconfigured,
    /// An answer that is none: a wrong count, no numbers, another dimension, all zeros.
    Malformed,
}

#[cfg(any(feature = "openai", feature = "local"))]
impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
