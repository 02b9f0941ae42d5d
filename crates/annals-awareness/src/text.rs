//! The words by which an entry is found.
//!
//! What it says is stemmed in its own language; what it is labelled with counts as well: its source, its tags, its key, and the days it was made and changed on.
//! How a text becomes words is [`annals_words`]'; which texts an entry has is said here.

use std::collections::HashSet;

use annals_event::Timestamp;
use annals_store::awareness::{Entry, Terms};
use annals_words::{detect, indexed, known, names};
use serde_json::Value;

use crate::moment;

/// Fields of an entry's data that name it, in any type.
const TITLE: [&str; 3] = ["description", "goal", "message"];

/// Fields that say what it is about.
const BODY: [&str; 13] = [
    "content",
    "effect",
    "value",
    "constraints",
    "reason",
    "state_reason",
    "details",
    "diagnostics",
    "conditions",
    "metrics",
    "inventory",
    "recurrence",
    "schema",
];

/// Fields that are names.
const LABELS: [&str; 10] = [
    "key",
    "scope",
    "alert_id",
    "metric",
    "level",
    "family",
    "version",
    "schema_ref",
    "schema_version",
    "learned_from",
];

/// More of an entry is not shown to who gives a second opinion.
const MOST_SHOWN: usize = 2_000;

/// Times that an entry speaks of.
const DAYS: [&str; 2] = ["deliver_at", "snooze_until"];

/// What names an entry.
pub(crate) fn title_of(entry: &Entry) -> String {
    texts_of(entry, &TITLE)
}

/// What an entry says beside that.
pub(crate) fn body_of(entry: &Entry) -> String {
    texts_of(entry, &BODY)
}

/// The beginning of all that an entry says.
pub(crate) fn text_of(entry: &Entry) -> String {
    let mut text = format!("{}{}", title_of(entry), body_of(entry));
    text.truncate(text.floor_char_boundary(MOST_SHOWN));
    text
}

/// The words of an entry.
pub fn terms_of_entry(entry: &Entry) -> Terms {
    let (title, body) = (title_of(entry), body_of(entry));
    let own = entry.language.as_deref();
    let language = own.or_else(|| detect(&title)).or_else(|| detect(&body));
    let mut labels = Labels::default();
    for name in LABELS {
        if let Some(text) = entry.text(name) {
            labels.add(text, language);
        }
    }
    for text in entry.tags.iter().chain([&entry.source]).chain(&entry.logical_key) {
        labels.add(text, language);
    }
    labels.add_day(entry.created);
    let days = DAYS.iter().filter_map(|name| moment::parsed(entry.text(name)?));
    for at in entry.updated.into_iter().chain(days) {
        labels.add_day(at);
    }
    Terms {
        title: indexed(&title, language),
        body: indexed(&body, language),
        labels: labels.words.join(" "),
        language: language.and_then(known).unwrap_or("en"),
    }
}

/// What an entry is labelled with, no word twice.
#[derive(Default)]
struct Labels {
    words: Vec<String>,
    seen: HashSet<String>,
}

impl Labels {
    /// Names are kept as they stand and by their stem.
    fn add(&mut self, text: &str, language: Option<&str>) {
        for word in names(text, language) {
            self.push(word);
        }
    }

    /// A day, its month and its year, as `20261121`, `202611` and `2026`, and the month's English name.
    fn add_day(&mut self, at: Timestamp) {
        let text = moment::written(at);
        let (Some(year), Some(month), Some(day)) = (text.get(..4), text.get(5..7), text.get(8..10)) else { return };
        for word in [format!("{year}{month}{day}"), format!("{year}{month}"), year.to_owned()] {
            self.push(word);
        }
        let name = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
        if let Some(name) = name {
            self.add(name, None);
        }
    }

    fn push(&mut self, word: String) {
        if !word.is_empty() && self.seen.insert(word.clone()) {
            self.words.push(word);
        }
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The texts in these fields, one a line.
fn texts_of(entry: &Entry, fields: &[&str]) -> String {
    let mut out = String::new();
    for value in fields.iter().filter_map(|field| entry.data.get(*field)) {
        gather(value, &mut out);
    }
    out
}

/// Every key, text and number of a value. Text that is JSON is read as text; its signs are no words.
fn gather(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => line(&number.to_string(), out),
        Value::String(text) => line(text, out),
        Value::Array(items) => items.iter().for_each(|item| gather(item, out)),
        Value::Object(members) => {
            for (key, value) in members {
                line(key, out);
                gather(value, out);
            }
        }
    }
}

fn line(text: &str, out: &mut String) {
    out.push_str(text);
    out.push('\n');
}

#[cfg(test)]
mod tests;
