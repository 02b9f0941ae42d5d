//! The leaves themselves, 256 at a time: <https://c2sp.org/tlog-tiles>, "Log entries".
//!
//! A bundle is a sequence of entries, each behind its length in two bytes, big-endian. That length is also the limit: an
//! entry has at most 65 535 bytes.

use std::fmt;
use std::str::FromStr;

use crate::tile::Span;
use crate::{Error, Tile};

#[cfg(test)]
mod tests;

/// Names an entry bundle: the entries whose hashes are in the tile of level 0 with the same index and width.
///
/// As text it is its path below the log's prefix, such as `tile/entries/x001/x234/067` or `tile/entries/000.p/17`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Bundle(Span);

impl Bundle {
    /// The most bytes that an entry may have.
    pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;

    /// A bundle of 1 to 256 entries; the error is [`OutOfRange`](crate::ErrorKind::OutOfRange).
    pub fn new(index: u64, width: u16) -> Result<Self, Error> {
        Span::new(index, width).map(Self)
    }

    /// The bundle of that index in a tree of `size` leaves, as wide as it is there; nothing if the tree has none.
    pub fn in_tree(index: u64, size: u64) -> Option<Self> {
        Span::in_level(index, size).map(Self)
    }

    /// Which bundle it is, from 0. Its first entry is the leaf `256 * index`.
    pub fn index(self) -> u64 {
        self.0.index()
    }

    /// How many entries it holds, from 1 to 256.
    pub fn width(self) -> u16 {
        self.0.width()
    }

    /// The bytes of a bundle of these entries, of which there must be as many as it is wide.
    ///
    /// The error is [`OutOfRange`](crate::ErrorKind::OutOfRange), also for an entry that is too long.
    pub fn encode<E: AsRef<[u8]>>(self, entries: &[E]) -> Result<Vec<u8>, Error> {
        if entries.len() != usize::from(self.width()) {
            return Err(Error::out_of_range(format!("{} entries are not `{self}`", entries.len())));
        }
        let mut bytes = Vec::with_capacity(entries.iter().map(|entry| 2 + entry.as_ref().len()).sum());
        for entry in entries.iter().map(AsRef::as_ref) {
            let length = u16::try_from(entry.len());
            let length = length.map_err(|_| Error::out_of_range(format!("an entry of {} bytes", entry.len())))?;
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(entry);
        }
        Ok(bytes)
    }

    /// The entries in the bytes of this bundle. There may be more of them than it is wide, as when the full bundle stands
    /// in for a partial one; they are left out.
    pub fn entries(self, mut bytes: &[u8]) -> Result<Vec<&[u8]>, Error> {
        let cut = || Error::malformed(format!("`{self}` is cut within an entry"));
        let mut entries = Vec::with_capacity(self.width().into());
        while !bytes.is_empty() {
            let (length, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
            let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(cut)?;
            entries.push(entry);
            bytes = rest;
            if entries.len() > Tile::FULL_WIDTH.into() {
                break;
            }
        }
        if entries.len() < self.width().into() || entries.len() > Tile::FULL_WIDTH.into() {
            return Err(Error::malformed(format!("`{self}` has too few or too many entries")));
        }
        entries.truncate(self.width().into());
        Ok(entries)
    }
}

impl FromStr for Bundle {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self, Error> {
        let span = path.strip_prefix("tile/entries/");
        span.ok_or_else(|| Error::malformed("a bundle's path is `tile/entries/INDEX`"))?.parse().map(Self)
    }
}

impl fmt::Display for Bundle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "tile/entries/{}", self.0)
    }
}
