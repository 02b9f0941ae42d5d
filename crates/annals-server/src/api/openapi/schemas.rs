//! The objects that go over the wire.

use annals_event::{Column, Decision, Outcome, Phase};
use serde_json::{Map, Value, json};

use super::at;
use crate::failure::Code;
use crate::ladder::Rung;

/// A text without the one character that no column takes.
const NO_NUL: &str = r"^[^\u0000]+$";

/// A time in RFC 3339 that an event may have.
const OCCURRED: &str = r"^(1[7-9]|2[01])[0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-9]|2[0-3]):[0-5][0-9])$";

/// Every schema by its name.
pub(super) fn all(types: &[&str]) -> Value {
    json!({
        "Event": event(),
        "Json": json_value(),
        "NewEvent": new_event(types),
        "NewCloudEvent": new_cloud_event(types),
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
        "Batch": {
            "type": "object",
            "description": "What became of another Annals' batch, all of which is durable.",
            "required": ["next_pseq", "n_taken", "log_id"],
            "properties": {
                "next_pseq": number("The next `pseq` that is taken of this producer."),
                "n_shed": number("How many drops of this producer are declared."),
                "n_taken": number("How many of the batch's events were dealt with."),
                "seqs": {
                    "type": "array",
                    "description": "Runs of new events: the place of the first one in the batch, its `seq`, and how many there are.",
                    "items": { "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 3, "maxItems": 3 },
                },
                "buried": { "type": "array", "description": "The `pseq` of events that were put aside.", "items": { "type": "integer", "minimum": 0 } },
                "n_gaps": number("How many losses were declared."),
                "n_ended": number("How many operations were ended."),
                "log_id": { "type": "string" },
                "durable_seq": optional("The newest `seq` that is durable."),
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
                "durable_seq": optional("The newest `seq` of the log that is durable."),
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

fn new_event(types: &[&str]) -> Value {
    let mut properties = new_columns();
    properties["event_type"] = json!({ "type": "string", "enum": types });
    let about = "An event to be recorded. What Annals sets itself (`id`, `seq`, `created_at`, `recorded_at`, `space`, `credential`, `producer`, `pseq`, `n_redacted`) is refused. \
        An `intent` and an `outcome` need an `operation_id`, and an `outcome` its `outcome`.";
    json!({
        "type": "object",
        "description": about,
        "required": ["event_type"],
        "anyOf": phases(),
        "properties": properties,
        "additionalProperties": false,
    })
}

/// What may be given of an event besides its type.
fn new_columns() -> Value {
    let mut properties = json!({
        "phase": nullable(&Phase::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
        "outcome": nullable(&Outcome::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
        "duration_ms": { "type": ["integer", "null"], "minimum": 0, "maximum": 9_007_199_254_740_991_u64 },
        "occurred_at": { "type": ["string", "null"], "pattern": OCCURRED, "description": "When it happened, RFC 3339, from 1678 to 2261." },
        "details": { "type": ["object", "null"], "propertyNames": { "pattern": r"^[^\u0000]*$" }, "additionalProperties": at("schemas", "Json"), "description": "Anything else, 64 KiB of it unless the server was told otherwise; whole numbers within ±(2^53−1)." },
    });
    add_columns(&mut properties, true);
    properties
}

/// What may stand in details, at any depth up to 126.
fn json_value() -> Value {
    json!({ "anyOf": [
        { "type": ["boolean", "null"] },
        { "type": "number", "minimum": -9_007_199_254_740_991_i64, "maximum": 9_007_199_254_740_991_u64 },
        { "type": "string", "pattern": r"^[^\u0000]*$" },
        { "type": "array", "items": at("schemas", "Json") },
        { "type": "object", "propertyNames": { "pattern": r"^[^\u0000]*$" }, "additionalProperties": at("schemas", "Json") },
    ] })
}

/// What the phase of an operation asks of the other fields.
fn phases() -> Value {
    let outcomes: Vec<&str> = Outcome::ALL.iter().map(|word| word.as_str()).collect();
    json!([
        { "properties": { "phase": { "enum": ["single", null] } } },
        {
            "properties": { "phase": { "const": "intent" }, "outcome": { "type": "null" }, "operation_id": { "type": "string" } },
            "required": ["phase", "operation_id"],
        },
        {
            "properties": { "phase": { "const": "outcome" }, "outcome": { "enum": outcomes }, "operation_id": { "type": "string" } },
            "required": ["phase", "operation_id", "outcome"],
        },
    ])
}

fn add_columns(properties: &mut Value, is_new: bool) {
    for column in Column::ALL {
        let schema = match (column, is_new) {
            (Column::Decision, false) => words(&decisions()),
            (Column::Decision, true) => nullable(&decisions()),
            (Column::Traceparent, true) => {
                json!({ "type": ["string", "null"], "pattern": "^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$" })
            }
            (_, false) => json!({ "type": "string" }),
            // In characters; what counts is the 8 192 bytes of its UTF-8.
            (_, true) => json!({ "type": ["string", "null"], "pattern": NO_NUL, "maxLength": 8192 }),
        };
        properties[column.name()] = schema;
    }
}

fn decisions() -> Vec<&'static str> {
    Decision::ALL.iter().map(|word| word.as_str()).collect()
}

fn new_cloud_event(types: &[&str]) -> Value {
    let mut schema = cloud_event();
    schema["description"] = "A CloudEvent 1.0 to be recorded. `type` is the event's type, `time` its `occurred_at`, `subject` its `resource`, `data` its other columns; \
        `id`, `source` and extensions are kept in the member `cloudevent` of the details."
        .into();
    schema["properties"]["type"] = json!({ "type": "string", "enum": types });
    schema["properties"]["datacontenttype"] = json!({ "enum": ["application/json", null] });
    schema["properties"]["time"] = json!({ "type": ["string", "null"], "pattern": OCCURRED });
    schema["propertyNames"] = json!({ "pattern": "^[a-z0-9]+$" });
    schema["additionalProperties"] = json!({
        "type": ["string", "boolean", "integer", "null"],
        "pattern": NO_NUL,
        "minimum": -9_007_199_254_740_991_i64,
        "maximum": 9_007_199_254_740_991_u64,
    });
    for name in ["id", "source"] {
        schema["properties"][name] = json!({ "type": "string", "pattern": NO_NUL, "maxLength": 8192 });
    }
    schema["properties"]["subject"] = json!({ "type": ["string", "null"], "pattern": NO_NUL, "maxLength": 8192 });
    let (columns, phases) = (new_columns(), phases());
    schema["properties"]["traceparent"] = columns["traceparent"].clone();
    schema["properties"]["data"] =
        json!({ "type": ["object", "null"], "anyOf": phases, "properties": columns, "additionalProperties": false });
    schema
}

fn cloud_event() -> Value {
    json!({
        "type": "object",
        "description": "A CloudEvent 1.0 whose `data` is an `Event`. `time` is its `occurred_at` or else its `created_at`, `subject` its `resource`, `sequence` its `seq` in twenty digits.",
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
            "expected_pseq": number("The `pseq` that is taken next of a forwarding producer."),
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
