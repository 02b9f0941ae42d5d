//! One pass over JSON text before it is parsed.
//!
//! It finds nesting that would be refused with a poor message, integers that the parser would turn into the nearest
//! float, and counts keys, so that a key standing twice is noticed. It keeps a stack of its own and never recurses. It is
//! no parser: on malformed text it only has to end, and the parser says what is wrong.

use crate::details::{MAX_DEPTH, MAX_INTEGER, integer_out_of_range};
use crate::error::{Invalid, InvalidKind, quoted};

/// What the scan has seen.
pub(super) struct Seen {
    /// The keys of all objects together, each as often as it stands there.
    pub(super) n_keys: usize,
}

/// A level of nesting: the key or index it is at.
enum Level<'a> {
    Object(Option<&'a str>),
    Array(usize),
}

/// Scans `text`. `outer` is the number of levels that are there besides those that details may have, and `field` the
/// name of the whole.
pub(super) fn scan(text: &str, field: &'static str, outer: usize) -> Result<Seen, Invalid> {
    let bytes = text.as_bytes();
    let mut levels: Vec<Level<'_>> = Vec::new();
    let (mut at, mut n_keys) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'{' => levels.push(Level::Object(None)),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => drop(levels.pop()),
            b',' => match levels.last_mut() {
                Some(Level::Object(key)) => *key = None,
                Some(Level::Array(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let end = string_end(bytes, at);
                if let Some(Level::Object(key @ None)) = levels.last_mut() {
                    *key = Some(text.get(at + 1..end - 1).unwrap_or(""));
                    n_keys += 1;
                }
                at = end;
                continue;
            }
            b'-' | b'0'..=b'9' => {
                let end = number_end(bytes, at);
                check_number(&text[at..end], || path(&levels, field))?;
                at = end;
                continue;
            }
            _ => {}
        }
        if levels.len() > MAX_DEPTH + outer {
            levels.truncate(outer.max(1));
            let problem = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Invalid::new(path(&levels, field), InvalidKind::TooDeep, problem));
        }
        at += 1;
    }
    Ok(Seen { n_keys })
}

/// The place after the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let in_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    start + bytes[start..].iter().take_while(|byte| in_number(byte)).count()
}

/// Refuses an integer that can't be held exactly. Fractions and exponents make a float, which is never exact.
fn check_number(literal: &str, path: impl FnOnce() -> String) -> Result<(), Invalid> {
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    if digits.len() < 16 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    match digits.parse::<i64>() {
        Ok(integer) if integer <= MAX_INTEGER => Ok(()),
        _ => Err(integer_out_of_range(path(), literal)),
    }
}

/// `details.files[2].size`
fn path(levels: &[Level<'_>], field: &'static str) -> String {
    // Inside an event, a field is named alone; outside of every field there is only the event.
    if field.is_empty() && !matches!(levels.first(), Some(Level::Object(Some(_)))) {
        return "event".into();
    }
    let mut path = String::from(field);
    for level in levels {
        match level {
            Level::Object(Some(key)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&quoted(key));
            }
            Level::Object(None) => {}
            Level::Array(index) => path.extend(["[", &index.to_string(), "]"]),
        }
    }
    // A member without a name is no place that a message could show.
    if path.is_empty() { "event".into() } else { path }
}
