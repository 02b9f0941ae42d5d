//! Whether a result names a guarded file: a search through a tree shows their lines, and says so in front of them.
//!
//! Source code has `item.key` in every other line, so that such a name counts only where one stands in a listing: at a line's beginning, or with a folder in front.

use serde_json::Value;

use super::name;

/// Whether a guarded file is named anywhere in a value.
pub(crate) fn in_value(value: &Value) -> bool {
    match value {
        Value::String(text) => in_text(text),
        Value::Array(items) => items.iter().any(in_value),
        Value::Object(members) => {
            members.iter().any(|(key, member)| (key.len() < 256 && name::is_guarded(key)) || in_value(member))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a guarded file is named in a text.
pub(crate) fn in_text(text: &str) -> bool {
    let mut looked_at = 0;
    places(text.as_bytes()).any(|at| {
        // The rest of a word that was looked at.
        if at < looked_at {
            return false;
        }
        let start = text[..at].rfind(is_separator).map_or(0, |before| text.ceil_char_boundary(before + 1));
        let end = text[at..].find(is_separator).map_or(text.len(), |length| at + length);
        looked_at = end;
        counts(&text[start..end], is_at_beginning(&text[..start]), &text[end..])
    })
}

/// Where a guarded name may be written: at `.env`, `.ssh`, `.pem`, `.key` and `%2e`.
fn places(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_one = |four: &[u8]| [b".env", b".ssh", b".pem", b".key"].iter().any(|head| four.eq_ignore_ascii_case(*head));
    bytes.iter().enumerate().filter_map(move |(at, byte)| {
        let is_place = match byte {
            b'.' => bytes.get(at..at + 4).is_some_and(is_one),
            b'%' => bytes.get(at + 1..at + 3).is_some_and(|two| two.eq_ignore_ascii_case(b"2e")),
            _ => false,
        };
        is_place.then_some(at)
    })
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | ',' | ';' | ':' | '=' | '|' | '*' | '\0'
        )
}

fn counts(word: &str, at_beginning: bool, after: &str) -> bool {
    // A search shows lines around a hit as `file-12-text`.
    let named = without_line_number(word);
    if !(name::is_guarded(named) || name::is_guarded(word)) {
        return false;
    }
    let ends = |extension: &str| {
        named
            .len()
            .checked_sub(extension.len())
            .and_then(|at| named.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(extension))
    };
    if !ends(".key") || named.contains(['/', '\\', '%']) {
        return true;
    }
    let is_code =
        after.trim_start_matches([' ', '\t']).starts_with(['(', ')', ';', '=', '[', ',', '?', '+', '&', '|', '!']);
    (at_beginning && !is_code) || after.starts_with(['"', '\''])
}

/// Whether on its line only the line's number stands in front, or nothing.
fn is_at_beginning(before: &str) -> bool {
    let skipped = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'\t' | b':');
    before.as_bytes().iter().rev().find(|byte| !skipped(byte)).is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
}

fn without_line_number(word: &str) -> &str {
    let number = word.match_indices('-').find(|(at, _)| {
        let digits = word[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && word.as_bytes().get(at + 1 + digits) == Some(&b'-')
    });
    number.map_or(word, |(at, _)| &word[..at])
}
