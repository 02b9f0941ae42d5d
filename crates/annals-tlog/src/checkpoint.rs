//! A signed head of a log's tree: <https://c2sp.org/tlog-checkpoint>.
//!
//! Its text is at least three lines: the origin, which is the log's identity; the tree's size; its root. Lines after that
//! are extensions, which the specification advises against, and which are carried unread.

use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind, Hash, KeyName, Note, SignerKey, TreeHead, VerifierKey, text};

#[cfg(test)]
mod tests;

/// A log's identity: a line that is not empty. One origin never has two histories.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Origin(String);

/// What a log says of its tree at one size.
///
/// As text it is the text of its note, without signatures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    origin: Origin,
    head: TreeHead,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extensions. The empty tree has only one root; another is
    /// [`Malformed`](ErrorKind::Malformed).
    pub fn new(origin: Origin, head: TreeHead) -> Result<Self, Error> {
        if head.size == 0 && head.root != Hash::EMPTY_ROOT {
            return Err(Error::malformed("a checkpoint of no leaves with a root of some"));
        }
        Ok(Self { origin, head, extensions: Vec::new() })
    }

    /// The same checkpoint with one more extension line, which is not empty and has no control characters.
    pub fn with_extension(mut self, line: impl Into<String>) -> Result<Self, Error> {
        let line = line.into();
        if !text::is_line(&line) {
            return Err(Error::malformed("an extension of a checkpoint is a line that is not empty"));
        }
        self.extensions.push(line);
        Ok(self)
    }

    /// Believes a note that one of the log's keys has signed, if it is a checkpoint of that log.
    ///
    /// `keys` are the log's own and nobody else's: a witness's signature alone makes no checkpoint. The errors are those
    /// of [`Note::verify`], [`Malformed`](ErrorKind::Malformed), and [`WrongOrigin`](ErrorKind::WrongOrigin).
    pub fn open(note: &Note, origin: &Origin, keys: &[VerifierKey]) -> Result<Self, Error> {
        let checkpoint: Self = note.verify(keys)?.text.parse()?;
        if checkpoint.origin == *origin {
            Ok(checkpoint)
        } else {
            let message = format!("the checkpoint is one of `{}`, not of `{origin}`", checkpoint.origin);
            Err(Error::new(ErrorKind::WrongOrigin, message))
        }
    }

    /// What a note says, whoever wrote it: for a reader who looks for a key yet, or who says that nobody was checked.
    pub fn unverified(note: &Note) -> Result<Self, Error> {
        note.unverified_text().parse()
    }

    /// Signs it. The keys' name should be the origin.
    pub fn sign(&self, signers: &[&SignerKey]) -> Result<Note, Error> {
        Note::sign(self.to_string(), signers)
    }

    /// Whose tree it is.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The tree's size and root.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The lines after the root.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::malformed("a checkpoint is an origin, a size and a root, each on a line");
        let mut lines = text.strip_suffix('\n').ok_or_else(malformed)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(malformed());
        };
        let head = TreeHead { size: text::from_decimal(size)?, root: root.parse()? };
        lines.try_fold(Self::new(origin.parse()?, head)?, Self::with_extension)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n{}\n{}", self.origin, self.head.size, self.head.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

impl Origin {
    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = Error;

    fn from_str(origin: &str) -> Result<Self, Error> {
        if text::is_line(origin) {
            Ok(Self(origin.to_owned()))
        } else {
            Err(Error::malformed("an origin is a line that is not empty"))
        }
    }
}

/// A log's key is named after its log.
impl From<&KeyName> for Origin {
    fn from(name: &KeyName) -> Self {
        Self(name.as_str().to_owned())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
