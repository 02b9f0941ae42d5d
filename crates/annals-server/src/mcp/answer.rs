//! What a tool answers: one JSON object, for programs as it is and for models as text.

use std::fmt::Write;

use annals_event::StoredEvent;
use annals_event::json::write;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::Value;

use crate::failure::Failure;

/// How long the answer of a tool that lists may be unless the caller says otherwise, in bytes of JSON.
pub(super) const DEFAULT_MAX_BYTES: usize = 32 * 1024;

/// An object and its text.
pub(super) struct Answer {
    object: Value,
    text: String,
}

impl Answer {
    /// From an object.
    pub(super) fn of(object: Value) -> Self {
        let text = object.to_string();
        Self { object, text }
    }

    /// From the text of an object that was written in an order of its own.
    pub(super) fn written(text: String) -> Result<Self, Failure> {
        let object = serde_json::from_str(&text).map_err(|error| Failure::panicked(&error))?;
        Ok(Self { object, text })
    }

    pub(super) fn into_result(self) -> CallToolResult {
        let mut result = CallToolResult::success(vec![ContentBlock::text(self.text)]);
        result.structured_content = Some(self.object);
        result
    }
}

/// A list of events that stays below so many bytes, cut between two of them. One event always goes in: an answer without any would be asked for again for ever.
pub(super) struct EventList {
    text: String,
    n_events: usize,
    max_bytes: usize,
}

/// What of an event fits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fit {
    Taken,
    Full,
}

/// What stands after the list: `],"cursor":"…","truncated":true,"examined_to":…}`.
const TAIL_BYTES: usize = 128;

impl EventList {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { text: String::from("{\"events\":["), n_events: 0, max_bytes }
    }

    pub(super) fn push(&mut self, event: &StoredEvent) -> Fit {
        let before = self.text.len();
        if self.n_events != 0 {
            self.text.push(',');
        }
        write(event, &mut self.text);
        if self.n_events != 0 && self.max_bytes < self.text.len() + TAIL_BYTES {
            self.text.truncate(before);
            return Fit::Full;
        }
        self.n_events += 1;
        Fit::Taken
    }

    /// The whole answer. `cursor` is where to go on.
    pub(super) fn end(mut self, cursor: Option<String>, cut: Fit, examined_to: Option<u64>) -> Result<Answer, Failure> {
        self.text.push(']');
        if let Some(cursor) = cursor {
            let _ = write!(self.text, ",\"cursor\":\"{cursor}\"");
        }
        if cut == Fit::Full {
            self.text.push_str(",\"truncated\":true");
        }
        if let Some(examined_to) = examined_to {
            let _ = write!(self.text, ",\"examined_to\":{examined_to}");
        }
        self.text.push('}');
        Answer::written(self.text)
    }
}
