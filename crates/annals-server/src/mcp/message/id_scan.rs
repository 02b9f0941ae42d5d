//! The id of a message that is not read: too long to be kept, or too deep.
//!
//! It is fed piece by piece, so that the id is found wherever it stands (several clients write it last), and keeps nothing but the member that it is in. It is no parser: of what is no JSON it says what looks like an id.

use serde_json::Value;

/// The longest id, in bytes of JSON; a longer one is not told.
const MAX_ID_BYTES: usize = 256;

/// What has been seen of a message so far.
#[derive(Default, Debug)]
pub(in crate::mcp) struct IdScan {
    depth: usize,
    deepest: usize,
    in_text: bool,
    is_escaped: bool,
    /// After the colon of a member of the message's own.
    in_value: bool,
    /// The member's key, and its value, as they are written.
    key: Vec<u8>,
    value: Vec<u8>,
    id: Option<Value>,
}

impl IdScan {
    /// Takes the next bytes.
    pub(in crate::mcp) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.step(*byte);
        }
    }

    /// The id, if it has been seen and is a text or a whole number.
    pub(in crate::mcp) fn id(&self) -> Option<Value> {
        self.id.clone()
    }

    /// So many levels it was deep at the deepest.
    pub(super) fn deepest(&self) -> usize {
        self.deepest
    }

    fn step(&mut self, byte: u8) {
        if self.in_text {
            self.keep(byte);
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_text = true;
                self.keep(byte);
            }
            b'{' | b'[' => {
                self.keep(byte);
                self.depth += 1;
                self.deepest = self.deepest.max(self.depth);
            }
            b'}' | b']' => {
                if self.depth == 1 {
                    self.end_member();
                }
                self.depth = self.depth.saturating_sub(1);
            }
            b',' if self.depth == 1 => self.end_member(),
            b':' if self.depth == 1 => self.in_value = true,
            _ => self.keep(byte),
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.depth == 1 {
            let part = if self.in_value { &mut self.value } else { &mut self.key };
            // One more than may be shows that there were too many.
            if part.len() <= MAX_ID_BYTES {
                part.push(byte);
            }
        }
    }

    fn end_member(&mut self) {
        if self.key.trim_ascii() == b"\"id\"" && self.value.len() <= MAX_ID_BYTES {
            let value: Option<Value> = serde_json::from_slice(&self.value).ok();
            self.id = value.filter(|id| id.is_string() || id.is_i64());
        }
        self.key.clear();
        self.value.clear();
        self.in_value = false;
    }
}
