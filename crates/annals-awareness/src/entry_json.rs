//! Entries as tools answer them: in full, or as a line of a list.
//!
//! Keys and their order of presence are the contract's: a key that says nothing is left out where the original leaves it out, and `null` where it
//! writes that. A language is named as PostgreSQL's text search names it, since that is what the original's clients compare with.

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry, EntryType};
use serde_json::{Map, Value, json};

use crate::moment;

/// How long the trash keeps an entry, as its readers are told.
pub const TRASH_DAYS: i64 = 30;

const NANOS_A_DAY: i64 = 86_400_000_000_000;

/// Whether an answer has entries in full or as lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// With all their data.
    #[default]
    Full,
    /// Without.
    List,
}

impl Mode {
    /// What an argument asks for; any word but `list` is full.
    pub fn of(word: Option<&str>) -> Self {
        if word == Some("list") { Self::List } else { Self::Full }
    }

    /// An entry in this form, without what it was before.
    pub fn show(self, entry: &Entry) -> Map<String, Value> {
        match self {
            Self::Full => full(entry),
            Self::List => listed(entry),
        }
    }
}

/// The full form, without what the entry was before.
pub fn full(entry: &Entry) -> Map<String, Value> {
    let mut shown = head(entry);
    shown.insert("expires".to_owned(), at(entry.expires));
    shown.insert("data".to_owned(), Value::Object(entry.data.clone()));
    if let Some(key) = &entry.logical_key {
        shown.insert("logical_key".to_owned(), key.as_str().into());
    }
    if let Some(language) = &entry.language {
        shown.insert("language".to_owned(), language_name(language).into());
    }
    shown
}

/// The full form with what the entry was before, in `data.changelog`, where it keeps any.
pub fn with_history(entry: &Entry, changes: &[Change]) -> Map<String, Value> {
    let mut shown = full(entry);
    if let Some(Value::Object(data)) = shown.get_mut("data")
        && !changes.is_empty()
    {
        data.insert("changelog".to_owned(), changes.iter().map(change).collect());
    }
    shown
}

/// An entry in the trash: `expires` is when it leaves it.
pub fn trashed(entry: &Entry, mode: Mode) -> Map<String, Value> {
    let mut shown = mode.show(entry);
    if mode == Mode::List {
        return shown;
    }
    let leaves =
        entry.deleted.map(|deleted| Timestamp::from_nanos(deleted.as_nanos().saturating_add(TRASH_DAYS * NANOS_A_DAY)));
    shown.insert("expires".to_owned(), at(leaves));
    if let (Some(Value::Object(data)), Some(expires)) = (shown.get_mut("data"), entry.expires) {
        data.insert("_original_expires".to_owned(), moment::written(expires).into());
    }
    shown
}

/// The form of a list.
pub fn listed(entry: &Entry) -> Map<String, Value> {
    let mut shown = head(entry);
    let message = || entry.text("message").filter(|_| entry.entry_type == EntryType::Alert);
    let description = entry.text("description").or_else(message).unwrap_or_default();
    shown.insert("description".to_owned(), description.into());
    if entry.entry_type == EntryType::Intention {
        for field in ["goal", "state"] {
            shown.insert(field.to_owned(), entry.data.get(field).cloned().unwrap_or_default());
        }
    }
    if let Some(key) = &entry.logical_key {
        shown.insert("logical_key".to_owned(), key.as_str().into());
    }
    shown
}

/// One change of an entry: when, and what the changed fields held before.
pub fn change(change: &Change) -> Value {
    json!({ "updated": moment::written(change.at), "changed": change.changed })
}

/// The name that PostgreSQL's text search has for a language.
pub fn language_name(code: &str) -> &str {
    NAMES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

/// The code of a language by that name, for what is imported.
pub fn language_code(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(_, known)| *known == name).map(|(code, _)| *code)
}

fn head(entry: &Entry) -> Map<String, Value> {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), entry.id.to_string().into());
    shown.insert("type".to_owned(), entry.entry_type.as_str().into());
    shown.insert("source".to_owned(), entry.source.as_str().into());
    shown.insert("tags".to_owned(), entry.tags.clone().into());
    shown.insert("created".to_owned(), at(Some(entry.created)));
    shown.insert("updated".to_owned(), at(entry.updated));
    shown
}

fn at(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| moment::written(at).into())
}

const NAMES: [(&str, &str); 33] = [
    ("ar", "arabic"),
    ("hy", "armenian"),
    ("eu", "basque"),
    ("ca", "catalan"),
    ("da", "danish"),
    ("nl", "dutch"),
    ("en", "english"),
    ("fi", "finnish"),
    ("fr", "french"),
    ("de", "german"),
    ("el", "greek"),
    ("hi", "hindi"),
    ("hu", "hungarian"),
    ("id", "indonesian"),
    ("ga", "irish"),
    ("it", "italian"),
    ("lt", "lithuanian"),
    ("ne", "nepali"),
    ("no", "norwegian"),
    ("pt", "portuguese"),
    ("ro", "romanian"),
    ("ru", "russian"),
    ("sr", "serbian"),
    ("es", "spanish"),
    ("sv", "swedish"),
    ("ta", "tamil"),
    ("tr", "turkish"),
    ("yi", "yiddish"),
    ("zh", "chinese"),
    ("ja", "japanese"),
    ("ko", "korean"),
    ("he", "hebrew"),
    ("th", "thai"),
];

#[cfg(test)]
mod tests;
