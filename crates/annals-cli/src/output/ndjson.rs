//! JSON lines for a terminal.
//!
//! JSON escapes the control characters below the space and leaves the others, so that a line may still hold what a terminal obeys. Such characters can only stand in
//! strings, where an escape means the same; a pipe gets the exact bytes that are stored.

use std::borrow::Cow;
use std::fmt::Write;

use annals_ask::is_harmful;

/// The line with JSON's escapes for what is not to reach a terminal.
pub(super) fn harmless(line: &str) -> Cow<'_, str> {
    if !line.contains(is_harmful) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len() + 16);
    for character in line.chars() {
        if is_harmful(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests;
