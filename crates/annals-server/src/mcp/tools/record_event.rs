//! `record_event`: one event, as far up the ladder as is asked for.

use annals::{Column, Decision, Outcome, Phase};
use annals_event::json;
use rmcp::model::Tool;
use serde_json::{Map, Value, json};

use super::{Answer, Arguments, Calling, Hints, text, tool};
use crate::failure::{Code, Failure};
use crate::ladder::{DEFAULT_WAIT, Rung, climb};

pub(super) fn describe() -> Tool {
    tool(
        "record_event",
        "Record an event",
        "Adds one event to the audit trail, for good. `event_type` is such as `decision.approved`; an error proposes the nearest. What has no argument goes into `details`. An operation is two events with one `operation_id`: `phase` `intent`, then `outcome`.",
        Hints::Appends,
        input(),
        &[("id", "string"), ("state", "string"), ("seq", "integer")],
    )
}

fn input() -> Value {
    let mut properties = Map::new();
    properties.insert("event_type".to_owned(), text());
    for column in Column::ALL {
        properties.insert(column.name().to_owned(), text());
    }
    let words = |words: Vec<&str>| json!({ "enum": words });
    properties.insert("phase".to_owned(), words(Phase::ALL.iter().map(|word| word.as_str()).collect()));
    properties.insert("outcome".to_owned(), words(Outcome::ALL.iter().map(|word| word.as_str()).collect()));
    properties.insert("decision".to_owned(), words(Decision::ALL.iter().map(|word| word.as_str()).collect()));
    properties.insert("resource".to_owned(), described("path, URL or name"));
    properties.insert("duration_ms".to_owned(), json!({ "type": "integer", "minimum": 0 }));
    properties.insert("occurred_at".to_owned(), described("RFC 3339"));
    properties.insert("details".to_owned(), json!({ "type": "object" }));
    properties
        .insert("wait".to_owned(), json!({ "enum": Rung::ALL.map(Rung::as_str), "default": Rung::default().as_str() }));
    properties.insert("idempotency_key".to_owned(), described("the same for each try"));
    json!({ "type": "object", "properties": properties, "required": ["event_type"], "additionalProperties": false })
}

fn described(text: &str) -> Value {
    json!({ "type": "string", "description": text })
}

pub(super) async fn call(calling: &Calling, mut arguments: Arguments) -> Result<Answer, Failure> {
    let rungs = Rung::ALL.map(|rung| (rung.as_str(), rung));
    let rung = arguments.word("wait", &rungs)?.unwrap_or_default();
    let key = arguments.text("idempotency_key")?;
    let given = Value::Object(arguments.rest()).to_string();
    let mut event = json::from_object(&given)?;
    // What the request says about itself stands in for what the caller left out. Each try has a trace of its own, and a named event must be the same in all.
    let traceparent = calling.traceparent.as_ref().filter(|_| key.is_none());
    for (column, known) in [(Column::Client, calling.client.as_ref()), (Column::Traceparent, traceparent)] {
        if let (None, Some(known)) = (event.get(column), known) {
            event = event.text(column, known);
        }
    }
    let (receipt, rung) = match key {
        None => (calling.trail.accept(event)?, rung),
        Some(key) => {
            let receipts = calling.trail.accept_once(vec![event], key).await.map_err(named)?;
            let receipt = receipts.into_iter().next();
            // A named write is durable when it is answered.
            (receipt.ok_or_else(|| Failure::new(Code::Internal, "the event has no receipt"))?, rung.max(Rung::Durable))
        }
    };
    let reached = climb(&receipt, rung, DEFAULT_WAIT).await?;
    Ok(Answer::of(Value::Object(reached.members())))
}

/// A failure that is the key's says so.
fn named(failure: Failure) -> Failure {
    if failure.code() == Code::Conflict { failure.at("idempotency_key") } else { failure }
}
