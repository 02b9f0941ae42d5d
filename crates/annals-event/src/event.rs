//! An event as a caller hands it in.
//!
//! Building one is in the caller's path, so the texts do not become twenty strings: they are appended to one growing
//! buffer, already in the form that [`encode`](crate::encode()) copies (tag, length, bytes). An event with five short
//! texts costs one allocation besides its details. Nothing is checked here: a builder that can fail at each step is a
//! nuisance, and the one check in [`encode`](crate::encode()) can't be forgotten.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::column::Column;
use crate::details::{Details, deeper_than};
use crate::encode::{MAX_DEPTH, TAG_EVENT_TYPE, fields, put_field};
use crate::time::Timestamp;
use crate::words::{Decision, Outcome, Phase};

#[cfg(test)]
mod tests;

/// Room for the type and about five short texts.
const TEXT_CAPACITY: usize = 192;

/// What happened, as a caller tells it. Ids, times and who is behind the call are added by Annals.
///
/// Setting a field twice keeps the later value. `Debug` shows the type and which fields are set, never a value: an
/// event that was not recorded has not been redacted either.
#[derive(Clone, PartialEq)]
pub struct Event {
    /// The type and the text columns, as fields of the encoding; all bytes come from `&str`.
    texts: Vec<u8>,
    /// A bit for each column in `texts`.
    present: u32,
    phase: Phase,
    outcome: Option<Outcome>,
    duration_ms: Option<u64>,
    occurred_at: Option<Timestamp>,
    details: Details,
}

macro_rules! text_setters {
    ($($(#[$doc:meta])* $setter:ident = $column:ident;)+) => {
        $($(#[$doc])*
        pub fn $setter(self, text: impl AsRef<str>) -> Self {
            self.text(Column::$column, text)
        })+
    };
}

impl Event {
    /// An event of this type, for example `resource_modified` or `tool.invoked`.
    pub fn new(event_type: impl AsRef<str>) -> Self {
        let event_type = event_type.as_ref();
        let mut texts = Vec::with_capacity(TEXT_CAPACITY.max(event_type.len() + 8));
        put_field(&mut texts, TAG_EVENT_TYPE, event_type.as_bytes());
        Self {
            texts,
            present: 0,
            phase: Phase::Single,
            outcome: None,
            duration_ms: None,
            occurred_at: None,
            details: Details::Absent,
        }
    }

    /// Sets a text column.
    pub fn text(mut self, column: Column, text: impl AsRef<str>) -> Self {
        self.set(column, text.as_ref());
        self
    }

    text_setters! {
        /// `operation_id`: ties an intent to its outcome.
        operation = OperationId;
        /// `user_identity`: who the caller says the user is.
        user = UserIdentity;
        /// `on_behalf_of`: the person or service that the user acts for.
        on_behalf_of = OnBehalfOf;
        /// `actor_name`: the agent.
        actor = ActorName;
        /// `agent_version`.
        agent_version = AgentVersion;
        /// `model`: the language model behind the agent.
        model = Model;
        /// `client`: the program that the agent runs in.
        client = Client;
        /// `project_name`.
        project = ProjectName;
        /// `plan_id`.
        plan = PlanId;
        /// `root_plan_id`.
        root_plan = RootPlanId;
        /// `session_id`.
        session = SessionId;
        /// `correlation_id`: ties events of several systems together.
        correlation = CorrelationId;
        /// `parent_id`: the event or span that caused this one.
        parent = ParentId;
        /// `traceparent`: W3C trace context.
        traceparent = Traceparent;
        /// `tool`.
        tool = Tool;
        /// `resource`: a path, URL or name.
        resource = Resource;
        /// `policy`: the rule behind a decision.
        policy = Policy;
        /// `approver`: who approved or refused.
        approver = Approver;
        /// `host`: the machine.
        host = Host;
    }

    /// `decision`.
    pub fn decision(self, decision: Decision) -> Self {
        self.text(Column::Decision, decision.as_str())
    }

    /// `phase`: where in its operation the event stands; `single` unless set.
    pub fn phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    /// `outcome`: how it ended.
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// `duration_ms`, from a span of time; the part of a millisecond is dropped.
    pub fn duration(self, duration: Duration) -> Self {
        self.duration_ms(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    /// `duration_ms`.
    pub fn duration_ms(mut self, millis: u64) -> Self {
        self.duration_ms = Some(millis);
        self
    }

    /// `occurred_at`: when it happened, where that isn't the moment of the call.
    pub fn occurred_at(mut self, at: Timestamp) -> Self {
        self.occurred_at = Some(at);
        self
    }

    /// `details`: one JSON object.
    ///
    /// What is nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH) is refused when the event is encoded, and is not
    /// even kept here: such a value can't be cloned or dropped without risking the stack.
    pub fn details(mut self, details: Value) -> Self {
        self.details =
            if deeper_than(&details, MAX_DEPTH) { Details::too_deep(details) } else { Details::Given(details) };
        self
    }

    /// The type.
    pub fn event_type(&self) -> &str {
        fields(&self.texts).next().map_or("", |(_, text)| as_text(text))
    }

    /// A text column, if it is set.
    pub fn get(&self, column: Column) -> Option<&str> {
        if self.present & column.bit() == 0 {
            return None;
        }
        fields(&self.texts).find(|(tag, _)| *tag == column.tag()).map(|(_, text)| as_text(text))
    }

    /// The phase.
    pub fn phase_value(&self) -> Phase {
        self.phase
    }

    /// The outcome, if it is set.
    pub fn outcome_value(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The duration in milliseconds, if it is set.
    pub fn duration_ms_value(&self) -> Option<u64> {
        self.duration_ms
    }

    /// The sender's own time, if it is set.
    pub fn occurred_at_value(&self) -> Option<Timestamp> {
        self.occurred_at
    }

    /// The details, if they are set.
    pub fn details_value(&self) -> Option<&Value> {
        match &self.details {
            Details::Given(value) => Some(value),
            Details::Absent | Details::TooDeep => None,
        }
    }

    pub(crate) fn details_slot(&self) -> &Details {
        &self.details
    }

    pub(crate) fn texts(&self) -> &[u8] {
        &self.texts
    }

    pub(crate) fn has(&self, column: Column) -> bool {
        self.present & column.bit() != 0
    }

    fn set(&mut self, column: Column, text: &str) {
        if self.has(column) {
            self.remove(column);
        }
        self.present |= column.bit();
        put_field(&mut self.texts, column.tag(), text.as_bytes());
    }

    fn remove(&mut self, column: Column) {
        let mut kept = Vec::with_capacity(self.texts.capacity());
        for (tag, text) in fields(&self.texts).filter(|(tag, _)| *tag != column.tag()) {
            put_field(&mut kept, tag, text);
        }
        self.texts = kept;
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&str> =
            Column::ALL.iter().filter(|column| self.has(**column)).map(|column| column.name()).collect();
        if !matches!(self.details, Details::Absent) {
            names.push("details");
        }
        f.debug_struct("Event")
            .field("event_type", &crate::error::quoted(self.event_type()))
            .field("phase", &self.phase)
            .field("outcome", &self.outcome)
            .field("set", &names)
            .finish_non_exhaustive()
    }
}

/// Text of a buffer that only ever took whole `&str`s.
fn as_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("an event's buffer holds text only")
}
