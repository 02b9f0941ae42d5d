//! How much of what an agent handled is kept.

use annals_event::{Capture, Redactor};

/// The level in force and its bounds.
#[derive(Clone, Debug)]
pub struct Policy {
    /// How much is kept.
    pub level: Capture,
    /// How many bytes an event's details may have, encoded.
    pub max_details: usize,
    /// Takes the secrets out of a text before it is cut, since half a secret is not known as one.
    pub redactor: Redactor,
}
