//! The RFC 8785 form of a flat object whose values are all strings and whose names are plain: nothing but quotes and escapes is left to do.

use crate::id::EventId;
use crate::time::Timestamp;

/// An object that is being written. The caller gives the names in their order.
pub(super) struct Object<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
}

impl<'o> Object<'o> {
    /// Begins behind what is there.
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// Ends the object; false, and nothing is left of it, when it has no member.
    pub(super) fn end_unless_empty(self) -> bool {
        let has_members = self.start < self.out.len();
        if has_members {
            self.out.push(b'}');
        }
        has_members
    }

    /// A text, if there is one.
    pub(super) fn text(&mut self, name: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        self.begin(name);
        escape(text, self.out);
        self.out.push(b'"');
    }

    /// Bytes as hexadecimal digits in lower case, if there are any.
    pub(super) fn hex(&mut self, name: &str, bytes: Option<&[u8]>) {
        let Some(bytes) = bytes else { return };
        self.begin(name);
        self.digits(bytes);
        self.out.push(b'"');
    }

    /// A count, if there is one.
    pub(super) fn number(&mut self, name: &str, number: Option<u64>) {
        let Some(number) = number else { return };
        self.begin(name);
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&digits[at..]);
        self.out.push(b'"');
    }

    /// A time, if there is one.
    pub(super) fn time(&mut self, name: &str, time: Option<Timestamp>) {
        let Some(time) = time else { return };
        self.begin(name);
        self.out.extend_from_slice(&time.text());
        self.out.push(b'"');
    }

    /// An id as it is shown.
    pub(super) fn id(&mut self, name: &str, id: EventId) {
        self.begin(name);
        let bytes = id.as_bytes();
        for (n, part) in [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]].into_iter().enumerate()
        {
            if 0 < n {
                self.out.push(b'-');
            }
            self.digits(part);
        }
        self.out.push(b'"');
    }

    fn begin(&mut self, name: &str) {
        self.out.push(if self.out.len() == self.start { b'{' } else { b',' });
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":\"");
    }

    fn digits(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.out.extend(bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
    }
}

/// Appends a text as RFC 8785 section 3.2.2.2 escapes it: quote and backslash, the five short forms, and `\u00xx` for other controls.
fn escape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if b' ' <= byte && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[done..at]);
        done = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            8 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            12 => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            control => {
                out.extend_from_slice(b"\\u00");
                out.push(b'0' + (control >> 4));
                out.push(char::from_digit(u32::from(control & 15), 16).map_or(b'0', |digit| digit as u8));
            }
        }
    }
    out.extend_from_slice(&bytes[done..]);
}
