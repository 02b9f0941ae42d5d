//! The ten types of entries: a closed list.

use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind};

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EntryType {
    /// A source's newest report of itself.
    Status,
    /// Something that needs attention until it is resolved.
    Alert,
    /// What was learnt of how things usually are.
    Pattern,
    /// Alerts that are not to be shown for a while.
    Suppression,
    /// Something that holds for some time.
    Context,
    /// A wish under a key, in a scope.
    Preference,
    /// Something worth keeping.
    Note,
    /// Something to be done, or to be reminded of.
    Intention,
    /// A JSON Schema of a family and version.
    Schema,
    /// Content that follows a schema.
    Record,
}

impl EntryType {
    /// Whether its entries are given vectors. What a status reports changes by the minute and is numbers; a suppression is found by what it suppresses.
    pub fn is_embedded(self) -> bool {
        !matches!(self, Self::Status | Self::Suppression)
    }

    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Status,
        Self::Alert,
        Self::Pattern,
        Self::Suppression,
        Self::Context,
        Self::Preference,
        Self::Note,
        Self::Intention,
        Self::Schema,
        Self::Record,
    ];

    /// Its word, the same in JSON, SQL and arguments.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Alert => "alert",
            Self::Pattern => "pattern",
            Self::Suppression => "suppression",
            Self::Context => "context",
            Self::Preference => "preference",
            Self::Note => "note",
            Self::Intention => "intention",
            Self::Schema => "schema",
            Self::Record => "record",
        }
    }
}

impl fmt::Display for EntryType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for EntryType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|entry_type| entry_type.as_str() == text)
            .ok_or_else(|| Error::new(ErrorKind::Invalid, "no type of entries is called so (hint: `note` is one)"))
    }
}
