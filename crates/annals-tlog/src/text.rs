//! Numbers and base64 as the C2SP formats write them, each value in one way only.

use base64ct::{Base64, Encoding};

use crate::Error;

#[cfg(test)]
mod tests;

/// Padded standard base64 (RFC 4648 section 4).
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Reads what [`to_base64`] writes, and nothing else: stray bits at the end, missing padding and line breaks are errors.
/// Many decoders let stray bits pass, and then two texts are one signature.
pub(crate) fn from_base64(text: &str) -> Result<Vec<u8>, Error> {
    // The text may be a private key, so the error does not repeat it.
    Base64::decode_vec(text).map_err(|_| Error::malformed("no padded standard base64"))
}

/// A decimal number without leading zeroes.
pub(crate) fn from_decimal(text: &str) -> Result<u64, Error> {
    let is_canonical =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let number = if is_canonical { text.parse().ok() } else { None };
    number.ok_or_else(|| Error::malformed("no decimal number of 64 bits without leading zeroes"))
}

/// Whether `text` may stand as a line of a note: not empty, and without control characters.
pub(crate) fn is_line(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte >= b' ')
}
