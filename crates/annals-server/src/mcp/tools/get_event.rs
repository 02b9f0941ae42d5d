//! `get_event`: one event by its id, with everything that is kept of it.

use rmcp::model::Tool;
use serde_json::json;

use super::{Answer, Arguments, Calling, Hints, text, tool};
use crate::failure::{Code, Failure};

pub(super) fn describe() -> Tool {
    tool(
        "get_event",
        "Show an event",
        "One event by its id, with all its columns and details.",
        Hints::Reads,
        json!({ "type": "object", "properties": { "id": text() }, "required": ["id"], "additionalProperties": false }),
        &[("id", "string"), ("event_type", "string"), ("seq", "integer"), ("details", "object")],
    )
}

pub(super) async fn call(calling: &Calling, mut arguments: Arguments) -> Result<Answer, Failure> {
    arguments.only(["id"])?;
    let id = arguments.id()?;
    let event = calling.trail.get(id).await?.ok_or_else(not_found)?;
    let mut text = String::new();
    annals_event::json::write(&event, &mut text);
    Answer::written(text)
}

/// Absent, or of another space, which is the same to a caller.
pub(super) fn not_found() -> Failure {
    Failure::new(Code::NotFound, "there is no such event")
        .at("id")
        .with_hint("an event that was accepted just now can be found once it is durable")
}
