//! Globs over resources: paths, URLs and names.
//!
//! `*` stands for anything but a slash, `**` for anything, `?` for one character that is no slash. As in an ignore file, a pattern that does not say where it begins
//! (no leading slash, star or scheme) may begin at any folder, so that `src/auth.rs` finds the file wherever the project lies.
//! Matching is iterative with one level of backtracking for each kind of star, so that no pattern makes it explode.

use crate::{Error, ErrorKind};

/// The longest pattern taken, in bytes.
const MAX_PATTERN_BYTES: usize = 1_024;

/// A parsed pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob {
    text: String,
    parts: Vec<Part>,
    /// The other way to begin: at any folder for a pattern that does not say where, at no folder for one that begins with `**/`.
    second: Option<Vec<Part>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Literal(u8),
    OneCharacter,
    WithinSegment,
    Anything,
}

impl Glob {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() || text.len() > MAX_PATTERN_BYTES {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "`resource` is a pattern of {} bytes (hint: give 1 to {MAX_PATTERN_BYTES}, such as `src/*.rs` or `**/.env*`)",
                    text.len()
                ),
            ));
        }
        let mut parts = Vec::new();
        let mut bytes = text.bytes().peekable();
        while let Some(byte) = bytes.next() {
            parts.push(match byte {
                b'*' if bytes.next_if_eq(&b'*').is_some() => {
                    // `**/` also stands for no folder at all, so that `**/.env` finds `.env`.
                    if (parts.is_empty() || parts.last() == Some(&Part::Literal(b'/'))) && bytes.peek() == Some(&b'/') {
                        bytes.next();
                        parts.push(Part::Anything);
                        parts.push(Part::Literal(b'/'));
                        continue;
                    }
                    Part::Anything
                }
                b'*' => Part::WithinSegment,
                b'?' => Part::OneCharacter,
                other => Part::Literal(other),
            });
        }
        let anywhere = !text.starts_with(['/', '*']) && !text.contains("://");
        let any_folder = [Part::Anything, Part::Literal(b'/')];
        let second = if anywhere {
            Some([&any_folder, parts.as_slice()].concat())
        } else {
            parts.strip_prefix(&any_folder).map(<[Part]>::to_vec)
        };
        Ok(Self { text: text.to_owned(), parts, second })
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same as a regular expression, for a database that has those of POSIX: `.` stands for any character there, line breaks included, and `^` and `$` for the ends of the text.
    pub fn regex(&self) -> String {
        let ways = [Some(&self.parts), self.second.as_ref()].into_iter().flatten().map(|parts| regex_of(parts));
        format!("^(?:{})$", ways.collect::<Vec<_>>().join("|"))
    }

    /// Whether a resource fits.
    pub fn is_match(&self, resource: &str) -> bool {
        fits(&self.parts, resource) || self.second.as_ref().is_some_and(|parts| fits(parts, resource))
    }
}

fn regex_of(parts: &[Part]) -> String {
    let mut regex = Vec::new();
    for part in parts {
        match part {
            Part::OneCharacter => regex.extend_from_slice(b"[^/]"),
            Part::WithinSegment => regex.extend_from_slice(b"[^/]*"),
            Part::Anything => regex.extend_from_slice(b".*"),
            Part::Literal(byte) => {
                if byte.is_ascii_punctuation() {
                    regex.push(b'\\');
                }
                regex.push(*byte);
            }
        }
    }
    String::from_utf8(regex).expect("the parts are those of a text, and signs between them are ASCII")
}

/// Matches the whole text, remembering the newest star of each kind to go back to.
///
/// Byte by byte, since UTF-8 lets no character begin within another: a star may stop inside a character, but then neither a literal nor `?` goes on from there.
fn fits(parts: &[Part], text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut part, mut at) = (0, 0);
    let mut within: Option<(usize, usize)> = None;
    let mut anything: Option<(usize, usize)> = None;
    loop {
        match parts.get(part) {
            Some(Part::Anything) => {
                anything = Some((part + 1, at));
                within = None;
                part += 1;
                continue;
            }
            Some(Part::WithinSegment) => {
                within = Some((part + 1, at));
                part += 1;
                continue;
            }
            Some(Part::OneCharacter)
                if text.is_char_boundary(at) && bytes.get(at).is_some_and(|byte| *byte != b'/') =>
            {
                part += 1;
                at += 1;
                while !text.is_char_boundary(at) {
                    at += 1;
                }
                continue;
            }
            Some(Part::Literal(literal)) if bytes.get(at) == Some(literal) => {
                part += 1;
                at += 1;
                continue;
            }
            None if at == bytes.len() => return true,
            _ => {}
        }
        // A mismatch: let the newest star swallow one more byte.
        if let Some((after, start)) = within.filter(|(_, start)| bytes.get(*start).is_some_and(|byte| *byte != b'/')) {
            within = Some((after, start + 1));
            (part, at) = (after, start + 1);
        } else if let Some((after, start)) = anything.filter(|(_, start)| *start < bytes.len()) {
            anything = Some((after, start + 1));
            within = None;
            (part, at) = (after, start + 1);
        } else {
            return false;
        }
    }
}

#[cfg(test)]
mod tests;
