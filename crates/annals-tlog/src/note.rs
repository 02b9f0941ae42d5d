//! Signed text: <https://c2sp.org/signed-note>.
//!
//! A note is a text that ends in a line break, an empty line, and a signature on each line after that. The last empty line
//! is where the signatures begin, so a text may hold empty lines of its own.
//!
//! Nothing in a note may be believed before a known key has signed it. So the text comes out of [`Note::verify`], and the
//! other way to it says in its name what it is.

use std::fmt;

use crate::{Error, ErrorKind, Signature, SignerKey, VerifierKey};

#[cfg(test)]
mod tests;

/// The most bytes that a note may have: 1 MiB, with room for a hundred signatures of the largest types.
pub const MAX_NOTE_BYTES: usize = 1 << 20;

/// The most signatures that a note may have. The specification asks readers to take at least 16.
pub const MAX_SIGNATURES: usize = 100;

/// A text with one or more signatures, which nobody has verified yet.
///
/// `to_string` gives the note as it is stored and sent; it is the bytes that were parsed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// What a note says, and by whose word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified<'a> {
    /// The text that was signed, line break at the end included.
    pub text: &'a str,
    /// The known keys that signed it, at least one, each once.
    pub signers: Vec<&'a VerifierKey>,
}

impl Note {
    /// Signs a text with each of the keys; at least one is needed.
    ///
    /// The text ends in a line break and has no other control characters than those, or the error is
    /// [`Malformed`](ErrorKind::Malformed). It must not be too long either, see [`MAX_NOTE_BYTES`].
    pub fn sign(text: impl Into<String>, signers: &[&SignerKey]) -> Result<Self, Error> {
        let text = text.into();
        let signatures = signers.iter().map(|signer| signer.sign(&text)).collect();
        Self::new(text, signatures)
    }

    /// The same note with one more signature, such as a witness's.
    pub fn with_signature(self, signature: Signature) -> Result<Self, Error> {
        let Self { text, mut signatures } = self;
        signatures.push(signature);
        Self::new(text, signatures)
    }

    /// Reads a note and believes none of it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = || Error::malformed("a note is a text, an empty line, and signature lines");
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(Error::malformed(format!("a note of more than {MAX_NOTE_BYTES} bytes")));
        }
        let note = str::from_utf8(bytes).map_err(|_| Error::malformed("a note that is no UTF-8"))?;
        let (text, signatures) = note.rsplit_once("\n\n").ok_or_else(malformed)?;
        let lines = signatures.strip_suffix('\n').ok_or_else(malformed)?.split('\n');
        let signatures = lines.take(MAX_SIGNATURES + 1).map(str::parse).collect::<Result<_, _>>()?;
        Self::new(format!("{text}\n"), signatures)
    }

    /// The text, which means nothing yet: anybody may have written it.
    pub fn unverified_text(&self) -> &str {
        &self.text
    }

    /// The signatures, known and unknown.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Checks the signatures of the known keys and ignores all others, also those that share a name or an id with one.
    ///
    /// The error is [`BadSignature`](ErrorKind::BadSignature) when any signature that names a known key was not made with
    /// it, even beside a good one, and [`UnknownKey`](ErrorKind::UnknownKey) when none names one.
    pub fn verify<'a>(&'a self, keys: &'a [VerifierKey]) -> Result<Verified<'a>, Error> {
        let mut signers: Vec<&VerifierKey> = Vec::new();
        for signature in &self.signatures {
            for key in keys.iter().filter(|key| key.is_named_by(signature)) {
                key.verify(&self.text, signature)?;
                if !signers.contains(&key) {
                    signers.push(key);
                }
            }
        }
        if signers.is_empty() {
            return Err(Error::new(ErrorKind::UnknownKey, "no known key has signed this note"));
        }
        Ok(Verified { text: &self.text, signers })
    }

    fn new(text: String, signatures: Vec<Signature>) -> Result<Self, Error> {
        if !text.ends_with('\n') || text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(Error::malformed(
                "the text of a note ends in a line break and has no other control characters",
            ));
        }
        if signatures.is_empty() || signatures.len() > MAX_SIGNATURES {
            return Err(Error::malformed(format!("a note has from 1 to {MAX_SIGNATURES} signatures")));
        }
        let note = Self { text, signatures };
        if note.to_string().len() > MAX_NOTE_BYTES {
            return Err(Error::malformed(format!("a note of more than {MAX_NOTE_BYTES} bytes")));
        }
        Ok(note)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(formatter, "{signature}"))
    }
}
