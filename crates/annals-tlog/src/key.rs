//! The names and keys of those who sign: <https://c2sp.org/signed-note>, "Signatures" and "Ed25519 signatures".
//!
//! Only Ed25519 is here, signature type 1: the specification asks to support no more types than a design needs. Signatures
//! of other types are carried and ignored.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Error;

mod signer;
#[cfg(test)]
mod tests;
mod verifier;

pub use signer::SignerKey;
pub use verifier::VerifierKey;

/// The byte of the signature type Ed25519.
const ED25519: u8 = 1;

/// Who signs: not empty, without Unicode spaces, control characters and `+`. The recommended form is a URL without its
/// scheme; a log's key has the log's origin for a name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct KeyName(String);

impl KeyName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let is_name = |character: char| !character.is_whitespace() && character >= ' ' && character != '+';
        if !name.is_empty() && name.chars().all(is_name) {
            Ok(Self(name.to_owned()))
        } else {
            Err(Error::malformed("a key's name has no spaces, no control characters and no `+`, and is not empty"))
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Tells the keys of one name apart: the first four bytes of `SHA-256(name ‖ 0x0A ‖ type ‖ public key)`. It is an
/// identifier and no hash to rely on. As text it is eight hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(u32);

impl KeyId {
    /// The id as a number.
    pub fn number(self) -> u32 {
        self.0
    }

    pub(crate) fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }

    pub(crate) fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    fn of_key(name: &KeyName, public_key: &[u8; 32]) -> Self {
        let hash = Sha256::new().chain_update(name.as_str()).chain_update([b'\n', ED25519]).chain_update(public_key);
        let hash: [u8; 32] = hash.finalize().into();
        Self::from_bytes([hash[0], hash[1], hash[2], hash[3]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}

/// The parts of a key's text, `NAME+ID+BASE64`: the name, the id as it stands there, and 32 bytes of key. They may be a
/// private key's, so no copy of them stays behind.
fn parse(text: &str) -> Result<(KeyName, &str, Zeroizing<[u8; 32]>), Error> {
    let malformed = || Error::malformed("a key is `NAME+ID+BASE64`, with 1 and 32 bytes of Ed25519 key in base64");
    // The base64 may hold a plus sign of its own.
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(malformed()) };
    let bytes = Zeroizing::new(crate::text::from_base64(key)?);
    match bytes.split_first() {
        Some((&ED25519, bytes)) if bytes.len() == 32 => {
            let mut key = Zeroizing::new([0; 32]);
            key.copy_from_slice(bytes);
            Ok((name.parse()?, id, key))
        }
        _ => Err(malformed()),
    }
}

/// The text of a key, which [`parse`] reads.
fn print(name: &KeyName, id: KeyId, key: &[u8; 32]) -> String {
    let mut bytes = Zeroizing::new([ED25519; 33]);
    bytes[1..].copy_from_slice(key);
    format!("{name}+{id}+{}", crate::text::to_base64(bytes.as_slice()))
}

fn check_id(id: KeyId, text: &str) -> Result<(), Error> {
    if id.to_string() == text {
        Ok(())
    } else {
        Err(Error::malformed("the id of the key is not that of its name and key"))
    }
}
