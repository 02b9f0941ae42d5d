//! The public half of a key, with which a stranger checks signatures.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey};

use super::{KeyId, KeyName};
use crate::{Error, ErrorKind, Signature};

/// A name and an Ed25519 public key.
///
/// As text it is `NAME+ID+BASE64`, the "vkey" of Go's `sumdb/note` that all tools of the field take: the id in eight
/// hexadecimal digits, and in base64 the byte 1 and the key.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    key: VerifyingKey,
}

impl VerifierKey {
    /// A key from its 32 bytes (RFC 8032 section 5.1.5). The error is [`Malformed`](ErrorKind::Malformed), also for the
    /// few keys of small order, under which one signature fits any text.
    pub fn new(name: KeyName, public_key: &[u8; 32]) -> Result<Self, Error> {
        let key = VerifyingKey::from_bytes(public_key).ok().filter(|key| !key.is_weak());
        let key = key.ok_or_else(|| Error::malformed("these bytes are no Ed25519 public key"))?;
        Ok(Self::of(name, key))
    }

    /// Who signs with it.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Which of that name's keys it is.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The key's 32 bytes.
    pub fn public_key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether a signature says that it was made with this key. It may lie; see [`verify`](Self::verify).
    pub fn is_named_by(&self, signature: &Signature) -> bool {
        signature.name() == &self.name && signature.id() == self.id
    }

    /// Checks a signature over the text of a note (RFC 8032 section 5.1.7, and none whose parts have a small order).
    /// The error is [`BadSignature`](ErrorKind::BadSignature).
    pub fn verify(&self, text: &str, signature: &Signature) -> Result<(), Error> {
        if self.is_named_by(signature) && self.has_made(text, signature) {
            Ok(())
        } else {
            let message = format!("the signature is not one of `{}+{}` over this text", self.name, self.id);
            Err(Error::new(ErrorKind::BadSignature, message))
        }
    }

    /// Whether a signature over this text was made with this key, whatever name and id it bears: for whoever looks into a note
    /// that no known key is named in.
    pub fn has_made(&self, text: &str, signature: &Signature) -> bool {
        let bytes = Ed25519Signature::from_slice(signature.bytes()).ok();
        bytes.is_some_and(|bytes| self.key.verify_strict(text.as_bytes(), &bytes).is_ok())
    }

    pub(super) fn of(name: KeyName, key: VerifyingKey) -> Self {
        let id = KeyId::of_key(&name, key.as_bytes());
        Self { name, id, key }
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, id, key) = super::parse(text)?;
        let key = Self::new(name, &key)?;
        super::check_id(key.id, id)?;
        Ok(key)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&super::print(&self.name, self.id, self.public_key()))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerifierKey({self})")
    }
}
