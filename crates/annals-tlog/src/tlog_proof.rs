//! A proof that travels alone: <https://c2sp.org/tlog-proof>.
//!
//! One text holds the leaf's index, its inclusion proof, the signed checkpoint, and extra data whose meaning belongs to the
//! log. With the leaf and the log's key, a stranger needs nothing else. Files of it end in `.tlog-proof`.

use std::fmt;
use std::str::FromStr;

use crate::{Checkpoint, Error, Hash, InclusionProof, Note, Origin, VerifierKey, text};

#[cfg(test)]
mod tests;

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1\n";

/// A proof that a log holds an entry, nothing of which has been verified yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlogProof {
    extra: Vec<u8>,
    inclusion: InclusionProof,
    checkpoint: Note,
}

impl TlogProof {
    /// A proof from its parts. The error is [`Malformed`](crate::ErrorKind::Malformed): the note is no checkpoint.
    pub fn new(inclusion: InclusionProof, checkpoint: Note) -> Result<Self, Error> {
        Checkpoint::unverified(&checkpoint)?;
        Ok(Self { extra: Vec::new(), inclusion, checkpoint })
    }

    /// The same proof with extra data. No data is no extra.
    pub fn with_extra(self, extra: impl Into<Vec<u8>>) -> Self {
        Self { extra: extra.into(), ..self }
    }

    /// The extra data, which no signature covers: whoever uses it checks it against the leaf. Empty if there is none.
    pub fn extra(&self) -> &[u8] {
        &self.extra
    }

    /// The leaf's index and path.
    pub fn inclusion(&self) -> &InclusionProof {
        &self.inclusion
    }

    /// The checkpoint as its signed note.
    pub fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }

    /// Checks the checkpoint's signature and origin, and that its tree holds `leaf` at the index; gives the checkpoint.
    ///
    /// The errors are those of [`Checkpoint::open`] and of [`InclusionProof::verify`].
    pub fn verify(&self, leaf: &Hash, origin: &Origin, keys: &[VerifierKey]) -> Result<Checkpoint, Error> {
        let checkpoint = Checkpoint::open(&self.checkpoint, origin, keys)?;
        self.inclusion.verify(leaf, checkpoint.head())?;
        Ok(checkpoint)
    }
}

impl FromStr for TlogProof {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || {
            Error::malformed(
                "a proof is a header, perhaps `extra`, an `index`, hashes, an empty line, and a checkpoint",
            )
        };
        let (head, checkpoint) =
            text.strip_prefix(HEADER).and_then(|rest| rest.split_once("\n\n")).ok_or_else(malformed)?;
        let mut lines = head.split('\n').peekable();
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            Some("") => return Err(malformed()),
            Some(extra) => {
                lines.next();
                text::from_base64(extra)?
            }
            None => Vec::new(),
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).ok_or_else(malformed)?;
        let path = lines.map(str::parse).collect::<Result<_, _>>()?;
        let inclusion = InclusionProof::new(text::from_decimal(index)?, path);
        Ok(Self::new(inclusion, Note::parse(checkpoint.as_bytes())?)?.with_extra(extra))
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HEADER)?;
        if !self.extra.is_empty() {
            writeln!(formatter, "extra {}", text::to_base64(&self.extra))?;
        }
        writeln!(formatter, "index {}", self.inclusion.index())?;
        self.inclusion.path().iter().try_for_each(|hash| writeln!(formatter, "{hash}"))?;
        write!(formatter, "\n{}", self.checkpoint)
    }
}
