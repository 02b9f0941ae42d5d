//! The last part of a path: which 256 of a level, and how many of them: <https://c2sp.org/tlog-tiles>, "Merkle Tree".
//!
//! The index stands in elements of three digits, all but the last behind an `x`, so that a file system and a web server
//! can hold the paths as they are: 1 234 067 is `x001/x234/067`. A partial one adds `.p/` and the width.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Tile, text};

/// From 1 to 256 neighbours of a level, beginning at a multiple of 256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Span {
    index: u64,
    width: u16,
}

const FULL: u64 = Tile::FULL_WIDTH as u64;

impl Span {
    pub(crate) fn new(index: u64, width: u16) -> Result<Self, Error> {
        if !(1..=Tile::FULL_WIDTH).contains(&width) {
            return Err(Error::out_of_range(format!("a tile is from 1 to {FULL} wide, not {width}")));
        }
        // So nothing that is computed from a span overflows.
        if index >= u64::MAX / FULL {
            return Err(Error::out_of_range(format!("no tree has a tile {index}")));
        }
        Ok(Self { index, width })
    }

    /// The span at `index` of a level that has `count` members.
    pub(crate) fn in_level(index: u64, count: u64) -> Option<Self> {
        let rest = count.checked_sub(index.checked_mul(FULL)?)?;
        let width = u16::try_from(rest.min(FULL)).ok()?;
        Self::new(index, width).ok()
    }

    pub(crate) fn index(self) -> u64 {
        self.index
    }

    pub(crate) fn width(self) -> u16 {
        self.width
    }

    /// One more than the last member's number in its level.
    pub(crate) fn end(self) -> u64 {
        self.index * FULL + u64::from(self.width)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.index;
        let mut elements = vec![rest % 1000];
        while rest >= 1000 {
            rest /= 1000;
            elements.push(rest % 1000);
        }
        for element in elements[1..].iter().rev() {
            write!(formatter, "x{element:03}/")?;
        }
        write!(formatter, "{:03}", elements[0])?;
        if u64::from(self.width) == FULL { Ok(()) } else { write!(formatter, ".p/{}", self.width) }
    }
}

impl FromStr for Span {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self, Error> {
        let malformed = || Error::malformed("an index is three digits an element, all but the last behind an `x`");
        let (index, width) = match path.split_once(".p/") {
            Some((index, width)) => (index, text::from_decimal(width)?),
            None => (path, FULL),
        };
        let mut number = 0_u64;
        for element in index.split('/') {
            let digits = element.strip_prefix('x').unwrap_or(element);
            if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(malformed());
            }
            let digits = digits.parse::<u64>().map_err(|_| malformed())?;
            number = number
                .checked_mul(1000)
                .and_then(|number| number.checked_add(digits))
                .ok_or_else(|| Error::out_of_range("no tree has so many tiles"))?;
        }
        let width = u16::try_from(width).map_err(|_| Error::out_of_range(format!("no tile is {width} wide")))?;
        let span = Self::new(number, width)?;
        // A missing or superfluous `x`, an element too many, `.p/256`: one tile has one path.
        if span.to_string() == path { Ok(span) } else { Err(malformed()) }
    }
}
