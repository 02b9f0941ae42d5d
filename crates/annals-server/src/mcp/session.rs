//! The session ids of the 2025 era, of which a server keeps nothing: an id is the client's name and version, spelled so that it fits a header.
//!
//! A client of that era says once who it is, and its later requests carry the id that it was given for it. So the id holds what it stands for: it is good on every node and after every
//! restart, it can't be lost, and it opens nothing, since who may do what is decided by the credential of each request. An id that was never given out does not read as one.

use std::fmt::Write;

use axum::http::HeaderMap;

/// The header.
pub(super) const HEADER: &str = "mcp-session-id";
/// What every id begins with: this is the first way of spelling them.
const PREFIX: &str = "annals-1-";
/// The longest name that an id holds, in bytes.
const MAX_BYTES: usize = 200;

/// The id for a client of this name.
pub(super) fn id_of(client: &str) -> String {
    let mut end = client.len().min(MAX_BYTES);
    while !client.is_char_boundary(end) {
        end -= 1;
    }
    let mut id = String::from(PREFIX);
    for byte in client[..end].bytes() {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// The client's name that an id holds; `None` for what is no id of ours.
pub(super) fn client_of(id: &str) -> Option<String> {
    let digits =
        id.strip_prefix(PREFIX).filter(|digits| digits.len().is_multiple_of(2) && digits.len() <= 2 * MAX_BYTES)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')) {
        return None;
    }
    let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}

/// What a request says about its session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Session {
    /// Nothing.
    None,
    /// It belongs to one, of a client of this name.
    Of(String),
    /// It names one that was never given out.
    Unknown,
}

impl Session {
    /// Reads the header.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(HEADER) else { return Self::None };
        value.to_str().ok().and_then(client_of).map_or(Self::Unknown, Self::Of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_the_name_that_it_was_made_of() {
        for name in ["probe/1.0", "", "ü/1", &"é".repeat(300)] {
            let read = client_of(&id_of(name)).unwrap();
            assert!(name.starts_with(&read) && (name.len() <= MAX_BYTES) == (read == name), "{name}");
        }
    }

    #[test]
    fn what_was_never_given_out_is_unknown() {
        for id in [
            "",
            "annals-1-zz",
            "annals-1-6",
            "annals-1-FF",
            "annals-1-ff",
            "6f1c7a1e-0000",
            &id_of("x").replace('1', "2"),
        ] {
            assert_eq!(client_of(id), None, "{id}");
        }
        assert_eq!(client_of(&format!("{PREFIX}{}", "61".repeat(MAX_BYTES + 1))), None);
    }
}
