//! Events as CloudEvents 1.0, for the systems that take those: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>.
//!
//! An event is one JSON object in the structured mode of that format, with `data` being the flat object that Annals shows everywhere. Beside the required attributes it has
//! `time`, `subject` (the resource), and three extensions that the project documents: `sequence`, twenty digits so that texts sort as numbers do, `recordedtime`, and
//! `traceparent`. A receiver that knows none of Annals can so order, trace and tell apart what it gets; the `source` together with the `id` is unique, as it must be.
//!
//! In the other direction [`read`] takes the same form, without what Annals sets itself: `data` is a flat object of columns, and attributes that no column has are kept in details.

use std::fmt::Write;

use annals_event::{Column, StoredEvent, json};

mod read;
#[cfg(test)]
mod tests;

pub use read::read;

/// The media type of one such object.
pub const MEDIA_TYPE: &str = "application/cloudevents+json";

/// Appends the event as one line, without the line's end. `source` names the log; it is a URI reference, such as `annals/<log id>`.
pub fn write(event: &StoredEvent, source: &str, out: &mut String) {
    out.push_str("{\"specversion\":\"1.0\"");
    text("id", &event.id.to_string(), out);
    text("source", source, out);
    text("type", &event.event_type, out);
    // An event is said to have happened when its sender says so, else when it was handed in.
    text("time", &event.occurred_at.unwrap_or(event.created_at).to_string(), out);
    if let Some(resource) = event.get(Column::Resource).filter(|resource| is_attribute(resource)) {
        text("subject", resource, out);
    }
    let _ = write!(out, ",\"sequence\":\"{:020}\"", event.seq);
    text("recordedtime", &event.recorded_at.to_string(), out);
    if let Some(traceparent) = event.get(Column::Traceparent).filter(|traceparent| is_attribute(traceparent)) {
        text("traceparent", traceparent, out);
    }
    out.push_str(",\"datacontenttype\":\"application/json\",\"data\":");
    json::write(event, out);
    out.push('}');
}

/// Whether the type system of CloudEvents has this text as an attribute's value: not empty, and neither control characters nor code points that are no characters.
/// What it doesn't have stands in `data` alone.
fn is_attribute(text: &str) -> bool {
    let is_noncharacter = |c: char| matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe;
    !text.is_empty() && !text.chars().any(|c| c.is_control() || is_noncharacter(c))
}

fn text(name: &str, text: &str, out: &mut String) {
    let _ = write!(out, ",\"{name}\":");
    json::write_string(text, out);
}

impl crate::Audit {
    /// The `source` of this log's events: its origin, as its checkpoints name it.
    pub fn cloudevents_source(&self) -> Result<String, crate::Error> {
        let (log, _) = self.core().store.get()?.log_ids();
        Ok(annals_store::origin_of(log).to_string())
    }
}
