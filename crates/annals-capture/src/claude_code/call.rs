//! The hook events of a tool's call.
//!
//! The end of a call repeats its arguments, so that either event alone answers a question.

use annals_event::{Capture, Column, Decision, Event, Outcome, Phase, REDACTED};
use serde_json::{Map, Value};

use super::{columns, operation, rest};
use crate::content::digested;
use crate::guard::Guard;
use crate::{Call, Policy};

/// What of a call an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Intent,
    Ended(Outcome),
    Asked,
}

/// The event of a call's part.
pub(super) fn event(
    event: Event,
    part: Part,
    members: &Map<String, Value>,
    root: Option<&str>,
    policy: &Policy,
) -> Event {
    let call = call(members, root);
    let guard = guard(&call, members);
    let event = columns::set(event, Column::Tool, Some(call.tool), policy);
    let event = columns::set(event, Column::Resource, policy.resource_of(&call, &guard).as_deref(), policy);
    let event = match (part, columns::text(members, "tool_use_id")) {
        (_, None) => event,
        (Part::Asked, Some(id)) => event.operation(operation::of_call(columns::session(members), id)),
        (Part::Intent, Some(id)) => {
            event.operation(operation::of_call(columns::session(members), id)).phase(Phase::Intent)
        }
        (Part::Ended(_), Some(id)) => {
            event.operation(operation::of_call(columns::session(members), id)).phase(Phase::Outcome)
        }
    };
    let event = match part {
        Part::Intent => event,
        Part::Asked => event.decision(Decision::Ask),
        Part::Ended(Outcome::Failure) if members.get("is_interrupt") == Some(&Value::Bool(true)) => {
            event.outcome(Outcome::Cancelled)
        }
        Part::Ended(Outcome::Denied) => event.outcome(Outcome::Denied).decision(Decision::Deny),
        Part::Ended(outcome) => event.outcome(outcome),
    };
    let event = match duration(members) {
        Some(millis) => event.duration_ms(millis),
        None => event,
    };
    event.details(policy.fit(details(&call, &guard, members, policy).into()))
}

/// Calls that ran at once: each with its tool, its arguments and its result, as its own event would have it.
pub(super) fn batch(members: &Map<String, Value>, policy: &Policy) -> Value {
    let mut details = rest::frame(members);
    let calls = members.get("tool_calls").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let calls = calls.iter().filter_map(Value::as_object).map(|each| {
        let call = call(each, None);
        let guard = guard(&call, members);
        let mut kept = Map::new();
        kept.insert("tool".to_owned(), call.tool.into());
        if let Some(id) = columns::text(each, "tool_use_id") {
            kept.insert("operation_id".to_owned(), operation::of_call(columns::session(members), id).into());
        }
        kept.insert("arguments".to_owned(), policy.arguments_of(&call, &guard).value);
        if let Some(result) = each.get("tool_response") {
            kept.insert("result".to_owned(), policy.result_of(&guard, result).value);
        }
        Value::Object(kept)
    });
    details.insert("calls".to_owned(), calls.collect());
    details.into()
}

fn call<'m>(members: &'m Map<String, Value>, root: Option<&'m str>) -> Call<'m> {
    let tool = columns::text(members, "tool_name").unwrap_or_default();
    Call { tool, arguments: members.get("tool_input").unwrap_or(&Value::Null), root }
}

/// Within `.ssh` every name is guarded, also a bare one.
fn guard(call: &Call<'_>, members: &Map<String, Value>) -> Guard {
    Guard::of(call).within(columns::text(members, "cwd").unwrap_or_default())
}

fn details(call: &Call<'_>, guard: &Guard, members: &Map<String, Value>, policy: &Policy) -> Map<String, Value> {
    let mut details = rest::frame(members);
    details.insert("arguments".to_owned(), policy.arguments_of(call, guard).value);
    if let Some(result) = members.get("tool_response") {
        details.insert("result".to_owned(), policy.result_of(guard, result).value);
    }
    for key in ["error", "reason"] {
        match members.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => {
                details.insert(key.to_owned(), policy.error_of(call, guard, text));
            }
            Some(other) => {
                details.insert(key.to_owned(), policy.error_of(call, guard, &other.to_string()));
            }
        }
    }
    // What the client would allow from now on repeats the call in its own words.
    if let Some(suggestions) = members.get("permission_suggestions").filter(|_| policy.level != Capture::Metadata) {
        let kept = match policy.level {
            _ if guard.is_on() => REDACTED.into(),
            Capture::Full => policy.whole(suggestions),
            _ => digested(suggestions),
        };
        details.insert("permission_suggestions".to_owned(), kept);
    }
    rest::add(&mut details, &rest::without(members, CALL), guard, policy);
    details
}

/// What the functions above have dealt with.
const CALL: &[&str] = &[
    "tool_name",
    "tool_input",
    "tool_response",
    "tool_use_id",
    "error",
    "reason",
    "duration_ms",
    "permission_suggestions",
];

/// Whole milliseconds that a column takes.
fn duration(members: &Map<String, Value>) -> Option<u64> {
    let number = members.get("duration_ms")?;
    let whole = number.as_u64().or_else(|| {
        let millis = number.as_f64().filter(|millis| (0.0..1e15).contains(millis))?;
        format!("{millis:.0}").parse().ok()
    })?;
    (whole < 1 << 53).then_some(whole)
}
