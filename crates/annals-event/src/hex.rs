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
