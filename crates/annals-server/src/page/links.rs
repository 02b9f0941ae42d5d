//! Our own paths. What an event says becomes a part of one only percent-encoded, as a value.

use std::fmt::Write;

use annals::EventId;
use annals_ask::Question;

/// One event.
pub(super) fn event(id: EventId) -> String {
    format!("/events/{id}")
}

/// One session. A name of dots alone would mean another folder to a browser, however it is encoded, and so is shown by its events.
pub(super) fn session(name: &str) -> String {
    if name.bytes().all(|byte| byte == b'.') {
        return events(&[("session_id", name)]);
    }
    let mut path = String::from("/sessions/");
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => path.push(char::from(byte)),
            byte => {
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    path
}

/// One entry.
pub(super) fn entry(id: &str) -> String {
    format!("/awareness/entries/{id}")
}

/// The entries of what these pairs ask.
pub(super) fn entries(pairs: &[(&str, &str)]) -> String {
    of("/awareness/entries", pairs)
}

/// A path of ours with these pairs, a name as often as it stands there.
pub(super) fn of(path: &str, pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, Some(*value))).collect();
    with_query(path, &Question::default().query_with(&pairs))
}

/// The timeline of what these pairs ask.
pub(super) fn events(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, Some(*value))).collect();
    with_query("/events", &Question::default().query_with(&pairs))
}

/// A path with a query, which may be empty.
pub(super) fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::{events, session};

    #[test]
    fn names_stay_in_their_segment() {
        for (name, path) in [
            ("S-1", "/sessions/S-1"),
            ("a/b?c#d", "/sessions/a%2Fb%3Fc%23d"),
            ("\"><script>", "/sessions/%22%3E%3Cscript%3E"),
            ("..", "/events?session_id=.."),
            ("日", "/sessions/%E6%97%A5"),
        ] {
            assert_eq!(session(name), path);
        }
        assert_eq!(events(&[("tool", "a&b=c")]), "/events?tool=a%26b%3Dc");
    }
}
