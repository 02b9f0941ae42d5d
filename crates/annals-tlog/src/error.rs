//! What can be wrong, in few kinds.
//!
//! A caller decides by the kind: a malformed file is a usage error, a proof that leads elsewhere is an accusation. The
//! message is for a person, and repeats nothing of a private key. No error mends by trying again, since nothing here
//! depends on anything but its arguments.

use std::borrow::Cow;
use std::fmt;

/// Why an input was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not of the format.
    Malformed,
    /// A number lies outside what the tree or the format has.
    OutOfRange,
    /// The proof does not lead from what it is for to the root, or has the wrong length for it.
    WrongProof,
    /// A key that is known by name and id did not make this signature.
    BadSignature,
    /// No known key has signed.
    UnknownKey,
    /// The checkpoint is of another log.
    WrongOrigin,
}

impl Error {
    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    pub(crate) fn out_of_range(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::OutOfRange, message)
    }

    pub(crate) fn wrong_proof(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::WrongProof, message)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
