//! Operations: an intent before something is done, and its outcome after.

use std::fmt::{self, Display};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use annals_event::{Column, Event, Outcome, Phase};
use serde_json::{Value, json};

use crate::audit::Core;
use crate::record::Intent;
use crate::{Error, Receipt, identity};

/// An error's text is kept up to this many bytes.
const MAX_ERROR_BYTES: usize = 4_096;

/// An operation that was begun and has no outcome yet. Dropped without one, it is recorded as `cancelled`.
#[must_use = "an operation that is dropped is recorded as cancelled"]
pub struct Operation {
    core: Arc<Core>,
    /// The intent without its details: the outcome says who and what again, so that either event alone answers a question.
    event: Option<Event>,
    receipt: Receipt,
    began: Instant,
}

impl Operation {
    pub(crate) fn begin(core: &Arc<Core>, event: Event) -> Result<Self, Error> {
        let mut intent = event.clone().phase(Phase::Intent);
        if intent.get(Column::OperationId).is_none() {
            intent = intent.operation(identity::Ids::default().fresh(identity::now()).to_string());
        }
        let outcome = outcome_of(&intent);
        core.has_begun.store(true, Ordering::Relaxed);
        // The caller gets back what it gave, without what was added here.
        let receipt = core.record_as(intent, Intent::Begun).map_err(|error| error.giving_back(event))?;
        Ok(Self { core: Arc::clone(core), event: Some(outcome), receipt, began: Instant::now() })
    }

    /// The operation's id, which intent and outcome share.
    pub fn id(&self) -> &str {
        self.event.as_ref().and_then(|event| event.get(Column::OperationId)).unwrap_or_default()
    }

    /// The receipt of the intent.
    pub fn intent(&self) -> &Receipt {
        &self.receipt
    }

    /// Records that it succeeded.
    pub fn succeed(self) -> Result<Receipt, Error> {
        self.end(Outcome::Success, None)
    }

    /// Records that it succeeded, with details of the result.
    pub fn succeed_with(self, details: Value) -> Result<Receipt, Error> {
        self.end(Outcome::Success, Some(details))
    }

    /// Records that it failed, and why.
    pub fn fail(self, error: &dyn Display) -> Result<Receipt, Error> {
        let details = json!({ "error": self.shortened(error) });
        self.end(Outcome::Failure, Some(details))
    }

    /// Records that it was denied, and why.
    pub fn deny(self, reason: &dyn Display) -> Result<Receipt, Error> {
        let details = json!({ "reason": self.shortened(reason) });
        self.end(Outcome::Denied, Some(details))
    }

    /// The text of an error as details take it: without NUL, and short enough to fit, escapes included.
    fn shortened(&self, text: &dyn Display) -> String {
        let mut text = text.to_string().replace('\0', "\u{fffd}");
        let room = MAX_ERROR_BYTES.min(self.core.settings.max_details.saturating_sub(32) / 6);
        let end = text.floor_char_boundary(room);
        text.truncate(end);
        text
    }

    fn end(mut self, outcome: Outcome, details: Option<Value>) -> Result<Receipt, Error> {
        let event = self.outcome(outcome, details).ok_or_else(Error::closed)?;
        self.core.record(event)
    }

    /// The outcome's event, once.
    fn outcome(&mut self, outcome: Outcome, details: Option<Value>) -> Option<Event> {
        let event = self.event.take()?.outcome(outcome).duration(self.began.elapsed());
        Some(match details {
            Some(details) => event.details(details),
            None => event,
        })
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Operation").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        let Some(event) = self.outcome(Outcome::Cancelled, None) else { return };
        if let Err(error) = self.core.record(event) {
            // Nothing is lost unseen: the intent stands, and the next open ends it as `unknown`.
            tracing::warn!(kind = ?error.kind(), "an operation that was dropped could not be recorded as cancelled");
        }
    }
}

/// The outcome's event as far as the intent tells it: the same type and columns, without the details.
fn outcome_of(intent: &Event) -> Event {
    let event = Event::new(intent.event_type()).phase(Phase::Outcome);
    Column::ALL.iter().fold(event, |event, column| match intent.get(*column) {
        Some(text) => event.text(*column, text),
        None => event,
    })
}
