//! The objects that go over the wire.

use annals_event::{Column, Decision, Outcome, Phase};
use serde_json::{Map, Value, json};

use super::at;
use crate::failure::Code;
use crate::ladder::Rung;

/// Every schema by its name.
pub(super) fn all() -> Value {
    json!({
        "Event": event(),
        "NewEvent": new_event(),
        "CloudEvent": cloud_event(),
        "Problem": problem(),
        "Receipt": receipt(),
        "Receipts": {
            "type": "object",
            "required": ["state", "n_accepted", "events"],
            "properties": {
                "state": rung(),
                "n_accepted": number("How many events were taken: all of them."),
                "events": { "type": "array", "items": at("schemas", "Receipt") },
            },
        },
        "Taken": {
            "type": "object",
            "description": "What became of a stream of lines.",
            "required": ["n_accepted"],
            "properties": {
                "n_accepted": number("How many events were taken."),
                "first_id": id(),
                "last_id": id(),
                "state": rung(),
                "last_seq": number("The `seq` of the last one, from `durable` on."),
            },
        },
        "EventPage": {
            "type": "object",
            "required": ["events"],
            "properties": {
                "events": { "type": "array", "items": at("schemas", "Event") },
                "cursor": cursor(),
                "examined_to": examined_to(),
            },
        },
        "SessionPage": {
            "type": "object",
            "required": ["sessions", "end"],
            "properties": {
                "sessions": { "type": "array", "items": session() },
                "cursor": cursor(),
                "examined_to": examined_to(),
                "end": number("No event with this `seq` or a later one was counted, on any page of this answer."),
            },
        },
        "Stats": {
            "type": "object",
            "required": ["bucket_s", "buckets"],
            "properties": {
                "bucket_s": number("How wide a bucket is, in seconds."),
                "buckets": { "type": "array", "items": {
                    "type": "object",
                    "required": ["start", "n_events", "n_failed", "n_denied"],
                    "properties": {
                        "start": time("Where it begins."),
                        "n_events": number("All events."),
                        "n_failed": number("Those that failed or ran out of time."),
                        "n_denied": number("Those that were denied."),
                    },
                } },
            },
        },
        "Health": {
            "type": "object",
            "required": ["state", "queued", "oldest_queued_ms", "durable_seq", "sealed_size", "seals", "shed", "dead_letters"],
            "properties": {
                "state": { "type": "string", "enum": ["ok", "degraded", "failing"] },
                "queued": number("Events that are accepted and not durable yet."),
                "oldest_queued_ms": number("How long the oldest of them has waited."),
                "durable_seq": optional("The newest `seq` that this server made durable."),
                "sealed_size": optional("So many events are under a signed checkpoint."),
                "seals": { "type": "boolean", "description": "Whether checkpoints are signed." },
                "shed": number("Events dropped because they may be."),
                "dead_letters": optional("Events put aside because the database refuses them."),
            },
        },
    })
}

fn event() -> Value {
    let mut properties = json!({
        "seq": number("Its place in the log, dense from 0."),
        "id": id(),
        "event_type": { "type": "string" },
        "created_at": time("When it was handed in, by the clock of whoever recorded it."),
        "recorded_at": time("When it was numbered; never decreases with `seq`."),
        "occurred_at": time("When it happened, as its sender claims."),
        "space": { "type": "string", "description": "Whose record it is." },
        "credential": { "type": "string", "description": "Who is known to have handed it in." },
        "producer": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
        "pseq": number("Its place among its producer's events."),
        "phase": words(&Phase::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
        "outcome": words(&Outcome::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
        "duration_ms": number("How long it took."),
        "n_redacted": number("How many secrets were taken out."),
        "details": { "type": "object" },
        "erased_by": number("The `seq` of the event that erased it."),
    });
    add_columns(&mut properties, false);
    json!({
        "type": "object",
        "description": "An event as it stands in the log.",
        "required": ["seq", "id", "event_type", "created_at", "recorded_at", "space", "producer", "pseq", "phase", "n_redacted"],
        "properties": properties,
        "additionalProperties": false,
    })
}

fn new_event() -> Value {
    let mut properties = json!({
        "event_type": { "type": "string", "description": "One of the known types, or one that this server was told of.", "examples": ["tool.invoked"] },
        "phase": nullable(&Phase::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
        "outcome": nullable(&Outcome::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
        "duration_ms": { "type": ["integer", "null"], "minimum": 0, "maximum": 9_007_199_254_740_991_u64 },
        "occurred_at": { "type": ["string", "null"], "format": "date-time", "description": "When it happened, RFC 3339, from 1678 to 2261." },
        "details": { "type": ["object", "null"], "description": "Anything else, 64 KiB of it unless the server was told otherwise; whole numbers within ±(2^53−1)." },
    });
    add_columns(&mut properties, true);
    json!({
        "type": "object",
        "description": "An event to be recorded. What Annals sets itself (`id`, `seq`, `created_at`, `recorded_at`, `space`, `credential`, `producer`, `pseq`, `n_redacted`) is refused. \
            An `intent` and an `outcome` need an `operation_id`, and an `outcome` its `outcome`.",
        "required": ["event_type"],
        "properties": properties,
        "additionalProperties": false,
    })
}

fn add_columns(properties: &mut Value, is_new: bool) {
    for column in Column::ALL {
        let schema = match (column, is_new) {
            (Column::Decision, false) => words(&decisions()),
            (Column::Decision, true) => nullable(&decisions()),
            (Column::Traceparent, true) => {
                json!({ "type": ["string", "null"], "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$" })
            }
            (_, false) => json!({ "type": "string" }),
            // In characters; what counts is the 8 192 bytes of its UTF-8.
            (_, true) => json!({ "type": ["string", "null"], "minLength": 1, "maxLength": 8192 }),
        };
        properties[column.name()] = schema;
    }
}

fn decisions() -> Vec<&'static str> {
    Decision::ALL.iter().map(|word| word.as_str()).collect()
}

fn cloud_event() -> Value {
    json!({
        "type": "object",
        "description": "A CloudEvent 1.0 whose `data` is a flat object of columns. `type` is the event's type, `time` its `occurred_at`, `subject` its `resource`; \
            `id`, `source` and extensions are kept in the member `cloudevent` of the details.",
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "type": "string", "minLength": 1 },
            "source": { "type": "string", "minLength": 1 },
            "type": { "type": "string", "minLength": 1 },
            "time": { "type": "string", "format": "date-time" },
            "subject": { "type": "string", "minLength": 1 },
            "datacontenttype": { "type": "string" },
            "data": { "type": "object" },
        },
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "retryable"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference", "description": "Where in this document it is described." },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string" },
            "code": words(&Code::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>()),
            "retryable": { "type": "boolean", "description": "Whether the same request may succeed later, and does no harm." },
            "field": { "type": "string", "description": "The field, parameter or header that is wrong." },
            "hint": { "type": "string", "description": "What would be right." },
            "index": number("Which event of an array it was, from 0."),
            "line": number("Which line it was, from 1."),
            "n_accepted": number("How many events of this request were taken all the same."),
            "first_id": id(),
            "last_id": id(),
            "accepted_ids": { "type": "array", "items": id() },
            "id": id(),
            "state": words(&[Rung::Accepted.as_str(), Rung::Durable.as_str(), Rung::Sealed.as_str(), "rejected"]),
            "seq": number("The event's place in the log, from `durable` on."),
        },
    })
}

fn receipt() -> Value {
    json!({
        "type": "object",
        "required": ["id", "state"],
        "properties": { "id": id(), "state": rung(), "seq": number("Its place in the log, from `durable` on.") },
    })
}

fn session() -> Value {
    let mut properties = Map::new();
    for name in ["session_id", "actor_name", "client", "user_identity", "project_name"] {
        properties.insert(name.to_owned(), json!({ "type": "string" }));
    }
    for name in ["first_at", "last_at"] {
        properties.insert(name.to_owned(), time("When its first or last event was recorded."));
    }
    for name in ["last_seq", "n_events", "n_calls", "n_failures"] {
        properties.insert(name.to_owned(), json!({ "type": "integer", "minimum": 0 }));
    }
    json!({
        "type": "object",
        "required": ["session_id", "first_at", "last_at", "last_seq", "n_events", "n_calls", "n_failures"],
        "properties": properties,
    })
}

fn rung() -> Value {
    words(&Rung::ALL.map(Rung::as_str))
}

fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

fn nullable(words: &[&str]) -> Value {
    let mut all: Vec<Value> = words.iter().map(|word| (*word).into()).collect();
    all.push(Value::Null);
    json!({ "enum": all })
}

fn number(about: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": about })
}

fn optional(about: &str) -> Value {
    json!({ "type": ["integer", "null"], "minimum": 0, "description": about })
}

fn time(about: &str) -> Value {
    json!({ "type": "string", "format": "date-time", "description": about })
}

fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn cursor() -> Value {
    json!({ "type": "string", "description": "Where to go on; absent when nothing can follow." })
}

fn examined_to() -> Value {
    number("The last `seq` looked at, where the page ended because it had looked at as many rows as a page may.")
}
