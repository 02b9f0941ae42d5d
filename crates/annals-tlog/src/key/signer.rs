//! The private half of a key, with which the log signs.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer, SigningKey};

use super::{KeyName, VerifierKey};
use crate::{Error, Signature};

/// What private keys begin with as text.
const PREFIX: &str = "PRIVATE+KEY+";

/// A name and an Ed25519 private key.
///
/// Its text form is the "skey" of Go's `sumdb/note`: `PRIVATE+KEY+NAME+ID+BASE64`, with the byte 1 and the seed in base64.
/// That form is asked for by name and never printed by accident: there is no `Display`, and `Debug` shows the public half.
/// The seed is wiped from memory when the key is dropped; texts and seeds that came in or went out are their owners' care.
#[derive(Clone)]
pub struct SignerKey {
    key: SigningKey,
    verifier: VerifierKey,
}

impl SignerKey {
    /// The key of a seed (RFC 8032 section 5.1.5), 32 bytes from a good source of randomness.
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::of(name, key.verifying_key());
        Self { key, verifier }
    }

    /// The private key's text, for a file that nobody else may read.
    pub fn to_secret_text(&self) -> String {
        let key = super::print(self.verifier.name(), self.verifier.id(), self.key.as_bytes());
        format!("{PREFIX}{key}")
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs the text of a note. The same key and text give the same signature.
    pub fn sign(&self, text: &str) -> Signature {
        let bytes = self.key.sign(text.as_bytes()).to_bytes();
        Signature::new(self.verifier.name().clone(), self.verifier.id(), bytes.to_vec())
    }
}

impl FromStr for SignerKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix(PREFIX);
        let text = text.ok_or_else(|| Error::malformed(format!("a private key begins with `{PREFIX}`")))?;
        let (name, id, seed) = super::parse(text)?;
        let key = Self::from_seed(name, &seed);
        super::check_id(key.verifier.id(), id)?;
        Ok(key)
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SignerKey({})", self.verifier)
    }
}
