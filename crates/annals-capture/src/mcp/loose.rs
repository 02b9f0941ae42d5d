//! JSON as servers read it, which is not always as its grammar or our parser has it.
//!
//! A call that the server acts on must be on record, so that what common parsers take is taken here: half of a surrogate pair (a text that was cut amid an emoji), bytes that are
//! no UTF-8, a byte order mark, numbers beyond a double, `NaN` and `Infinity`, and any depth. Such a line is mended and read again.
//! What lies too deep is left out, and whoever asks is told, since nobody has then looked at all of it.
//!
//! Not known here: comments, trailing commas, single quotes, and a message over several lines. No server is known to take them.

use std::borrow::Cow;

use serde_json::Value;

/// Deeper values are left out; our parser's own bound is a little above.
const MAX_DEPTH: usize = 100;
/// The replacement character, as an escape.
const REPLACEMENT: &[u8] = b"\\ufffd";

/// A line as a value.
pub(super) struct Loose {
    pub(super) value: Value,
    /// Whether nothing was left out.
    pub(super) is_whole: bool,
}

/// Reads a line; `None` for what nobody would read.
pub(super) fn read(line: &[u8]) -> Option<Loose> {
    if let Ok(value) = serde_json::from_slice(line) {
        return Some(Loose { value, is_whole: true });
    }
    let text = String::from_utf8_lossy(line);
    let (mended, is_whole) = mended(text.trim_start_matches('\u{feff}').as_bytes());
    let value = serde_json::from_slice(&mended).ok()?;
    Some(Loose { value, is_whole })
}

/// The text with what our parser refuses replaced, and whether nothing was left out.
fn mended(mut text: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut is_whole = true;
    while let Some(first) = text.first() {
        let n_bytes = match first {
            b'"' => string(text),
            _ => text.iter().take_while(|byte| is_of_word(**byte)).count().max(1),
        };
        let (token, rest) = text.split_at(n_bytes);
        text = rest;
        let is_closed = matches!(first, b'}' | b']');
        let is_left_out = depth > MAX_DEPTH;
        if matches!(first, b'{' | b'[') {
            depth += 1;
            if depth == MAX_DEPTH + 1 {
                is_whole = false;
                out.extend_from_slice(b"null");
            }
        } else if is_closed {
            depth = depth.saturating_sub(1);
        }
        if !is_left_out && depth <= MAX_DEPTH {
            out.extend_from_slice(&token_as_read(token));
        }
    }
    (out, is_whole)
}

/// A string with its quotes, a word or a sign, in a form that our parser takes.
fn token_as_read(token: &[u8]) -> Cow<'_, [u8]> {
    if token.first() == Some(&b'"') {
        return with_whole_pairs(token);
    }
    let word = std::str::from_utf8(token).unwrap_or_default();
    // `NaN` and `Infinity` are numbers to this parser too.
    if word.parse::<f64>().is_ok_and(|number| !number.is_finite()) {
        return Cow::Owned(format!("\"{word}\"").into_bytes());
    }
    Cow::Borrowed(token)
}

/// How long the string is that begins here; one without an end reaches to the end.
fn string(text: &[u8]) -> usize {
    let mut is_escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

/// A string in which each half of a surrogate pair that stands alone is replaced.
fn with_whole_pairs(token: &[u8]) -> Cow<'_, [u8]> {
    if !token.contains(&b'\\') {
        return Cow::Borrowed(token);
    }
    let mut out = Vec::with_capacity(token.len());
    let mut rest = token;
    while let Some(first) = rest.first() {
        let n_bytes = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.extend_from_slice(REPLACEMENT);
                rest = &rest[6..];
                continue;
            }
            _ if *first == b'\\' => rest.len().min(2),
            _ => 1,
        };
        let (kept, later) = rest.split_at(n_bytes);
        out.extend_from_slice(kept);
        rest = later;
    }
    Cow::Owned(out)
}

/// The UTF-16 unit that an escape at the beginning stands for.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// What numbers and names are made of.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

#[cfg(test)]
mod tests;
