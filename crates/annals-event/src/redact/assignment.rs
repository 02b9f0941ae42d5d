//! Secrets that are known by the key beside them in running text.
//!
//! Around a stem of a sensitive key the whole identifier is taken and judged as a key of details would be. What follows
//! decides whether it is given a value: `=`, `:`, a tag's `>`, or, for a flag, a space. Quotes may have any number of
//! backslashes before them, because text is quoted again each time it is put into another text.

use std::ops::Range;

use super::forms::{argument, is_token, run};
use super::keys::{Keys, Sensitivity, WHOLE};
use super::{REDACTED, neighbours};

/// The longest identifier that is taken as a key, in bytes to each side of the stem.
const MAX_IDENTIFIER: usize = 64;

/// What stands for a type or for nothing where a value could be.
const NO_VALUES: &[&str] = &[
    "string",
    "str",
    "&str",
    "&'static",
    "bool",
    "boolean",
    "number",
    "int",
    "integer",
    "float",
    "any",
    "object",
    "bytes",
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "option",
    "optional",
    "required",
    "yes",
    "no",
    "self",
    "this",
    "unknown",
    "never",
    "void",
    "text",
    "varchar",
    "char",
    "uuid",
    "secretstr",
    "secretstring",
];

/// How the key and its value are joined.
#[derive(Clone, Copy, PartialEq)]
enum Joint {
    Equals,
    Colon,
    Tag,
    Flag,
    /// `PASSWORD 'x'`, as in SQL.
    Quote,
}

/// The value that the key around `stem` is given, if it is a sensitive one.
pub(super) fn value(text: &str, stem: Range<usize>, keys: &Keys) -> Option<Range<usize>> {
    if !is_plausible(text, &stem) {
        return None;
    }
    let identifier = identifier(text, &stem);
    let name = text[identifier.clone()].trim_matches(['-', '.']);
    if name.ends_with("sshpass") {
        return sshpass(text, identifier.end);
    }
    let sensitivity = match keys.sensitivity(name) {
        Sensitivity::None if is_secret_parameter(text, &identifier) => Sensitivity::Text,
        Sensitivity::None => keys.sensitivity(&text[with_word_before(text, identifier.start)..identifier.end]),
        sensitivity => sensitivity,
    };
    if sensitivity == Sensitivity::None || is_complaint(text, identifier.start) {
        return None;
    }
    let (joint, start) = joint(text, &identifier, name)?;
    if joint == Joint::Colon && is_topic(text, &identifier, name) {
        return None;
    }
    // A path is known by how it begins; running to its end first would be long on hostile text.
    if !sensitivity.hides_text(text[start..].trim_start_matches(['\\', '"', '\''])) {
        return None;
    }
    let value = value_at(text, start, joint, &identifier, name)?;
    let content = &text[value.clone()];
    let hidden =
        !content.is_empty() && !was_redacted(text, &value) && !content.bytes().all(|byte| byte == b'*' || byte == b'.');
    hidden.then_some(value)
}

/// Whether the value is what an earlier redaction left: the mark, alone or behind a scheme or a name.
fn was_redacted(text: &str, value: &Range<usize>) -> bool {
    if text[value.start..].starts_with(REDACTED) && value.len() <= REDACTED.len() {
        return true;
    }
    let content = &text[value.clone()];
    let rest = content.replace(REDACTED, "");
    let rest = rest.trim_matches(|c: char| c.is_ascii_punctuation() || c == ' ').to_ascii_lowercase();
    content.contains(REDACTED) && ["", "bearer", "basic", "token", "digest", "apikey"].contains(&rest.as_str())
}

/// The same look at the neighbours that the screen takes, so that both find the same.
fn is_plausible(text: &str, stem: &Range<usize>) -> bool {
    neighbours::is_plausible(&text.as_bytes()[stem.clone()].to_ascii_lowercase(), text.as_bytes(), stem.start)
}

fn identifier(text: &str, stem: &Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let belongs = |byte: &u8| is_token(*byte) || *byte == b'.';
    let before = bytes[..stem.start].iter().rev().take(MAX_IDENTIFIER).take_while(|byte| belongs(byte)).count();
    // `sig=` has its joint in it already.
    let stem_end = stem.end - usize::from(bytes[stem.end - 1] == b'=');
    let after = bytes[stem_end..].iter().take(MAX_IDENTIFIER).take_while(|byte| belongs(byte)).count();
    let mut start = stem.start - before;
    // The letter of a `\n` written out is no part of the name.
    if start > 0 && bytes[start - 1] == b'\\' && matches!(bytes[start], b'n' | b'r' | b't') && start + 1 < stem_end {
        start += 1;
    }
    start..stem_end + after
}

/// `api key` and `private key` are two words.
fn with_word_before(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    if start < 2 || bytes[start - 1] != b' ' {
        return start;
    }
    start - 1 - bytes[..start - 1].iter().rev().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count()
}

/// `?key=…`, `&sig=…`: secret in a URL's query, and there alone.
fn is_secret_parameter(text: &str, identifier: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let in_query = identifier.start > 0 && matches!(bytes[identifier.start - 1], b'?' | b'&');
    let long = || run(text, identifier.end + 1, |byte| is_token(byte) || byte == b'%') - identifier.end > 16;
    in_query
        && bytes.get(identifier.end) == Some(&b'=')
        && ["key", "sig", "signature"].iter().any(|name| text[identifier.clone()].eq_ignore_ascii_case(name))
        && long()
}

/// `unexpected token: …` is a compiler speaking.
fn is_complaint(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end_matches([' ', '\t']);
    ["expected", "invalid", "illegal", "Expected", "Invalid", "Illegal"].iter().any(|word| before.ends_with(word))
        && before.len() < start
}

/// `auth: mend the login` and `bearer: the person who …` speak about something, where `"auth": "…"` gives a value.
fn is_topic(text: &str, identifier: &Range<usize>, name: &str) -> bool {
    let is_bare = matches!(text.as_bytes().get(identifier.end), Some(b':' | b' '));
    is_bare && WHOLE.iter().any(|entry| name.eq_ignore_ascii_case(entry))
}

/// How the identifier is joined to what follows, and where that begins.
fn joint(text: &str, identifier: &Range<usize>, name: &str) -> Option<(Joint, usize)> {
    let bytes = text.as_bytes();
    let closed = run(text, identifier.end, |byte| b"\\\"'`]".contains(&byte));
    let quoted = closed > identifier.end;
    let spaced = run(text, closed, |byte| matches!(byte, b' ' | b'\t'));
    let encoded = text.get(spaced..spaced + 3).unwrap_or("");
    if encoded.eq_ignore_ascii_case("%3d") || encoded.eq_ignore_ascii_case("%3a") {
        return Some((Joint::Equals, spaced + 3));
    }
    let end = run(text, spaced, |byte| b":=>+!".contains(&byte));
    let blank = |byte: u8| matches!(byte, b' ' | b'\t') || (quoted && byte.is_ascii_whitespace());
    match &text[spaced..end] {
        ">" if identifier.start > 0 && bytes[identifier.start - 1] == b'<' => Some((Joint::Tag, end)),
        "" if text[identifier.clone()].starts_with('-') => {
            let start = run(text, identifier.end, |byte| byte.is_ascii_whitespace() || b"\\\"',".contains(&byte));
            // The quotes that open the value are wanted back.
            let n_opening =
                text[identifier.end..start].bytes().rev().take_while(|byte| b"\\\"'".contains(byte)).count();
            (start > identifier.end && bytes.get(start) != Some(&b'-')).then_some((Joint::Flag, start - n_opening))
        }
        "" if spaced > closed && name.to_ascii_lowercase().ends_with("password") => {
            matches!(bytes.get(spaced), Some(b'\'' | b'"')).then_some((Joint::Quote, spaced))
        }
        "::" | ">" | "+" | "!" | "" | ">=" => None,
        // `token://` is a scheme, and `://token:` a user or a host.
        ":" if text[end..].starts_with("//") || text[..identifier.start].ends_with("://") => None,
        joint => {
            let kind = if joint.contains('=') { Joint::Equals } else { Joint::Colon };
            Some((kind, run(text, end, blank)))
        }
    }
}

fn value_at(text: &str, start: usize, joint: Joint, identifier: &Range<usize>, name: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    if joint == Joint::Tag {
        return Some(start..run(text, start, |byte| byte != b'<'));
    }
    let n_backslashes = run(text, start, |byte| byte == b'\\') - start;
    let open = start + n_backslashes;
    if let Some(&quote @ (b'"' | b'\'' | b'`')) = bytes.get(open) {
        return Some(open + 1..quoted_end(text, open + 1, quote, n_backslashes));
    }
    if joint == Joint::Quote {
        return None;
    }
    if matches!(bytes.get(start), Some(b'{' | b'[')) && joint == Joint::Colon && !text[start..].starts_with(REDACTED) {
        return Some(start..nested_end(text, start));
    }
    if is_line_value(text, joint, identifier, name) {
        let end = line_end(text, start);
        return (!is_no_value(&text[start..end])).then_some(start..end);
    }
    bare(text, start, joint)
}

/// A value without quotes: up to what can't be part of it.
fn bare(text: &str, start: usize, joint: Joint) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut end = start;
    if text[start..].starts_with("${") {
        return None;
    }
    while let Some(&byte) = bytes.get(end) {
        let escape = byte == b'\\' && matches!(bytes.get(end + 1), Some(b'n' | b'r' | b't' | b'"' | b'\'' | b'\\'));
        let encoded = text.get(end..end + 3).is_some_and(|part| part == "%26");
        if escape || encoded || byte.is_ascii_whitespace() || b"\"'`&;|<>()".contains(&byte) {
            break;
        }
        end += 1;
    }
    let value = text.get(start..end)?.trim_end_matches([',', '.', '}', ']', ':']);
    let is_call = bytes.get(end) == Some(&b'(')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:".contains(&byte));
    (!is_call && (joint == Joint::Flag || !is_no_value(value)) && !is_variable(value))
        .then(|| start..start + value.len())
}

/// `String`, `Option<String>,`, `null`
fn is_no_value(value: &str) -> bool {
    let word = value.trim_end_matches([',', ';']).split(['<', '(', '|']).next().unwrap_or("").trim();
    NO_VALUES.contains(&word.to_ascii_lowercase().as_str())
}

/// `$TOKEN`, `${TOKEN}`, `%TOKEN%`, `process.env.TOKEN`
fn is_variable(value: &str) -> bool {
    let name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    value
        .strip_prefix('$')
        .is_some_and(|rest| name(rest) || rest.is_empty() || rest.starts_with('{') || rest.starts_with("env:"))
        || value.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).is_some_and(name)
        || ["process.env", "os.environ", "os.getenv", "env.", "self.", "this.", "args.", "config.", "settings."]
            .iter()
            .any(|prefix| value.starts_with(prefix))
}

/// Where the closing quote stands: with as many backslashes before it as the opening one had, or fewer, where the text
/// around this one ends. A quote inside the value has more.
fn quoted_end(text: &str, start: usize, quote: u8, n_backslashes: usize) -> usize {
    let bytes = text.as_bytes();
    let mut n_before = 0;
    for (at, &byte) in bytes.iter().enumerate().skip(start) {
        if byte == b'\\' {
            n_before += 1;
            continue;
        }
        if byte == quote && (n_before < n_backslashes || n_before % (2 * (n_backslashes + 1)) == n_backslashes) {
            return at - n_before.min(n_backslashes);
        }
        n_before = 0;
    }
    bytes.len()
}

/// The end of an object or array in text, by counting brackets.
fn nested_end(text: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// Headers and what may have spaces reach to the end of their line, and so does `password: …` on a line of its own.
fn is_line_value(text: &str, joint: Joint, identifier: &Range<usize>, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let words = ends(&["phrase", "phrases", "mnemonic"]);
    let spaced = words || ends(&["authorization", "cookie", "codes"]);
    if joint != Joint::Colon {
        return joint == Joint::Equals && (words || ends(&["authorization"]));
    }
    let before = text[..identifier.start].trim_end_matches([' ', '\t', '-']);
    spaced || before.is_empty() || before.ends_with('\n') || before.ends_with("\\n")
}

fn line_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = start;
    while let Some(&byte) = bytes.get(end) {
        let escape = byte == b'\\' && matches!(bytes.get(end + 1), Some(b'n' | b'r' | b'"' | b'\'' | b'\\'));
        if escape || matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'`') {
            break;
        }
        end += 1;
    }
    start + text[start..end].trim_end().len()
}

/// `sshpass -p SECRET`
fn sshpass(text: &str, from: usize) -> Option<Range<usize>> {
    let start = argument(text, from, " -p")?;
    let end = run(text, start, |byte| !byte.is_ascii_whitespace() && !b"\"'`\\".contains(&byte));
    (end > start && !is_variable(&text[start..end])).then_some(start..end)
}
