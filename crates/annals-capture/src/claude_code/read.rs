//! Bytes to a JSON object, with what a client writes wrong mended.
//!
//! JavaScript's texts may end in half a surrogate pair, which it writes as `\ud83d`; JSON readers of other languages refuse the whole.
//! An event lost to half a smiley would leave its operation open, so that half is read as U+FFFD.

use serde_json::{Map, Value};

/// The object, or what is wrong.
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("empty");
    }
    let value = serde_json::from_slice(bytes)
        .or_else(|_| serde_json::from_slice(mended(&String::from_utf8_lossy(bytes)).as_bytes()));
    match value {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("no JSON object"),
        Err(_) => Err("not JSON"),
    }
}

/// The text with `\ufffd` in place of every escaped half of a surrogate pair.
fn mended(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        left.push_str(&rest[..at]);
        rest = &rest[at..];
        let n_bytes = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                left.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            // An escape of one character, which may be a backslash itself.
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        left.push_str(&rest[..n_bytes]);
        rest = &rest[n_bytes..];
    }
    left.push_str(rest);
    left
}

/// The number of an escape `\u….` that stands at the beginning.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}
