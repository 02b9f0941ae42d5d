//! The hash of a leaf and of a node: RFC 6962 section 2.1, with SHA-256.
//!
//! A leaf is hashed behind the byte 0, a node behind the byte 1, so that nobody can pass off a node as a leaf.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::{Error, text};

#[cfg(test)]
mod tests;

/// The SHA-256 hash of a leaf, a node or a root: 32 bytes.
///
/// As text it is the padded standard base64 of RFC 4648 section 4, 44 characters, as all C2SP formats have it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; Self::BYTES]);

impl Hash {
    /// How many bytes a hash has.
    pub const BYTES: usize = 32;

    /// The root of the tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1).
    pub const EMPTY_ROOT: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
        0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// The hash of the leaf that holds `entry`: `SHA-256(0x00 ‖ entry)`.
    pub fn of_leaf(entry: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
    }

    /// The hash of the node above two others: `SHA-256(0x01 ‖ left ‖ right)`.
    pub fn of_node(left: &Self, right: &Self) -> Self {
        let mut bytes = [1; 1 + 2 * Self::BYTES];
        bytes[1..=Self::BYTES].copy_from_slice(&left.0);
        bytes[1 + Self::BYTES..].copy_from_slice(&right.0);
        Self(Sha256::digest(bytes).into())
    }

    /// A hash that was stored as its bytes.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be stored.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The hashes that stand one behind another in `bytes`; a rest that is no whole hash is an error.
    pub(crate) fn list(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let (hashes, rest) = bytes.as_chunks();
        if rest.is_empty() {
            Ok(hashes.iter().copied().map(Self).collect())
        } else {
            Err(Error::malformed(format!("{} bytes are no whole number of hashes", bytes.len())))
        }
    }
}

impl From<[u8; Self::BYTES]> for Hash {
    fn from(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = bytes.try_into().map_err(|_| Error::malformed(format!("a hash of {} bytes", bytes.len())))?;
        Ok(Self(bytes))
    }
}

impl FromStr for Hash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text::from_base64(text)?.as_slice().try_into()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&text::to_base64(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hash({self})")
    }
}
