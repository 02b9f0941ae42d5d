//! Secrets that are known by their form alone.
//!
//! Each function gets a text and the place of what the automaton found there, and says which bytes are secret. Ranges
//! may end inside a character; [`on_boundaries`] mends that once for all.

use std::ops::Range;

use super::REDACTED;

/// The longest label of a PEM block that is looked at.
const MAX_LABEL: usize = 64;

/// The longest user and password that are looked for in a URL, in bytes.
const MAX_USER_INFO: usize = 2048;

/// How much of a long run of characters is looked at to tell what it is, in bytes.
const MAX_TELLING: usize = 2048;

/// How far behind a command its credentials are looked for, in bytes.
const MAX_COMMAND: usize = 1024;

/// A provider's prefix and at least so many characters behind it.
pub(super) fn prefixed(text: &str, place: Range<usize>, n_least: usize) -> Option<Range<usize>> {
    if !begins_word(text, place.start) {
        return None;
    }
    let end = run(text, place.end, is_token);
    (end - place.end >= n_least).then_some(place.start..end)
}

/// `sk-` is short and stands in words (`sk-learn`): what follows must look random.
pub(super) fn open_ai(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    if !begins_word(text, place.start) {
        return None;
    }
    let tail = &text[place.end..run_within(text, place.end, 256, is_token)];
    let has = |wanted: fn(&u8) -> bool| tail.bytes().any(|byte| wanted(&byte));
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && tail.len() >= 8;
    let long = tail.split(['-', '_']).any(|part| part.len() >= 16);
    (mixed || long).then(|| place.start..run(text, place.end, is_token))
}

/// An access key's id: the prefix and sixteen capitals and digits.
pub(super) fn aws(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let end = run(text, place.end, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (begins_word(text, place.start) && end - place.end == 16).then_some(place.start..end)
}

/// Two or more parts of base64url, the first of them the beginning of a JSON object.
pub(super) fn jwt(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    // The first part is a short header: without a dot behind it this is no token.
    let mut end = run_within(text, place.end, MAX_TELLING, is_part);
    if !begins_word(text, place.start) || end - place.start < 12 {
        return None;
    }
    let mut n_parts = 1;
    while text.as_bytes().get(end) == Some(&b'.') {
        let next = run(text, end + 1, is_part);
        if n_parts == 1 && next - end < 4 {
            return None;
        }
        n_parts += 1;
        end = next;
        if next < text.len() && n_parts > 5 {
            break;
        }
    }
    (n_parts >= 2).then_some(place.start..end)
}

/// From `-----BEGIN … PRIVATE KEY…-----` to the end of its block or of the text; or, where the beginning was cut off,
/// from the first of the base64 lines.
pub(super) fn pem(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let label_end = place.end + text[place.end..].bytes().take(MAX_LABEL).position(|byte| byte == b'-')?;
    if !text[place.end..label_end].to_ascii_uppercase().contains("PRIVATE KEY") {
        return None;
    }
    let after_label = run(text, label_end, |byte| byte == b'-');
    let begins = text.as_bytes()[place.start + 5].eq_ignore_ascii_case(&b'b');
    if begins {
        let end = text[after_label..].find("-----END ").map_or(text.len(), |at| {
            let label = after_label + at + 9;
            run(text, run(text, label, |byte| byte != b'-' && byte != b'\n'), |byte| byte == b'-')
        });
        return Some(place.start..end);
    }
    if text[..place.start].contains("-----BEGIN ") {
        return None;
    }
    let is_body = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\\ \r\n\t:,".contains(byte);
    let n_body = text.as_bytes()[..place.start].iter().rev().take_while(|byte| is_body(byte)).count();
    Some(place.start - n_body..after_label)
}

/// `user:pass` between `://` and `@`; also where the password has a `/` in it that should have been escaped.
pub(super) fn user_info(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let start = place.end;
    if !text.as_bytes()[start..].contains(&b'@') {
        return None;
    }
    let belongs = |byte: u8| !byte.is_ascii_whitespace() && !b"\"'<>`\\|".contains(&byte);
    let end = run_within(text, start, MAX_USER_INFO, belongs);
    let rest = &text[on_boundaries(text, start..end)];
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    if let Some(at) = authority.rfind('@') {
        let info = &authority[..at];
        let colon = info.find(':').or_else(|| info.to_ascii_lowercase().find("%3a"));
        // A name alone is no secret, but some pass a token as the name.
        let secret = if colon.is_some() { info.len() > 1 } else { info.len() >= 20 };
        return (secret && info != REDACTED).then_some(start..start + at);
    }
    let (_, port) = authority.split_once(':')?;
    let at = rest.rfind('@')?;
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_address = authority.starts_with('[');
    (!is_port && !is_address).then_some(start..start + at)
}

/// `Bearer` and something that is no ordinary word.
pub(super) fn bearer(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let start = skip_spaces(text, place.end);
    if start == place.end {
        return None;
    }
    let end = run(text, start, |byte| is_token(byte) || b".~+/=%".contains(&byte));
    let token = text[start..end].trim_end_matches('.');
    let plain = token.bytes().all(|byte| byte.is_ascii_lowercase())
        || (token[1.min(token.len())..].bytes().all(|byte| byte.is_ascii_lowercase()) && token.len() < 16);
    let random = token.len() >= 16 || (token.len() >= 6 && !plain);
    random.then_some(start..start + token.len())
}

/// `Basic` and base64 of `user:pass`.
pub(super) fn basic(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let start = skip_spaces(text, place.end - 1);
    let end = run(text, start, |byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte));
    let decoded = base64(&text.as_bytes()[start..end])?;
    let printable = decoded.iter().all(|byte| !byte.is_ascii_control());
    (printable && decoded.contains(&b':')).then_some(start..end)
}

/// The path of a webhook is all that one needs to write to it.
pub(super) fn webhook(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let end = run(text, place.end, |byte| is_token(byte) || byte == b'/');
    (end - place.end >= 16).then_some(place.end..end)
}

/// `curl … -u user:pass`, and every other login on the line: a proxy has one of its own.
pub(super) fn curl(text: &str, place: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let near = &text[..text.floor_char_boundary(place.end + MAX_COMMAND)];
    for flag in [" -u", " --user ", " --user=", " --proxy-user ", " --proxy-user=", " -U"] {
        let mut from = place.end;
        while let Some(start) = argument(near, from, flag) {
            let end = run(text, start, |byte| !byte.is_ascii_whitespace() && !b"\"'`\\|;".contains(&byte));
            let password = text[start..end].split_once(':').map_or("", |(_, password)| password);
            if !password.is_empty() && !password.starts_with('$') {
                found.push(start..end);
            }
            from = start;
        }
    }
    found
}

/// `mysql … -pSECRET`, where the secret follows the flag without a space.
pub(super) fn mysql(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let start = argument(text, place.end, " -p")?;
    if text.as_bytes()[start - 1].is_ascii_whitespace() {
        return None;
    }
    let end = run(text, start, |byte| !byte.is_ascii_whitespace() && !b"\"'`\\|;".contains(&byte));
    (end > start && !text[start..end].starts_with('$')).then_some(start..end)
}

/// Where the argument of a flag begins, on the command's own line.
pub(super) fn argument(text: &str, from: usize, flag: &str) -> Option<usize> {
    let line = &text.as_bytes()[from..text.len().min(from + MAX_COMMAND)];
    let line = &line[..line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len())];
    let at = line.windows(flag.len()).position(|part| part == flag.as_bytes())?;
    Some(run(text, from + at + flag.len(), |byte| b" \t\"'\\=".contains(&byte)))
}

/// The text with `\u0070` and the like read as the letters they are, if there are any: one level of backslashes.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let letter = |escape: &str| {
        let code = u8::from_str_radix(escape.get(4..6)?, 16).ok()?;
        (escape.starts_with("\\u00") && (0x20..0x7f).contains(&code)).then(|| char::from(code))
    };
    let mut read: Option<String> = None;
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find("\\u00") {
        at += found;
        if let Some(letter) = letter(&text[at..]) {
            let read = read.get_or_insert_default();
            read.push_str(text[from..at].trim_end_matches('\\'));
            read.push(letter);
            from = at + 6;
        }
        at += 4;
        at = at.max(from);
    }
    read.map(|read| read + &text[from..])
}

/// Widens a range to whole characters.
pub(super) fn on_boundaries(text: &str, range: Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (range.start.min(text.len()), range.end.min(text.len()));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// Where a run of such bytes ends.
pub(super) fn run(text: &str, start: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let start = start.min(text.len());
    start + text.as_bytes()[start..].iter().take_while(|byte| belongs(**byte)).count()
}

/// The same, looking at no more than `most` bytes.
fn run_within(text: &str, start: usize, most: usize, belongs: impl Fn(u8) -> bool) -> usize {
    start + text.as_bytes()[start..].iter().take(most).take_while(|byte| belongs(**byte)).count()
}

/// Letters, digits, `-` and `_`.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Whether no letter or digit stands before; those of `\n` and `%3D` written out don't count.
fn begins_word(text: &str, start: usize) -> bool {
    let before = &text.as_bytes()[..start];
    match before {
        [] | [.., b'\\', b'n' | b'r' | b't'] | [.., b'%', _, _] => true,
        [.., last] => !last.is_ascii_alphanumeric(),
    }
}

fn skip_spaces(text: &str, start: usize) -> usize {
    let mut at = start;
    loop {
        let next = run(text, at, |byte| matches!(byte, b' ' | b'\t' | b'+' | b':' | b'=' | b'\n'));
        at = if text[next..].starts_with("%20") { next + 3 } else { next };
        if at == next {
            return at;
        }
    }
}

/// Base64 in either alphabet, with or without padding.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let digits: &[u8] = text.trim_ascii_end();
    let mut bytes = Vec::with_capacity(digits.len());
    let (mut bits, mut n_bits) = (0_u32, 0);
    for byte in digits.iter().take_while(|byte| **byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push(u8::try_from(bits >> n_bits).ok()?);
            bits &= (1 << n_bits) - 1;
        }
    }
    (bytes.len() >= 3).then_some(bytes)
}
