//! `get_receipt`: how far an event has come, and once it is sealed the proof that the log holds it.

use std::time::Duration;

use annals::{EventId, StoredEvent};
use rmcp::model::Tool;
use serde_json::json;

use super::get_event::not_found;
use super::{Answer, Arguments, Calling, Hints, text, tool};
use crate::failure::{Code, Failure};
use crate::ladder::Rung;

/// How long an event that is not in the database yet is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn describe() -> Tool {
    tool(
        "get_receipt",
        "Get an event's receipt",
        "How far an event has come: `durable`, or `sealed` with a `proof` (c2sp.org/tlog-proof) that anybody can check.",
        Hints::Reads,
        json!({ "type": "object", "properties": { "id": text() }, "required": ["id"], "additionalProperties": false }),
        &[("id", "string"), ("state", "string"), ("seq", "integer"), ("proof", "string")],
    )
}

pub(super) async fn call(calling: &Calling, mut arguments: Arguments) -> Result<Answer, Failure> {
    arguments.only(["id"])?;
    let id = arguments.id()?;
    let event = found(calling, id).await?;
    let mut object = json!({ "id": id.to_string(), "state": Rung::Durable.as_str(), "seq": event.seq });
    let sealed_size = calling.trail.health().await?.sealed_size;
    if sealed_size.is_some_and(|size| event.seq < size) {
        let proof = calling.trail.prove(id, Vec::new()).await?.ok_or_else(not_found)?;
        object["state"] = Rung::Sealed.as_str().into();
        object["sealed_size"] = proof.size.into();
        object["proof"] = proof.text.into();
    }
    Ok(Answer::of(object))
}

/// The event, once everything that was accepted before this call is durable.
async fn found(calling: &Calling, id: EventId) -> Result<StoredEvent, Failure> {
    if let Some(event) = calling.trail.get(id).await? {
        return Ok(event);
    }
    match tokio::time::timeout(PATIENCE, calling.trail.flush()).await {
        Ok(Ok(())) => calling.trail.get(id).await?.ok_or_else(not_found),
        // It may be in the journal, where nobody looks for a single event.
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Failure::new(Code::NotYet, "not everything that was accepted is durable yet").at("id")),
    }
}
