//! The ids that Annals gives: an event's, and a producer's.
//!
//! An event's id is a `UUIDv7` (RFC 9562), so that ids sort by time in any tool that knows nothing of Annals; it decides
//! nothing else. This module draws no randomness and reads no clock, both come in as arguments.

use std::fmt;
use std::str::FromStr;

use crate::error::{Invalid, InvalidKind, quoted};
use crate::hex;
use crate::time::Timestamp;

#[cfg(test)]
mod tests;

/// An event's id, a `UUIDv7`. Shown hyphenated in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 16]);

impl EventId {
    /// An id for an event of `created_at`: 48 bits of milliseconds, 12 bits of the fraction below them (RFC 9562,
    /// section 6.2, method 3), and the low 62 bits of `random`. A time before 1970 counts as 1970.
    pub fn v7(created_at: Timestamp, random: u64) -> Self {
        let nanos = u64::try_from(created_at.as_nanos()).unwrap_or(0);
        let (millis, below) = (nanos / 1_000_000, nanos % 1_000_000);
        let fraction = below * 4096 / 1_000_000;
        let high = (millis << 16) | 0x7000 | fraction;
        let low = (1 << 63) | (random & (u64::MAX >> 2));
        Self(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
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

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(36);
        for (n, group) in [0..4, 4..6, 6..8, 8..10, 10..16].into_iter().enumerate() {
            if n > 0 {
                text.push('-');
            }
            hex::push(&mut text, &self.0[group]);
        }
        f.pad(&text)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EventId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let hyphens = [8, 13, 18, 23];
        let bytes = text.as_bytes();
        if bytes.len() == 36 && hyphens.iter().all(|&at| bytes[at] == b'-') {
            let digits = bytes.iter().enumerate().filter(|(at, _)| !hyphens.contains(at)).map(|(_, byte)| *byte);
            if let Some(id) = hex::read16(digits) {
                return Ok(Self(id));
            }
        }
        let problem = format!("`{}` is no event id", quoted(text));
        let error = Invalid::new("id", InvalidKind::Malformed, problem);
        Err(if looks_like_a_date(bytes) {
            error.with_hint("this looks like a time; events of a time are found by `since` and `until`")
        } else {
            error.with_hint("an id looks like 0192f0c1-2b3d-7e4f-8a5b-6c7d8e9f0a1b")
        })
    }
}

/// `2026-11-20…` and `20.11.2026…` are what people paste where an id belongs.
fn looks_like_a_date(bytes: &[u8]) -> bool {
    let shaped = |shape: &[u8]| {
        bytes.len() >= shape.len()
            && shape.iter().zip(bytes).all(|(want, is)| if *want == b'0' { is.is_ascii_digit() } else { want == is })
    };
    [&b"0000-00-00"[..], b"00.00.0000", b"00/00/0000", b"0000/00/00"].into_iter().any(shaped)
}

/// A producer: one opening of one journal, or a database itself. Shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProducerId([u8; 16]);

impl ProducerId {
    /// The producer with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes in the order in which they are shown.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ProducerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(32);
        hex::push(&mut text, &self.0);
        f.pad(&text)
    }
}

impl fmt::Debug for ProducerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ProducerId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        hex::read16(text.bytes()).map(Self).ok_or_else(|| {
            Invalid::new("producer", InvalidKind::Malformed, format!("`{}` is no producer id", quoted(text)))
                .with_hint("a producer id is 32 hexadecimal digits")
        })
    }
}
