//! The file of tokens: who is behind each, and whose record they write.
//!
//! A line is `TOKEN CREDENTIAL SPACE`, apart by blanks; empty lines and those that begin with `#` say nothing. Of a token only its SHA-256 is kept, and what is presented is
//! compared with every line of the file, so that neither memory nor the time of an answer tells anything of one. No message repeats a token.

use std::fmt;
use std::sync::Arc;

use annals::Caller;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The shortest token, in bytes: shorter ones are guessed.
const MIN_BYTES: usize = 16;

/// Every token that is known.
#[derive(Default)]
pub(crate) struct Tokens {
    known: Vec<([u8; 32], Arc<Caller>)>,
}

/// A line that cannot be read.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct BadLine {
    /// Its number, from 1.
    pub(crate) n_line: usize,
    /// What is wrong with it, without the token.
    pub(crate) problem: String,
}

impl Tokens {
    /// Reads the text of a token file. One bad line makes the whole file bad: who stands in it may be meant to be kept out.
    pub(crate) fn read(text: &str) -> Result<Self, BadLine> {
        let mut tokens = Self::default();
        for (line, n_line) in text.lines().zip(1..) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = |problem: String| BadLine { n_line, problem };
            let words: Vec<&str> = line.split_whitespace().collect();
            let [token, credential, space] = words[..] else {
                let n_words = words.len();
                return Err(bad(format!("has {n_words} words (hint: give `TOKEN CREDENTIAL SPACE`)")));
            };
            if token.len() < MIN_BYTES {
                let problem = format!("has a token of {} bytes (hint: give at least {MIN_BYTES})", token.len());
                return Err(bad(problem));
            }
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(bad(
                    "has a token that no header can carry (hint: letters, digits and signs of ASCII)".into()
                ));
            }
            let caller = Caller::new(space, credential).map_err(|error| bad(error.to_string()))?;
            let digest = digest(token);
            if tokens.known.iter().any(|(known, _)| *known == digest) {
                return Err(bad("has the token of an earlier line".to_owned()));
            }
            tokens.known.push((digest, Arc::new(caller)));
        }
        Ok(tokens)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Who is behind this token. Looks at every line, whichever fits.
    pub(crate) fn caller(&self, presented: &str) -> Option<Arc<Caller>> {
        self.behind(&digest(presented))
    }

    /// The same for one of which the digest is there.
    pub(super) fn behind(&self, presented: &[u8; 32]) -> Option<Arc<Caller>> {
        let mut found = None;
        for (known, caller) in &self.known {
            if is_same(known, presented) {
                found = Some(caller);
            }
        }
        found.cloned()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokens").field("n_known", &self.known.len()).finish_non_exhaustive()
    }
}

pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(Zeroizing::new(token.to_owned()).as_bytes()).into()
}

/// Whether two digests are the same, in a time that does not depend on where they differ.
fn is_same(left: &[u8; 32], right: &[u8; 32]) -> bool {
    std::hint::black_box(left.iter().zip(right).fold(0, |differs, (left, right)| differs | (left ^ right))) == 0
}

#[cfg(test)]
mod tests;
