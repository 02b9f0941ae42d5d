//! Who has read what: each request that reads the trail is one event, with the ids that it was shown.
//!
//! It is written when the request is over, of an export when its last page is sent, so that it says what was read and not what was asked for. A stream that has no end says so when it
//! begins. A stream shows no event of this kind that its own caller's streams made: it would show itself for ever.

use std::sync::{Arc, Mutex, PoisonError};

use annals::{Caller, Event, EventId, Outcome, StoredEvent, Value, json};

use crate::app::App;
use crate::trace::TraceContext;

/// The type of these events.
const EVENT_TYPE: &str = "context.query_executed";
/// How many ids are kept of one reading; the number says how many there were.
const MAX_IDS: usize = 100;
/// How much is kept of the words of a question.
const MAX_QUESTION_CHARS: usize = 2_000;
/// The operations that go on until their reader has enough.
const STREAMS: [&str; 2] = ["GET /v1/events/stream", "GET /live"];

/// What one request reads.
pub(crate) struct Reading {
    app: Arc<App>,
    caller: Arc<Caller>,
    context: TraceContext,
    /// What was called: a tool's name, or method and path.
    operation: String,
    question: Value,
    shown: Mutex<Shown>,
}

/// What was shown so far.
#[derive(Default)]
struct Shown {
    n_events: u64,
    ids: Vec<EventId>,
    /// Whether anything was read at all, and nothing was recorded of it yet.
    is_untold: bool,
    is_told: bool,
}

impl Reading {
    pub(crate) fn new(
        app: Arc<App>,
        caller: Arc<Caller>,
        context: TraceContext,
        operation: &str,
        question: Value,
    ) -> Self {
        Self { app, caller, context, operation: operation.to_owned(), question, shown: Mutex::default() }
    }

    /// Something was read, and these events were shown.
    pub(crate) fn showed(&self, events: &[StoredEvent]) {
        let is_due = {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.n_events += events.len() as u64;
            let n_more = MAX_IDS.saturating_sub(shown.ids.len());
            shown.ids.extend(events.iter().take(n_more).map(|event| event.id));
            let is_due = self.is_stream() && !shown.is_told;
            shown.is_told |= is_due;
            shown.is_untold = !shown.is_told;
            is_due
        };
        if is_due {
            self.tell(json!({"question": self.question, "is_stream": true}));
        }
    }

    /// Whether this reading may show the event: a stream doesn't show what its caller's streams made.
    pub(crate) fn may_show(&self, event: &StoredEvent) -> bool {
        let made_by_stream = || {
            event.event_type == EVENT_TYPE
                && event.credential.as_deref() == Some(self.caller.credential())
                && event.get(annals::Column::Tool).is_some_and(|tool| self.has_made(tool))
        };
        !self.is_stream() || !made_by_stream()
    }

    /// Whether the operation is one of this stream's, or of the page that opened it.
    fn has_made(&self, tool: &str) -> bool {
        let is_of_page = |operation: &str| operation.starts_with("GET /") && !operation.starts_with("GET /v1/");
        STREAMS.contains(&tool) || self.operation == "GET /live" && is_of_page(tool)
    }

    fn is_stream(&self) -> bool {
        STREAMS.contains(&self.operation.as_str())
    }

    fn tell(&self, details: Value) {
        let event = Event::new(EVENT_TYPE).tool(&self.operation).outcome(Outcome::Success).details(details);
        self.app.witness.record(self.context.onto(event), &self.caller);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let shown = std::mem::take(self.shown.get_mut().unwrap_or_else(PoisonError::into_inner));
        if shown.is_untold {
            let ids: Vec<String> = shown.ids.iter().map(ToString::to_string).collect();
            self.tell(json!({"question": self.question, "n_events": shown.n_events, "ids": ids}));
        }
    }
}

/// The words of a question, as far as they are kept.
pub(crate) fn question(words: &str) -> Value {
    words.chars().take(MAX_QUESTION_CHARS).collect::<String>().into()
}
