//! `query_events`: a page of the caller's events, cut where it would grow too long for a model.

use annals::{Cursor, PageRequest};
use annals_ask::{PARAMETERS, Question};
use jiff::Zoned;
use rmcp::model::Tool;
use serde_json::{Map, Value, json};

use super::{Answer, Arguments, Calling, Hints, text, tool};
use crate::failure::Failure;
use crate::mcp::answer::{DEFAULT_MAX_BYTES, EventList, Fit};

/// Bounds of `max_bytes`.
const LEAST_BYTES: u64 = 1_024;
const MOST_BYTES: u64 = 1 << 20;

pub(super) fn describe() -> Tool {
    let mut properties: Map<String, Value> = PARAMETERS.iter().map(|name| ((*name).to_owned(), text())).collect();
    for (name, about) in [
        ("event_type", "`tool.*` for a group; several with commas"),
        ("resource", "glob: `**/.env*`"),
        ("search", "words, \"phrases\", -not"),
        ("text", "in details"),
        ("since", "`2h`, `today`, RFC 3339"),
        ("seq", "`10..20`"),
    ] {
        properties.insert(name.to_owned(), json!({ "type": "string", "description": about }));
    }
    properties.insert("order".to_owned(), json!({ "enum": ["newest", "oldest"] }));
    properties.insert("limit".to_owned(), json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }));
    properties.insert("max_bytes".to_owned(), json!({ "type": "integer", "default": DEFAULT_MAX_BYTES }));
    tool(
        "query_events",
        "Search events",
        "The events that fit all filters, newest first. A column takes the value that it must equal. Go on with the `cursor` of an answer and the same filters.",
        Hints::Reads,
        json!({ "type": "object", "properties": properties, "additionalProperties": false }),
        &[("events", "array"), ("cursor", "string"), ("truncated", "boolean"), ("examined_to", "integer")],
    )
}

pub(super) async fn call(calling: &Calling, mut arguments: Arguments) -> Result<Answer, Failure> {
    let max_bytes = arguments.number("max_bytes", LEAST_BYTES, MOST_BYTES)?;
    let max_bytes = max_bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(DEFAULT_MAX_BYTES);
    let pairs = arguments.pairs()?;
    let asked = Question::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &Zoned::now())?;
    let order = asked.page.order;
    let limit = asked.page.limit.with_bytes(max_bytes);
    let _turn = calling.trail.app().limits.turn_to_answer(limit).await;
    let page = calling.trail.query(asked.filter, PageRequest { limit, ..asked.page }).await?;
    let mut list = EventList::new(max_bytes);
    let mut last_seq = None;
    // What is short of its number of events and looked at everything was cut for its bytes.
    let is_cut = page.cursor.is_some() && page.examined_to.is_none() && page.events.len() < limit.get();
    let mut fit = if is_cut { Fit::Full } else { Fit::Taken };
    for event in &page.events {
        if list.push(event) == Fit::Full {
            fit = Fit::Full;
            break;
        }
        last_seq = Some(event.seq);
    }
    match (fit, last_seq) {
        (Fit::Full, Some(seq)) => list.end(Some(Cursor::after(order, seq).to_string()), fit, None),
        _ => list.end(page.cursor.map(|cursor| cursor.to_string()), fit, page.examined_to),
    }
}
