//! Text of strangers, made harmless.
//!
//! A trail holds text that strangers wrote. On its way to an eye it could move a cursor, hide what stands beside it or turn the reading direction around, so that every character
//! that does something instead of being seen is written as an escape. Whoever shows a trail to people, on a terminal or in a browser, shows it through here.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every character that does something written as an escape.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            harmful if is_harmful(harmful) => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(harmful));
            }
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

/// Whether a character does something instead of being seen.
pub fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Invisible ones that join nothing, and separators that break a line.
            '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            // Fillers, which are letters to a program and nothing to an eye.
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            // Those that turn the reading direction.
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            // Tags, which carry text that nobody sees.
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests;
