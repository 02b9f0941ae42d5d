//! The lines behind the first: one event each.
//!
//! Two kinds of fault are told apart. What a batch cannot be without (`id`, `pseq`, `created_at`) makes the whole of it void; an event that breaks a rule of the receiver's
//! is handed out as refused, with its place, so that it can be put aside and the rest goes on.

use std::fmt;
use std::fmt::Write as _;

use annals_event::json::{from_object_with, write_string};
use annals_event::{Column, Encoded, Event, EventId, Invalid, Phase, Timestamp};
use serde_json::{Map, Value};

use crate::top::MOST;

/// What stands in a line beside the event.
const BESIDE: [&str; 5] = ["id", "pseq", "created_at", "begun", "n_redacted"];

/// One event of a batch.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number in its producer's count.
    pub pseq: u64,
    /// Its id.
    pub id: EventId,
    /// When it was recorded, by the clock of the machine that recorded it.
    pub created_at: Timestamp,
    /// Whether it is an intent that its process answers for.
    pub begun: bool,
    /// How many secrets were taken out of it already.
    pub n_redacted: u32,
    /// The event, or why it is none.
    pub event: Result<Event, Refused>,
}

/// An event that cannot be read as one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// What is wrong with it.
    pub invalid: Invalid,
    /// The type that it names, if it names one.
    pub event_type: Option<String>,
}

/// Why a batch is void: the field, and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadLine {
    field: String,
    problem: String,
    hint: Option<&'static str>,
}

impl BadLine {
    pub(crate) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into(), hint: None }
    }

    pub(crate) fn with_hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// The field.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong with it.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What would be right, where that is not plain.
    pub fn hint(&self) -> Option<&'static str> {
        self.hint
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.field, self.problem)?;
        self.hint.map_or(Ok(()), |hint| write!(formatter, " (hint: {hint})"))
    }
}

impl std::error::Error for BadLine {}

/// Appends an event as a line of a batch, with its end. Space and credential stay behind: they are the receiver's to give.
pub fn write_event(event: &Encoded<'_>, pseq: u64, out: &mut String) {
    let _ = write!(out, "{{\"id\":\"{}\",\"pseq\":{pseq},\"created_at\":\"{}\"", event.id(), event.created_at());
    if event.begun() {
        out.push_str(",\"begun\":true");
    }
    if event.n_redacted() != 0 {
        let _ = write!(out, ",\"n_redacted\":{}", event.n_redacted());
    }
    let mut text = |name: &str, value: &str| {
        let _ = write!(out, ",\"{name}\":");
        write_string(value, out);
    };
    text("event_type", event.event_type());
    for column in Column::ALL {
        if let Some(value) = event.get(*column) {
            text(column.name(), value);
        }
    }
    if event.phase() != Phase::Single {
        text("phase", event.phase().as_str());
    }
    if let Some(outcome) = event.outcome() {
        text("outcome", outcome.as_str());
    }
    if let Some(at) = event.occurred_at() {
        text("occurred_at", &at.to_string());
    }
    if let Some(millis) = event.duration_ms() {
        let _ = write!(out, ",\"duration_ms\":{millis}");
    }
    if let Some(details) = event.details() {
        // They are JSON on one line already: `encode` wrote them.
        out.push_str(",\"details\":");
        out.push_str(details);
    }
    out.push_str("}\n");
}

/// Reads a line. An error makes the batch void; an event that is none is handed out as refused.
pub fn read_line(text: &str) -> Result<Line, BadLine> {
    match from_object_with(text, &BESIDE) {
        Ok((event, beside)) => place(&beside, Ok(event)),
        Err(invalid) => {
            let Ok(Value::Object(line)) = serde_json::from_str(text) else {
                return Err(BadLine::new("event", format!("is no JSON object: {}", invalid.problem())));
            };
            let event_type = line.get("event_type").and_then(Value::as_str).map(str::to_owned);
            place(&line, Err(Refused { invalid, event_type }))
        }
    }
}

fn place(beside: &Map<String, Value>, event: Result<Event, Refused>) -> Result<Line, BadLine> {
    let text = |name: &'static str| beside.get(name).and_then(Value::as_str);
    let id: EventId = text("id")
        .and_then(|id| id.parse().ok())
        .filter(is_uuid_v7)
        .ok_or_else(|| BadLine::new("id", "must be a UUID of version 7"))?;
    let pseq = beside
        .get("pseq")
        .and_then(Value::as_u64)
        .filter(|pseq| *pseq < MOST)
        .ok_or_else(|| BadLine::new("pseq", "must be a whole number, not negative"))?;
    let created_at = match text("created_at") {
        None => return Err(BadLine::new("created_at", "must be a time such as 2026-11-20T14:30:00Z")),
        Some(at) => at.parse().map_err(|error: Invalid| BadLine::new("created_at", error.problem()))?,
    };
    let begun = match beside.get("begun") {
        None => false,
        Some(Value::Bool(begun)) => *begun,
        Some(_) => return Err(BadLine::new("begun", "must be true or false")),
    };
    let n_redacted = match beside.get("n_redacted").map(Value::as_u64) {
        None => 0,
        Some(number) => number
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| BadLine::new("n_redacted", "must be a whole number, not negative"))?,
    };
    // Only an intent has an owner.
    let begun = begun && event.as_ref().is_ok_and(|event| event.phase_value() == Phase::Intent);
    Ok(Line { pseq, id, created_at, begun, n_redacted, event })
}

fn is_uuid_v7(id: &EventId) -> bool {
    let bytes = id.as_bytes();
    bytes[6] >> 4 == 7 && bytes[8] >> 6 == 0b10
}
