//! Pieces of the tree as they are stored and served: <https://c2sp.org/tlog-tiles>, "Merkle Tree".
//!
//! A tile holds 256 hashes of one level side by side, and a hash of level l + 1 is the root over a full tile of level l.
//! Tiles at the right edge are partial. Only every eighth level of the tree is stored; the rest is hashed again, which
//! costs less than reading it.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Hash, text};

mod path;
#[cfg(test)]
mod tests;

pub(crate) use path::Span;

/// Names a tile: its level, its index within the level, and how many hashes wide it is.
///
/// As text it is its path below the log's prefix, such as `tile/0/x001/x234/067` or, when partial,
/// `tile/1/000.p/17`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tile {
    level: u8,
    span: Span,
}

impl Tile {
    /// How many levels of the tree a tile spans.
    pub const HEIGHT: u8 = 8;
    /// How many hashes a full tile holds.
    pub const FULL_WIDTH: u16 = 1 << Self::HEIGHT;
    /// How many bytes a full tile has.
    pub const FULL_BYTES: usize = Self::FULL_WIDTH as usize * Hash::BYTES;

    /// A tile of a width from 1 to 256.
    ///
    /// The error is [`OutOfRange`](crate::ErrorKind::OutOfRange), also for a tile beyond the largest tree of 2^64 - 1
    /// leaves: levels above 7 have none, although the path has room for 63 of them.
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self, Error> {
        Self::of_span(level, Span::new(index, width)?)
    }

    /// The tile of that level and index in a tree of `size` leaves, as wide as it is there; nothing if the tree has none.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(u32::from(level) * u32::from(Self::HEIGHT))?;
        Some(Self { level, span: Span::in_level(index, hashes)? })
    }

    /// Level 0 holds the leaves.
    pub fn level(self) -> u8 {
        self.level
    }

    /// Which tile of its level it is, from 0.
    pub fn index(self) -> u64 {
        self.span.index()
    }

    /// How many hashes it holds, from 1 to 256.
    pub fn width(self) -> u16 {
        self.span.width()
    }

    /// Whether it holds 256 hashes, and so never changes again.
    pub fn is_full(self) -> bool {
        self.width() == Self::FULL_WIDTH
    }

    /// The hashes in the bytes of this tile. There may be more of them than the tile is wide, as when the full tile stands
    /// in for a partial one; they are left out.
    pub fn hashes(self, bytes: &[u8]) -> Result<Vec<Hash>, Error> {
        let mut hashes = Hash::list(bytes)?;
        if hashes.len() < self.width().into() || hashes.len() > Self::FULL_WIDTH.into() {
            return Err(Error::malformed(format!("`{self}` has {} hashes", hashes.len())));
        }
        hashes.truncate(self.width().into());
        Ok(hashes)
    }

    fn of_span(level: u8, span: Span) -> Result<Self, Error> {
        let largest = u64::MAX.checked_shr(u32::from(level) * u32::from(Self::HEIGHT));
        if largest.is_some_and(|largest| span.end() <= largest) {
            Ok(Self { level, span })
        } else {
            Err(Error::out_of_range(format!("no tree has a tile {} of level {level}", span.index())))
        }
    }
}

impl FromStr for Tile {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self, Error> {
        let parts = path.strip_prefix("tile/").and_then(|rest| rest.split_once('/'));
        let (level, span) = parts.ok_or_else(|| Error::malformed("a tile's path is `tile/LEVEL/INDEX`"))?;
        let level = text::from_decimal(level)?;
        let level = level.try_into().map_err(|_| Error::out_of_range(format!("no tree has a level {level}")))?;
        Self::of_span(level, span.parse()?)
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "tile/{}/{}", self.level, self.span)
    }
}
