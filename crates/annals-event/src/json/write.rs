//! From a [`StoredEvent`] to its flat JSON object.

use std::fmt::Write;

use crate::column::{Column, Group};
use crate::stored::StoredEvent;

/// Appends the event as one line of JSON without the line's end: the columns in the order of the documentation, times
/// in RFC 3339, details as they are stored, absent columns left out.
pub fn write(event: &StoredEvent, out: &mut String) {
    let mut object = Object { out, n_members: 0 };
    object.number("seq", event.seq);
    object.text("id", &event.id.to_string());
    object.text("event_type", &event.event_type);
    object.text("created_at", &event.created_at.to_string());
    object.text("recorded_at", &event.recorded_at.to_string());
    if let Some(at) = event.occurred_at {
        object.text("occurred_at", &at.to_string());
    }
    object.text("space", &event.space);
    if let Some(credential) = &event.credential {
        object.text("credential", credential);
    }
    object.text("producer", &event.producer.to_string());
    object.number("pseq", event.pseq);
    object.group(event, Group::Operation);
    object.text("phase", event.phase.as_str());
    if let Some(outcome) = event.outcome {
        object.text("outcome", outcome.as_str());
    }
    if let Some(millis) = event.duration_ms {
        object.number("duration_ms", millis);
    }
    object.number("n_redacted", u64::from(event.n_redacted));
    object.group(event, Group::Who);
    object.group(event, Group::Context);
    if let Some(details) = &event.details {
        object.verbatim("details", details);
    }
    if let Some(seq) = event.erased_by {
        object.number("erased_by", seq);
    }
    object.out.push('}');
}

/// Appends a text as a JSON string, quotes included.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => write!(out, "\\u{control:04x}").expect("a string takes all text"),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

struct Object<'o> {
    out: &'o mut String,
    n_members: usize,
}

impl Object<'_> {
    fn name(&mut self, name: &str) {
        self.out.push(if self.n_members == 0 { '{' } else { ',' });
        self.n_members += 1;
        write_string(name, self.out);
        self.out.push(':');
    }

    fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        write_string(text, self.out);
    }

    fn number(&mut self, name: &str, number: u64) {
        self.name(name);
        write!(self.out, "{number}").expect("a string takes all text");
    }

    fn verbatim(&mut self, name: &str, json: &str) {
        self.name(name);
        self.out.push_str(json);
    }

    fn group(&mut self, event: &StoredEvent, group: Group) {
        for column in Column::ALL.iter().copied().filter(|column| column.group() == group) {
            if let Some(text) = event.get(column) {
                self.text(column.name(), text);
            }
        }
    }
}
