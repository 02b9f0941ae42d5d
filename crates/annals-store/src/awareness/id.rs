//! An entry's id: a UUID of version 4, hyphenated in lower case wherever it is shown.
//!
//! Whoever makes an entry draws it; the store takes any 16 bytes, so that what is imported keeps its id.

use std::fmt;
use std::str::FromStr;

use annals_event::EventId;

use crate::{Error, ErrorKind};

/// The name of an entry, for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId([u8; 16]);

impl EntryId {
    /// A UUID of version 4 from 16 random bytes.
    pub const fn v4(random: [u8; 16]) -> Self {
        let mut bytes = random;
        bytes[6] = bytes[6] & 0x0F | 0x40;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        Self(bytes)
    }

    /// The id with these bytes, whatever they are.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes in the order in which they are shown.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&EventId::from_bytes(self.0), formatter)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for EntryId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse::<EventId>().map(|id| Self(*id.as_bytes())).map_err(|_| {
            Error::new(
                ErrorKind::Invalid,
                "this is no entry's id (hint: one looks like 3b241101-e2bb-4255-8caf-4136c566a962)",
            )
        })
    }
}
