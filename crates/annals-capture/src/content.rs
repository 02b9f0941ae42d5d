//! Sizes, digests and names of what an agent handled.
//!
//! A body is what a file or a conversation is made of; it is known by the name that it stands under, because a text doesn't say of itself what it is.
//! A text is measured and digested as its own bytes, any other value as its JSON without blanks and with its keys in order, so that who has the value can compute the same.

use std::io::{self, BufWriter, Write};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) mod overlap;

/// What bodies stand under, without case and separators.
const BODIES: &[&str] = &[
    "base64",
    "blob",
    "body",
    "cells",
    "content",
    "contents",
    "data",
    "diff",
    "document",
    "filecontent",
    "filetext",
    "html",
    "image",
    "inserttext",
    "instructions",
    "markdown",
    "messages",
    "newsource",
    "newstr",
    "newstring",
    "newtext",
    "oldsource",
    "oldstr",
    "oldstring",
    "oldtext",
    "originalfile",
    "patch",
    "payload",
    "plan",
    "prompt",
    "skillmd",
    "structuredpatch",
    "system",
    "systemprompt",
    "text",
    "updatedfile",
];

/// What is a body by its name.
pub(crate) fn is_body(key: &str) -> bool {
    BODIES.binary_search(&plain(key).as_str()).is_ok()
}

/// A key in lower case and without separators.
pub(crate) fn plain(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ')).flat_map(char::to_lowercase).take(64).collect()
}

/// How many bytes a value has.
pub(crate) fn size(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        _ => json_size(value),
    }
}

/// How many bytes a value has as JSON.
pub(crate) fn json_size(value: &Value) -> u64 {
    let mut counter = Counter(0);
    // Counting doesn't fail, and a value always has a JSON form.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// `{"bytes": N, "sha256": "…"}`.
pub(crate) fn digested(value: &Value) -> Value {
    let Value::String(text) = value else {
        let mut hash = Hashing { hash: Sha256::new(), n_bytes: 0 };
        {
            let mut buffered = BufWriter::new(&mut hash);
            let _ = serde_json::to_writer(&mut buffered, value);
            let _ = buffered.flush();
        }
        return json!({ "bytes": hash.n_bytes, "sha256": hex(&hash.hash.finalize()) });
    };
    json!({ "bytes": text.len(), "sha256": sha256(text.as_bytes()) })
}

/// The digest in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Hashing {
    hash: Sha256,
    n_bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        self.n_bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_bodies_are_sorted_and_found_in_any_case() {
        assert!(BODIES.is_sorted());
        for key in ["content", "newText", "new_string", "NEW-STRING", "systemPrompt", "file_text"] {
            assert!(is_body(key), "{key}");
        }
        assert!(!is_body("context") && !is_body(""));
    }
}
