//! On whose behalf an event is recorded: what a server knows of the one who called it, as opposed to what an event claims.

use annals_event::{Invalid, InvalidKind};

use crate::Error;

/// The longest name of a space or a credential, in bytes.
const MAX_BYTES: usize = 256;

/// A caller whom a server has authenticated: the credential behind the call, and the space whose record it writes and reads.
///
/// A program that records for itself needs none: its events carry the operating system's user and the space `default`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Caller {
    space: Box<str>,
    credential: Box<str>,
}

impl Caller {
    /// A caller of this space under this credential. Either is 1 to 256 bytes without blanks at its ends, control characters or marks that turn the direction of writing.
    pub fn new(space: impl AsRef<str>, credential: impl AsRef<str>) -> Result<Self, Error> {
        Ok(Self {
            space: named("space", space.as_ref())?.into(),
            credential: named("credential", credential.as_ref())?.into(),
        })
    }

    /// Whose record it is.
    pub fn space(&self) -> &str {
        &self.space
    }

    /// Who is known to be calling.
    pub fn credential(&self) -> &str {
        &self.credential
    }
}

fn named<'a>(field: &'static str, name: &'a str) -> Result<&'a str, Invalid> {
    let problem = if name.is_empty() {
        "is empty".to_owned()
    } else if MAX_BYTES < name.len() {
        format!("is {} bytes long", name.len())
    } else if name.trim() != name || name.chars().any(is_unseen) {
        "has blanks at its ends or characters that cannot be seen".to_owned()
    } else {
        return Ok(name);
    };
    Err(Invalid::new(field, InvalidKind::Malformed, problem)
        .with_hint(format!("give a name of 1 to {MAX_BYTES} bytes of visible text")))
}

/// What would let one name look like another.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
