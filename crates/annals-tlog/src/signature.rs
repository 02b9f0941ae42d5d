//! One line below a note: <https://c2sp.org/signed-note>, "Signatures".

use std::fmt;
use std::str::FromStr;

use crate::{Error, KeyId, KeyName, text};

/// What a signature line begins with: an em dash and a space.
const PREFIX: &str = "— ";

/// A signature of any type, by whomever: what it says is true only once [`Note::verify`](crate::Note::verify) says so.
///
/// As text it is the line without its end: `— NAME BASE64`, with the key's id and the signature in base64.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    name: KeyName,
    id: KeyId,
    bytes: Vec<u8>,
}

impl Signature {
    pub(crate) fn new(name: KeyName, id: KeyId, bytes: Vec<u8>) -> Self {
        Self { name, id, bytes }
    }

    /// Who signed.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// With which of their keys.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The signature, at least one byte, whose form depends on the key's type.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl FromStr for Signature {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self, Error> {
        let malformed = || {
            Error::malformed("a signature line is `— NAME BASE64`, with a key's id of four bytes before the signature")
        };
        let (name, bytes) = line.strip_prefix(PREFIX).and_then(|rest| rest.split_once(' ')).ok_or_else(malformed)?;
        let name = name.parse()?;
        let bytes = text::from_base64(bytes)?;
        match bytes.split_first_chunk() {
            Some((id, bytes)) if !bytes.is_empty() => Ok(Self::new(name, KeyId::from_bytes(*id), bytes.to_vec())),
            _ => Err(malformed()),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.to_bytes(), self.bytes.as_slice()].concat();
        write!(formatter, "{PREFIX}{} {}", self.name, text::to_base64(&bytes))
    }
}
