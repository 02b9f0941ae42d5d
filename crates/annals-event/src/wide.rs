//! Looking for bytes eight at a time.
//!
//! Texts here are short, a key or a path, and a loop over single bytes takes longer than everything else that is done
//! with them. The arithmetic is the known one on the bytes of an integer (Warren, "Hacker's Delight", 6-1): a byte is
//! zero, or below a bound, where subtracting borrows into its top bit. A borrow may mark the byte above a hit as well,
//! never one without a hit below it, so that *whether* there is one is exact.

const ONES: u64 = u64::MAX / 255;
const TOPS: u64 = ONES << 7;

/// Whether a NUL is among the bytes.
pub(crate) fn has_nul(bytes: &[u8]) -> bool {
    any(bytes, zeros)
}

/// Whether a byte must be escaped in a JSON string.
pub(crate) fn has_escape(bytes: &[u8]) -> bool {
    any(bytes, |eight| controls(eight) | zeros(eight ^ splat(b'"')) | zeros(eight ^ splat(b'\\')))
}

/// Whether JSON strings can't hold this byte as it is.
pub(crate) fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether anything is marked. The last eight may overlap those before them, and the halves of fewer each other, which
/// changes no answer.
#[inline]
fn any(bytes: &[u8], mark: impl Fn(u64) -> u64) -> bool {
    if let Some(last) = bytes.last_chunk::<8>() {
        let (chunks, _) = bytes.as_chunks::<8>();
        let marks = chunks.iter().fold(0, |marks, chunk| marks | mark(u64::from_le_bytes(*chunk)));
        return marks | mark(u64::from_le_bytes(*last)) != 0;
    }
    let eight = match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32,
        // One to three bytes: with the first, the middle and the last one there is none left.
        _ => match bytes {
            [] => return false,
            [first, .., last] => spread(*first, bytes[bytes.len() / 2], *last),
            [one] => splat(*one),
        },
    };
    mark(eight) != 0
}

fn spread(first: u8, middle: u8, last: u8) -> u64 {
    splat(last) & !0xffff | u64::from(middle) << 8 | u64::from(first)
}

fn splat(byte: u8) -> u64 {
    ONES * u64::from(byte)
}

fn zeros(eight: u64) -> u64 {
    eight.wrapping_sub(ONES) & !eight & TOPS
}

/// Bytes below 0x20.
fn controls(eight: u64) -> u64 {
    eight.wrapping_sub(splat(0x20)) & !eight & TOPS
}

#[cfg(test)]
mod tests;
