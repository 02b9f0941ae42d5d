//! Hexadecimal text of fixed-size ids: lower case out, either case in.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends two digits a byte.
pub(crate) fn push(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// Sixteen bytes from exactly 32 digits, or nothing.
pub(crate) fn read16(digits: impl Iterator<Item = u8>) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let mut n = 0;
    for digit in digits {
        let value = char::from(digit).to_digit(16)?;
        let byte = bytes.get_mut(n / 2)?;
        *byte = (*byte << 4) | u8::try_from(value).ok()?;
        n += 1;
    }
    (n == 32).then_some(bytes)
}

/// 32 bytes from exactly 64 digits, or nothing.
pub(crate) fn read32(digits: &str) -> Option<[u8; 32]> {
    let (first, second) = digits.split_at_checked(32)?;
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&read16(first.bytes())?);
    bytes[16..].copy_from_slice(&read16(second.bytes())?);
    Some(bytes)
}
