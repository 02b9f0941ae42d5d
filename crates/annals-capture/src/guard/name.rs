//! Whether a text is the name of a guarded file.
//!
//! Case doesn't count, both separators do, `%2e` is a dot, and a pattern counts that matches such a name.

use std::borrow::Cow;

mod pattern;

/// What separates names in a text of several, such as the words of a command.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t'
            | '\n'
            | '\r'
            | ','
            | ';'
            | '='
            | '\''
            | '"'
            | '`'
            | '('
            | ')'
            | '<'
            | '>'
            | '|'
            | '&'
            | '@'
            | '$'
            | ':'
            | '\u{a0}'
            | '\0'
    )
}

/// Whether this names a guarded file, or everything in a guarded folder.
pub(crate) fn is_guarded(name: &str) -> bool {
    if is_guarded_as_is(name) {
        return true;
    }
    if !name.contains('%') {
        return false;
    }
    let once = percent_decoded(name);
    is_guarded_as_is(&once) || (once.contains('%') && is_guarded_as_is(&percent_decoded(&once)))
}

/// The first guarded name in a text of several names.
pub(crate) fn first_in(text: &str) -> Option<String> {
    if !may_be_name(text) {
        return None;
    }
    pieces(text).find_map(guarded_piece).or_else(|| {
        if !text.contains('{') {
            return None;
        }
        // A comma separates names, except within the braces of a shell.
        let words = text.split(|c| c != ',' && is_separator(c));
        words
            .filter(|word| word.len() <= 1024 && word.contains('{') && word.contains(','))
            .find_map(|word| pattern::braces(word).iter().find_map(|written| pieces(written).find_map(guarded_piece)))
    })
}

fn guarded_piece(piece: &str) -> Option<String> {
    let is_one = |name: &str| is_guarded(name) && !is_bare_extension(name);
    if is_one(piece) {
        return Some(piece.to_owned());
    }
    // `-F.env`: an option of one letter with its value.
    let value = piece.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    Some(value[1..].to_owned()).filter(|value| is_one(value))
}

/// `.key` on its own is what `jq` is asked for, a hundred times more often than a file.
fn is_bare_extension(piece: &str) -> bool {
    [".key", ".pem"].iter().any(|extension| piece.eq_ignore_ascii_case(extension))
}

/// The parts of a text that can be names; braces of a shell are written out where that makes few.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_separator).filter(|piece| piece.len() > 3 && may_be_name(piece))
}

/// No guarded name is written without one of these.
fn may_be_name(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'.' | b'%' | b'*' | b'?' | b'['))
}

fn is_guarded_as_is(name: &str) -> bool {
    let name = name.trim_matches(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`'));
    if !name.bytes().any(|byte| matches!(byte, b'.' | b'*' | b'?' | b'[')) {
        return false;
    }
    if name.contains('{') {
        return pattern::braces(name).iter().any(|name| is_guarded_path(name));
    }
    is_guarded_path(name)
}

fn is_guarded_path(path: &str) -> bool {
    let mut parts = path.split(['/', '\\']).filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        if is_ssh(part) {
            return true;
        }
        if parts.peek().is_none() && is_secret(part) {
            return true;
        }
    }
    // A query or a fragment behind the name.
    path.split_once(['?', '#']).is_some_and(|(before, _)| is_guarded_path(before))
}

fn is_ssh(part: &str) -> bool {
    part.eq_ignore_ascii_case(".ssh") || pattern::matches_one_of(part, &[".ssh"])
}

fn is_secret(part: &str) -> bool {
    // Windows drops dots and blanks at the end, and has streams behind a colon.
    let part = part.split(':').rfind(|piece| !piece.is_empty() && !piece.starts_with('$')).unwrap_or_default();
    let part = part.trim_end_matches(['.', ' ', ']', ')', '}']);
    let bytes = part.as_bytes();
    let begins = |head: &[u8]| bytes.get(..head.len()).is_some_and(|first| first.eq_ignore_ascii_case(head));
    let ends =
        |tail: &[u8]| bytes.len().checked_sub(tail.len()).is_some_and(|at| bytes[at..].eq_ignore_ascii_case(tail));
    begins(b".env") || ends(b".pem") || ends(b".key") || pattern::matches_one_of(part, pattern::SECRETS)
}

/// A text with `%2e` and the like read; what isn't UTF-8 then stays as it is.
pub(crate) fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digit = |offset: usize| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
        match (bytes[at], digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.extend(u8::try_from(high * 16 + low));
                at += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}
