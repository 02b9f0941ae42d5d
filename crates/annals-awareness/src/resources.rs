//! Resources: what is known, by address.
//!
//! The addresses are the contract's: `awareness://briefing`, `alerts`, `alerts/{source}`, `status/{source}`, `knowledge` and `suppressions`. Their content is
//! the JSON of the tool that answers the same, as plain lists instead of pages. Which of them somebody follows is not known here.

mod reading;

use annals_store::awareness::Entry;
use serde_json::Value;

use crate::entry_json;
use crate::refusal::{Code, Refusal};

pub use reading::{Touched, answer, touched};

/// How every address begins.
pub const SCHEME: &str = "awareness://";

/// The addresses without a source, with what they show.
pub const LISTED: [(&str, &str); 4] = [
    ("awareness://briefing", "What needs attention"),
    ("awareness://alerts", "Active alerts"),
    ("awareness://knowledge", "Patterns, context, preferences and notes"),
    ("awareness://suppressions", "Suppressions in force"),
];

/// The addresses with a source.
pub const TEMPLATES: [(&str, &str); 2] = [
    ("awareness://alerts/{source}", "Active alerts of a source"),
    ("awareness://status/{source}", "The newest status of a source"),
];

/// What an address names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resource {
    /// The briefing.
    Briefing,
    /// Active alerts, of a source or of all.
    Alerts(Option<String>),
    /// The status of a source.
    Status(String),
    /// All knowledge.
    Knowledge,
    /// Suppressions in force.
    Suppressions,
}

impl Resource {
    /// Reads an address; nothing for one that names no resource of ours.
    pub fn read(address: &str) -> Option<Self> {
        let path = address.strip_prefix(SCHEME)?;
        match path.split_once('/') {
            None => match path {
                "briefing" => Some(Self::Briefing),
                "alerts" => Some(Self::Alerts(None)),
                "knowledge" => Some(Self::Knowledge),
                "suppressions" => Some(Self::Suppressions),
                _ => None,
            },
            Some(("alerts", source)) => decoded(source).map(|source| Self::Alerts(Some(source))),
            Some(("status", source)) => decoded(source).map(Self::Status),
            Some(_) => None,
        }
    }

    /// Its address, which [`read`](Self::read) reads as the same again. There is none for an empty source.
    pub fn address(&self) -> String {
        let path = match self {
            Self::Briefing => "briefing".to_owned(),
            Self::Alerts(None) => "alerts".to_owned(),
            Self::Alerts(Some(source)) => format!("alerts/{}", encoded(source)),
            Self::Status(source) => format!("status/{}", encoded(source)),
            Self::Knowledge => "knowledge".to_owned(),
            Self::Suppressions => "suppressions".to_owned(),
        };
        format!("{SCHEME}{path}")
    }
}

/// Entries as a resource's text.
pub fn list(entries: &[Entry]) -> Value {
    entries.iter().map(entry_json::full).collect()
}

/// A status as a resource's text: one that is missing is told as an error inside.
pub fn status(source: &str, entry: Option<&Entry>) -> Value {
    if let Some(entry) = entry {
        entry_json::full(entry).into()
    } else {
        let message = format!("No status found for source: {}", annals_ask::shortened(source));
        Refusal::new(Code::NotFound, message).at("source").to_json()
    }
}

/// A source with percent signs for all that is not plain in an address.
fn encoded(source: &str) -> String {
    use std::fmt::Write;
    source.bytes().fold(String::with_capacity(source.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // A text takes whatever is written to it.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// A source without its percent signs; a sign that stands for nothing is itself.
fn decoded(source: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(source.len());
    let mut rest = source.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok().filter(|source| !source.is_empty())
}

#[cfg(test)]
mod tests;
