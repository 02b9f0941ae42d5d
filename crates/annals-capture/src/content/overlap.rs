//! Taking out of an error what it repeats of a withheld body.
//!
//! A client's error may quote what was to be written: the whole, a line, a piece in quotes, or the piece as JSON.
//! So every stretch that the error shares with a body is taken out, and besides every line of a body and every word of it that doesn't look like one of a sentence.
//! Common short words stay, or no error would be readable beside a long file.

use std::borrow::Cow;
use std::collections::HashSet;

/// What stands where a piece of a body stood.
pub(crate) const WITHHELD: &str = "[withheld]";

/// A stretch so long is no coincidence.
const STRETCH: usize = 12;

/// The shortest line of a body that is looked for as a whole.
const SHORTEST_LINE: usize = 3;

/// The text without what it shares with the bodies.
pub(crate) fn without<'t>(text: &'t str, bodies: &[Cow<'_, str>]) -> Cow<'t, str> {
    let mut shared = vec![false; text.len()];
    let escaped = text.contains('\\');
    for body in bodies {
        mark(text, body, &mut shared);
        if escaped && body.contains(['"', '\\', '\n', '\t', '\r']) {
            mark(text, &as_json(body), &mut shared);
        }
    }
    if !shared.contains(&true) {
        return Cow::Borrowed(text);
    }
    let mut left = String::with_capacity(text.len());
    let mut within = false;
    for (at, c) in text.char_indices() {
        // A character goes as a whole.
        let gone = shared[at..at + c.len_utf8()].contains(&true);
        match (gone, within) {
            (true, false) => left.push_str(WITHHELD),
            (false, _) => left.push(c),
            (true, true) => {}
        }
        within = gone;
    }
    Cow::Owned(left)
}

fn as_json(body: &str) -> String {
    let quoted = serde_json::Value::from(body).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn mark(text: &str, body: &str, shared: &mut [bool]) {
    mark_stretches(text.as_bytes(), body.as_bytes(), shared);
    // What is longer has been found as a stretch.
    let mut found: HashSet<&str> = HashSet::new();
    for line in body.lines() {
        let line = line.trim();
        if (SHORTEST_LINE..STRETCH).contains(&line.len()) && !found.contains(line) && text.contains(line) {
            found.insert(line);
        }
    }
    let telling: HashSet<&str> = words(text).filter(|word| is_telling(word) || is_quoted(word, text)).collect();
    if !telling.is_empty() {
        let mut beginnings = [false; 256];
        for word in &telling {
            beginnings[usize::from(word.as_bytes()[0])] = true;
        }
        found.extend(words(body).filter(|word| beginnings[usize::from(word.as_bytes()[0])] && telling.contains(word)));
    }
    for piece in found {
        for (at, _) in text.match_indices(piece) {
            shared[at..at + piece.len()].fill(true);
        }
    }
}

/// Marks every stretch of at least [`STRETCH`] bytes that is in both.
fn mark_stretches(text: &[u8], body: &[u8], shared: &mut [bool]) {
    if text.len() < STRETCH || body.len() < STRETCH {
        return;
    }
    // One bit for each possible hash: most places of a long body are dismissed by looking at it.
    let mut seen = vec![0_u64; 1 << 10];
    let mut windows: HashSet<&[u8]> = HashSet::with_capacity(text.len());
    for window in text.windows(STRETCH) {
        let slot = slot(window);
        seen[slot >> 6] |= 1 << (slot & 63);
        windows.insert(window);
    }
    let mut found: HashSet<&[u8]> = HashSet::new();
    for window in body.windows(STRETCH) {
        let slot = slot(window);
        if seen[slot >> 6] & (1 << (slot & 63)) != 0 && windows.contains(window) {
            found.insert(window);
        }
    }
    if found.is_empty() {
        return;
    }
    for (at, window) in text.windows(STRETCH).enumerate() {
        if found.contains(window) {
            shared[at..at + STRETCH].fill(true);
        }
    }
}

/// A hash of 16 bits over a stretch's beginning and end.
fn slot(window: &[u8]) -> usize {
    let first = window.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let last = window.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let mixed = (first ^ u64::from(last).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 48) as usize
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '=' | '@')))
        .map(|word| word.trim_matches(['.', '-', '=']))
        .filter(|word| word.len() >= 4)
}

/// Whether a word of the text stands in quotes.
fn is_quoted(word: &str, text: &str) -> bool {
    let at = word.as_ptr().addr() - text.as_ptr().addr();
    text[..at].ends_with(['\'', '"', '`']) || text[at + word.len()..].starts_with(['\'', '"', '`'])
}

/// Whether a word is none of a sentence: digits, signs or capitals inside.
fn is_telling(word: &str) -> bool {
    word.chars().skip(1).any(|c| !c.is_lowercase())
}

#[cfg(test)]
mod tests;
