//! What a change makes of an entry, and what it leaves in its history.
//!
//! `update_entry` and a second `remember` under one key are the same thing here: fields that are wished for, held against those that are there. What
//! differs is stored, also where the field is new, and what it held before becomes a [`Change`]. Nothing that differs, no change.
//! The entry must have been read for change; who holds the lock is not known here, and neither is the clock.

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry, EntryId};
use serde_json::{Map, Value};

use crate::entry_json;
use crate::moment;
use crate::refusal::{Code, Refusal};

/// Fields that a caller wants to hold something. What is `None` stays as it is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Wished {
    /// Another source.
    pub source: Option<String>,
    /// Other tags, all of them.
    pub tags: Option<Vec<String>>,
    /// Another language, by its code; `Some(None)` for none.
    pub language: Option<Option<&'static str>>,
    /// Fields of the data.
    pub data: Map<String, Value>,
}

impl Wished {
    /// Also wishes for a field of the data, where a value is given.
    pub fn with(mut self, field: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.data.insert(field.to_owned(), value.into());
        }
        self
    }

    /// Whether nothing is wished for.
    pub fn is_empty(&self) -> bool {
        self.source.is_none() && self.tags.is_none() && self.language.is_none() && self.data.is_empty()
    }

    /// Changes the entry, and answers what it was before; `None` where nothing differs, and then the entry is as it was.
    pub fn apply(self, entry: &mut Entry, now: Timestamp) -> Option<Change> {
        let mut was = Map::new();
        if let Some(source) = self.source.filter(|source| *source != entry.source) {
            was.insert("source".to_owned(), std::mem::replace(&mut entry.source, source).into());
        }
        if let Some(tags) = self.tags.filter(|tags| *tags != entry.tags) {
            was.insert("tags".to_owned(), std::mem::replace(&mut entry.tags, tags).into());
        }
        if let Some(language) = self.language.filter(|language| *language != entry.language.as_deref()) {
            let name = entry.language.as_deref().map_or("simple", entry_json::language_name);
            was.insert("language".to_owned(), name.into());
            entry.language = language.map(str::to_owned);
        }
        for (field, value) in self.data {
            if entry.data.get(&field) != Some(&value) {
                // A field that is new held nothing, which is worth keeping as well.
                let before = entry.data.insert(field.clone(), value).unwrap_or(Value::Null);
                was.insert(field, before);
            }
        }
        if was.is_empty() {
            return None;
        }
        let at = later(entry, now);
        entry.updated = Some(at);
        Some(Change { at, changed: was })
    }
}

/// The time of the next change of an entry: now, but later than its last one, so that two changes never have the same time for `expected_updated`.
pub fn later(entry: &Entry, now: Timestamp) -> Timestamp {
    let least = Timestamp::from_nanos(moment::kept(entry.touched()).as_nanos().saturating_add(1_000));
    moment::kept(now).max(least)
}

/// Holds an entry against the time at which its reader saw it last changed: `updated`, or `created` of one that never was.
///
/// Errors: a conflict, with the entry as it stands.
pub fn expect_unchanged(entry: &Entry, expected: Option<Timestamp>) -> Result<(), Refusal> {
    let Some(expected) = expected else { return Ok(()) };
    if moment::kept(entry.touched()) == moment::kept(expected) {
        return Ok(());
    }
    let message = "the entry was changed by somebody else; read `current` and decide again";
    Err(Refusal::new(Code::Conflict, message)
        .at("expected_updated")
        .with_value(moment::written(expected))
        .with("current", entry_json::full(entry)))
}

/// Holds the absence of an entry against the time at which its caller says it was last changed.
///
/// Errors: a conflict, since whoever expects an entry would not have it made anew.
pub fn expect_absent(expected: Option<Timestamp>) -> Result<(), Refusal> {
    let Some(expected) = expected else { return Ok(()) };
    let message = "there is no such entry, or no more (hint: leave `expected_updated` out, and it is made)";
    let refusal = Refusal::new(Code::Conflict, message).at("expected_updated");
    Err(refusal.with_value(moment::written(expected)).with("current", Value::Null))
}

/// Content as a note keeps it: text as it is, anything else as JSON text, spaced as the original writes it.
pub fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        other => {
            let mut out = String::new();
            spaced(other, &mut out);
            out
        }
    }
}

/// Related entries as the data keeps them: ids, none twice, the entry itself left out.
pub fn related(ids: &[String], own: Option<EntryId>) -> Result<Value, Refusal> {
    let mut kept: Vec<String> = Vec::new();
    for text in ids {
        let id: EntryId = text.trim().parse().map_err(|_| {
            Refusal::parameter("related_ids", "`related_ids` must be a list of entry ids").with_value(text.as_str())
        })?;
        let shown = id.to_string();
        if Some(id) != own && !kept.contains(&shown) {
            kept.push(shown);
        }
    }
    Ok(kept.into())
}

fn spaced(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { ", " });
                spaced(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (n, (key, item)) in members.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { ", " });
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push_str(": ");
                spaced(item, out);
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests;
