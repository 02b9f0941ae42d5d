//! From a `CloudEvent` to an event.

use annals_event::{Column, Event, Invalid, InvalidKind, json};
use serde_json::{Map, Value};

/// Where the attributes are kept that no column has.
const KEPT_IN: &str = "cloudevent";
/// What every `CloudEvent` must have.
const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];

/// Reads a `CloudEvent` of the structured JSON form.
///
/// `type` is the event's type, `time` its `occurred_at`, `subject` its `resource`, `traceparent` its own; `data`, which may be absent, is a flat object of columns, as events are
/// given everywhere, and a column in it goes before an attribute. `id`, `source`, `dataschema` and unknown extensions are kept in the member `cloudevent` of the details.
/// The extensions `sequence` and `recordedtime`, which Annals itself writes, are kept there too: the event gets its own.
pub fn read(text: &str) -> Result<Event, Invalid> {
    // An object whose keys, depth and numbers are as strictly checked as those of any other event.
    let Value::Object(mut attributes) = json::parse_details(text).map_err(|invalid| renamed(&invalid, outer))? else {
        return Err(malformed("event", "must be a JSON object"));
    };
    for name in REQUIRED {
        match attributes.get(name) {
            Some(Value::String(text)) if !text.is_empty() => {}
            Some(_) => return Err(malformed(name, "must be a text that is not empty")),
            None => return Err(Invalid::new(name, InvalidKind::Missing, "a CloudEvent needs it")),
        }
    }
    if attributes.get("specversion").and_then(Value::as_str) != Some("1.0") {
        return Err(malformed("specversion", "is another one than `1.0`"));
    }
    attributes.remove("specversion");
    check_attributes(&attributes)?;
    if attributes.contains_key("data_base64") {
        return Err(malformed("data_base64", "is not read").with_hint("give `data` as a JSON object of columns"));
    }
    if let Some(said) = attributes.remove("datacontenttype").filter(|said| !said.is_null())
        && said.as_str().is_none_or(|said| !is_json(said))
    {
        return Err(malformed("datacontenttype", "is not `application/json`"));
    }
    let mut columns = match attributes.remove("data") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(columns)) => columns,
        Some(_) => return Err(malformed("data", "must be a JSON object of columns")),
    };
    let event_type = attributes.remove("type").unwrap_or_default();
    if columns.get("event_type").is_some_and(|said| !said.is_null() && *said != event_type) {
        return Err(malformed("data.event_type", "is another one than `type`"));
    }
    columns.insert("event_type".to_owned(), event_type);
    for (attribute, column) in
        [("time", "occurred_at"), ("subject", Column::Resource.name()), ("traceparent", Column::Traceparent.name())]
    {
        if let Some(value) = attributes.remove(attribute).filter(|value| !value.is_null()) {
            columns.entry(column).or_insert(value);
        }
    }
    keep(&mut columns, attributes)?;
    json::from_object(&Value::Object(columns).to_string()).map_err(|invalid| renamed(&invalid, inner))
}

/// Attributes have names of small letters and digits, and plain values; those that become columns are texts.
fn check_attributes(attributes: &Map<String, Value>) -> Result<(), Invalid> {
    for (name, value) in attributes.iter().filter(|(name, _)| *name != "data" && *name != "data_base64") {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
            return Err(malformed("event", "has an attribute whose name is not of small letters and digits alone")
                .with_hint("what belongs to the event goes into `data`"));
        }
        let is_column = matches!(name.as_str(), "time" | "subject" | "traceparent");
        if value.is_array() || value.is_object() || (is_column && !value.is_string() && !value.is_null()) {
            let wanted = if is_column { "must be a text" } else { "must be a text, a number or a truth value" };
            return Err(Invalid::new(name.clone(), InvalidKind::Malformed, wanted));
        }
    }
    Ok(())
}

/// Keeps what no column has.
fn keep(columns: &mut Map<String, Value>, attributes: Map<String, Value>) -> Result<(), Invalid> {
    let kept: Map<String, Value> = attributes.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let details = columns.entry("details").or_insert(Value::Null);
    if details.is_null() {
        *details = Value::Object(Map::new());
    }
    // Details of another kind are refused where events are read.
    let Value::Object(details) = details else { return Ok(()) };
    if details.contains_key(KEPT_IN) {
        return Err(malformed("data.details.cloudevent", "is where the attributes of the CloudEvent are kept"));
    }
    details.insert(KEPT_IN.to_owned(), Value::Object(kept));
    Ok(())
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

fn malformed(field: &'static str, problem: &str) -> Invalid {
    Invalid::new(field, InvalidKind::Malformed, problem)
}

/// The same refusal with the field as it stands in the `CloudEvent`.
fn renamed(invalid: &Invalid, name: impl Fn(&str) -> String) -> Invalid {
    let renamed = Invalid::new(name(invalid.field()), invalid.kind(), invalid.problem());
    match invalid.hint() {
        Some(hint) => renamed.with_hint(hint),
        None => renamed,
    }
}

/// A place in the object, which was read as details are.
fn outer(field: &str) -> String {
    match field.strip_prefix("details") {
        Some(rest) => match rest.trim_start_matches('.') {
            "" => "event".to_owned(),
            rest => rest.to_owned(),
        },
        None => field.to_owned(),
    }
}

/// A column where it stands in the `CloudEvent`.
fn inner(field: &str) -> String {
    match field {
        "event" => "data".to_owned(),
        "event_type" => "type".to_owned(),
        column => format!("data.{column}"),
    }
}
