//! The one text of an entry and of a change, over which digests are made.
//!
//! Written by hand rather than by a serializer's settings: the order of keys must not depend on a feature that some other crate of a program turns on. Numbers are as `serde_json` prints them;
//! times are nanoseconds since 1970, as decimal text.

use serde_json::{Map, Value};

use super::{Change, Entry};

/// See [`Entry::canonical`].
pub(super) fn entry(entry: &Entry, space: &str) -> String {
    let mut out = String::with_capacity(512);
    let mut first = true;
    let mut field = |name: &str, write: &mut dyn FnMut(&mut String)| {
        out.push(if std::mem::take(&mut first) { '{' } else { ',' });
        text(&mut out, name);
        out.push(':');
        write(&mut out);
    };
    field("changes_digest", &mut |out| hex(out, &entry.changes_digest));
    field("created", &mut |out| time(out, Some(entry.created.as_nanos())));
    field("credential", &mut |out| text(out, &entry.credential));
    field("data", &mut |out| object(out, &entry.data));
    field("deleted", &mut |out| time(out, entry.deleted.map(annals_event::Timestamp::as_nanos)));
    field("expires", &mut |out| time(out, entry.expires.map(annals_event::Timestamp::as_nanos)));
    field("id", &mut |out| text(out, &entry.id.to_string()));
    field("language", &mut |out| optional(out, entry.language.as_deref()));
    field("logical_key", &mut |out| optional(out, entry.logical_key.as_deref()));
    field("n_changes", &mut |out| text(out, &entry.n_changes.to_string()));
    field("source", &mut |out| text(out, &entry.source));
    field("space", &mut |out| text(out, space));
    field("tags", &mut |out| {
        out.push('[');
        for (n, tag) in entry.tags.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            text(out, tag);
        }
        out.push(']');
    });
    field("type", &mut |out| text(out, entry.entry_type.as_str()));
    field("updated", &mut |out| time(out, entry.updated.map(annals_event::Timestamp::as_nanos)));
    out.push('}');
    out
}

/// See [`Change::canonical`].
pub(super) fn change(change: &Change) -> String {
    let mut out = String::from("{\"at\":");
    time(&mut out, Some(change.at.as_nanos()));
    out.push_str(",\"changed\":");
    object(&mut out, &change.changed);
    out.push('}');
    out
}

/// How many bytes the data takes as text, about.
pub(super) fn length(data: &Map<String, Value>) -> usize {
    data.iter().map(|(key, value)| key.len() + 4 + length_of(value)).sum()
}

fn length_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(values) => values.iter().map(|value| length_of(value) + 1).sum::<usize>() + 2,
        Value::Object(object) => length(object) + 2,
    }
}

fn value(out: &mut String, given: &Value) {
    match given {
        Value::Array(values) => {
            out.push('[');
            for (n, item) in values.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                value(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => object(out, map),
        plain => out.push_str(&plain.to_string()),
    }
}

fn object(out: &mut String, object: &Map<String, Value>) {
    let mut fields: Vec<(&String, &Value)> = object.iter().collect();
    fields.sort_unstable_by_key(|(key, _)| *key);
    out.push('{');
    for (n, (key, item)) in fields.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        text(out, key);
        out.push(':');
        value(out, item);
    }
    out.push('}');
}

fn text(out: &mut String, given: &str) {
    out.push_str(&serde_json::to_string(given).expect("a string is always JSON"));
}

fn optional(out: &mut String, given: Option<&str>) {
    match given {
        Some(given) => text(out, given),
        None => out.push_str("null"),
    }
}

fn time(out: &mut String, nanos: Option<i64>) {
    match nanos {
        Some(nanos) => text(out, &nanos.to_string()),
        None => out.push_str("null"),
    }
}

fn hex(out: &mut String, bytes: &[u8; 32]) {
    text(out, &super::trace::hex(bytes));
}
