//! From a flat JSON object to an [`Event`].

use serde_json::{Map, Value};

use super::scan::scan;
use crate::column::Column;
use crate::details::{MAX_INTEGER, kind_of};
use crate::error::{Invalid, InvalidKind, nearest, quoted};
use crate::event::Event;

/// The most bytes of JSON text that are read as one event or as details.
///
/// Details are limited much lower once they are encoded; this only keeps a runaway input from being parsed first.
pub const MAX_JSON_BYTES: usize = 8 * 1024 * 1024;

/// The fields that Annals sets.
const RESERVED: [&str; 11] = [
    "id",
    "seq",
    "created_at",
    "recorded_at",
    "space",
    "credential",
    "producer",
    "pseq",
    "n_redacted",
    "salt",
    "erased_by",
];

/// The fields of an event besides its text columns.
const FIELDS: [&str; 6] = ["event_type", "phase", "outcome", "duration_ms", "occurred_at", "details"];

/// What other tools call our fields.
const ALIASES: [(&str, &str); 22] = [
    ("type", "event_type"),
    ("event", "event_type"),
    ("kind", "event_type"),
    ("actor", "actor_name"),
    ("agent", "actor_name"),
    ("user", "user_identity"),
    ("user_id", "user_identity"),
    ("project", "project_name"),
    ("plan", "plan_id"),
    ("session", "session_id"),
    ("operation", "operation_id"),
    ("trace_id", "traceparent"),
    ("path", "resource"),
    ("url", "resource"),
    ("status", "outcome"),
    ("result", "outcome"),
    ("duration", "duration_ms"),
    ("time", "occurred_at"),
    ("timestamp", "occurred_at"),
    ("data", "details"),
    ("metadata", "details"),
    ("message", "details"),
];

/// Reads an event from bytes, which must be UTF-8; the rest as [`from_object`].
pub fn from_slice(bytes: &[u8]) -> Result<Event, Invalid> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let problem = format!("is not valid UTF-8 from byte {} on", error.valid_up_to());
        Invalid::new("event", InvalidKind::Malformed, problem).with_hint("JSON is written in UTF-8")
    })?;
    from_object(text)
}

/// Reads an event from a flat JSON object of columns; a field that is `null` counts as absent.
///
/// What the *values* may be (known type, lengths, size of details) is checked by [`encode`](crate::encode()); what only
/// the text can show (structure, unknown and reserved fields, exact integers) here.
pub fn from_object(text: &str) -> Result<Event, Invalid> {
    from_object_with(text, &[]).map(|(event, _)| event)
}

/// The same for a sender who may give more than an event's fields: the members of these names are handed out as they are, whatever they hold.
pub fn from_object_with(text: &str, beside: &[&str]) -> Result<(Event, Map<String, Value>), Invalid> {
    let mut members = match parse(text, "event", 1)? {
        Value::Object(members) => members,
        other => {
            let problem = format!("must be a JSON object, not {}", kind_of(&other));
            return Err(Invalid::new("event", InvalidKind::Malformed, problem)
                .with_hint("an event looks like {\"event_type\":\"tool.invoked\",\"tool\":\"write_file\"}"));
        }
    };
    let apart: Map<String, Value> = beside.iter().filter_map(|name| members.remove_entry(*name)).collect();
    // Names before values: a field that can't be there is the better message when its value is odd too.
    for name in members.keys() {
        check_name(name)?;
    }
    let event_type = match members.get("event_type") {
        Some(Value::String(event_type)) => event_type,
        None | Some(Value::Null) => {
            return Err(Invalid::new("event_type", InvalidKind::Missing, "an event needs a type"));
        }
        Some(other) => return Err(wrong_kind("event_type", "a string", other)),
    };
    let mut event = Event::new(event_type);
    for (name, value) in members.iter().filter(|(name, value)| *name != "details" && !value.is_null()) {
        event = with_field(event, name, value)?;
    }
    match members.remove("details") {
        None | Some(Value::Null) => Ok((event, apart)),
        Some(details) => Ok((event.details(object("details", details)?), apart)),
    }
}

/// Reads details from JSON text: one object.
pub fn parse_details(text: &str) -> Result<Value, Invalid> {
    object("details", parse(text, "details", 0)?)
}

fn with_field(event: Event, name: &str, value: &Value) -> Result<Event, Invalid> {
    if let Some(column) = Column::from_name(name) {
        let text = value.as_str().ok_or_else(|| wrong_kind(column.name(), "a string", value))?;
        return Ok(event.text(column, text));
    }
    Ok(match name {
        "phase" => event.phase(word("phase", value)?.parse()?),
        "outcome" => event.outcome(word("outcome", value)?.parse()?),
        "occurred_at" => {
            let at = word("occurred_at", value)?.parse();
            event.occurred_at(at.map_err(|error: Invalid| error.within(|_| "occurred_at".into()))?)
        }
        "duration_ms" => event.duration_ms(
            whole(value)
                .filter(|millis| *millis <= MAX_INTEGER.unsigned_abs())
                .ok_or_else(|| wrong_kind("duration_ms", "a whole number of milliseconds, not negative", value))?,
        ),
        _ => event,
    })
}

/// A whole number, also where it is written as `12.0`, which JSON does not tell from `12`.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_number()?.to_string().strip_suffix(".0")?.parse().ok())
}

fn object(field: &'static str, value: Value) -> Result<Value, Invalid> {
    if value.is_object() { Ok(value) } else { Err(wrong_kind(field, "a JSON object", &value)) }
}

fn word<'v>(field: &'static str, value: &'v Value) -> Result<&'v str, Invalid> {
    value.as_str().ok_or_else(|| wrong_kind(field, "a string", value))
}

fn wrong_kind(field: &'static str, wanted: &str, value: &Value) -> Invalid {
    let shown = match value {
        Value::Number(number) => format!("the number {}", quoted(&number.to_string())),
        other => kind_of(other).to_owned(),
    };
    Invalid::new(field, InvalidKind::Malformed, format!("must be {wanted}, not {shown}"))
}

fn check_name(name: &str) -> Result<(), Invalid> {
    if FIELDS.contains(&name) || Column::from_name(name).is_some() {
        return Ok(());
    }
    if let Some(reserved) = RESERVED.iter().find(|reserved| **reserved == name) {
        let error = Invalid::new(*reserved, InvalidKind::Reserved, "is set by Annals and can't be given");
        return Err(match *reserved {
            "created_at" | "recorded_at" => error.with_hint("a time of your own goes into `occurred_at`"),
            "id" => error.with_hint("an id of your own goes into `correlation_id` or `details`"),
            _ => error.with_hint("leave the field out"),
        });
    }
    let error = Invalid::new(quoted(name), InvalidKind::UnknownField, "is no field of an event");
    let alias = ALIASES.iter().find(|(alias, _)| name.eq_ignore_ascii_case(alias)).map(|(_, field)| *field);
    let known = FIELDS.iter().copied().chain(Column::ALL.iter().map(|column| column.name()));
    let rest = "what has no field of its own goes into `details`";
    Err(match alias.or_else(|| nearest(name, known)) {
        None | Some("details") => error.with_hint(rest),
        Some(field) => error.with_hint(format!("did you mean `{field}`? {rest}")),
    })
}

/// Parses text that is at most [`MAX_JSON_BYTES`] long, nested within bounds and exact.
fn parse(text: &str, field: &'static str, outer: usize) -> Result<Value, Invalid> {
    if text.len() > MAX_JSON_BYTES {
        let problem = format!("has {} bytes, more than the {MAX_JSON_BYTES} that are read", text.len());
        return Err(Invalid::new(field, InvalidKind::TooLarge, problem)
            .with_hint("keep the size and a digest instead of the content"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(Invalid::new(field, InvalidKind::Malformed, "is empty, not a JSON object"));
    }
    // A field inside an event is named without the event in front of it.
    let seen = scan(text, if outer == 0 { field } else { "" }, outer)?;
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let problem =
            if text.contains('\0') { "contains a NUL byte".to_owned() } else { format!("is not JSON: {error}") };
        Invalid::new(field, InvalidKind::Malformed, problem)
    })?;
    if count_keys(&value) != seen.n_keys {
        return Err(Invalid::new(field, InvalidKind::Malformed, "has an object with the same key twice")
            .with_hint("readers of JSON disagree on which of the two counts"));
    }
    Ok(value)
}

fn count_keys(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count_keys).sum(),
        Value::Object(members) => members.len() + members.values().map(count_keys).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}
