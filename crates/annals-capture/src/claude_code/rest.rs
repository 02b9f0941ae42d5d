//! What a payload says besides what has a column.
//!
//! At `metadata` only words of a known list stay, at `arguments` short values and digests of the rest; both also of fields that nobody knows yet.

use annals_event::{Capture, REDACTED};
use serde_json::{Map, Value, json};

use super::columns;
use crate::content::{digested, is_body, json_size, plain};
use crate::guard::{Guard, mention, name};
use crate::policy::Policy;

/// What every payload has, and what has a column or a place of its own in details.
const COMMON: &[&str] =
    &["agent_id", "cwd", "effort", "hook_event_name", "permission_mode", "prompt_id", "session_id", "transcript_path"];

/// Fields whose values are words of the client's own; they say what happened and nothing of its content.
const WORDS: &[&str] = &[
    "action",
    "context_tokens",
    "event",
    "expansion_type",
    "inferred",
    "is_interrupt",
    "load_reason",
    "memory_type",
    "mode",
    "notification_type",
    "reason",
    "seconds_since_last_response",
    "source",
    "stop_hook_active",
    "trigger",
];

/// Fields that hold what people and models said, besides those that are bodies in a call as well. That a file is named there is no reach for it.
const SAID: &[&str] = &[
    "backgroundtasks",
    "commandargs",
    "compactsummary",
    "custominstructions",
    "delta",
    "errordetails",
    "lastassistantmessage",
    "sessioncrons",
    "sessiontitle",
    "summary",
    "taskdescription",
    "thinking",
];

/// Fields that hold what a tool was given or gave back.
const HANDLED: &[&str] =
    &["output", "response", "result", "stderr", "stdout", "toolcalls", "toolinput", "toolresponse"];

/// The longest text of a field that isn't known to be said by anybody.
const SHORT: usize = 200;

/// The members that are not common to all payloads.
pub(super) fn of(members: &Map<String, Value>) -> Value {
    without(members, &[]).into()
}

/// Of these the ones that may reach for something.
pub(super) fn reaching(rest: &Value) -> Value {
    let Value::Object(rest) = rest else { return Value::Null };
    let is_said = |key: &str| is_body(key) || SAID.contains(&plain(key).as_str()) || WORDS.contains(&key);
    rest.iter()
        .filter(|(key, _)| !is_said(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}

/// The same without these.
pub(super) fn without(members: &Map<String, Value>, others: &[&str]) -> Map<String, Value> {
    let named = |key: &str| COMMON.contains(&key) || others.contains(&key);
    members.iter().filter(|(key, _)| !named(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What the details of every event begin with.
pub(super) fn frame(members: &Map<String, Value>) -> Map<String, Value> {
    let mut details = Map::new();
    let mut add = |key: &str, text: Option<&str>| {
        if let Some(text) = text {
            details.insert(key.to_owned(), text.into());
        }
    };
    add("hook", Some(columns::text(members, "hook_event_name").unwrap_or("")));
    add("cwd", columns::text(members, "cwd"));
    add("agent_id", columns::text(members, "agent_id"));
    let effort = members.get("effort").and_then(|effort| effort.get("level").unwrap_or(effort).as_str());
    add("effort", effort.filter(|level| is_word(level)));
    let is_session = columns::text(members, "hook_event_name").is_some_and(|hook| hook.starts_with("Session"));
    add("transcript_path", columns::text(members, "transcript_path").filter(|_| is_session));
    details
}

/// The details of an event that is no call.
pub(super) fn details(members: &Map<String, Value>, rest: &Value, guard: &Guard, policy: &Policy) -> Value {
    let mut details = frame(members);
    if let Value::Object(rest) = rest {
        add(&mut details, rest, guard, policy);
    }
    details.into()
}

/// Adds what is kept of these members.
pub(super) fn add(details: &mut Map<String, Value>, rest: &Map<String, Value>, guard: &Guard, policy: &Policy) {
    let mut n_bytes = 0;
    for (key, value) in rest {
        let is_column = matches!(key.as_str(), "model") || (key == "agent_type" && details.contains_key("agent_id"));
        if is_column && value.is_string() {
            continue;
        }
        let kept = match policy.level {
            _ if WORDS.contains(&key.as_str()) && is_plain(value) => Some(value.clone()),
            Capture::Arguments | Capture::Full => Some(kept(key, value, guard, policy)),
            _ => None,
        };
        match kept {
            // What the client calls like one of ours comes second.
            Some(value) if details.contains_key(key) => drop(details.insert(format!("payload_{key}"), value)),
            Some(value) => drop(details.insert(key.clone(), value)),
            None => n_bytes += json_size(value),
        }
    }
    if n_bytes > 0 {
        details.insert("payload".to_owned(), json!({ "bytes": n_bytes }));
    }
}

fn kept(key: &str, value: &Value, guard: &Guard, policy: &Policy) -> Value {
    let plain = plain(key);
    let is_handled = HANDLED.contains(&plain.as_str());
    let is_said = is_handled || is_body(&plain) || SAID.contains(&plain.as_str());
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        _ if is_said && guard.is_on() => REDACTED.into(),
        _ if is_handled && mention::in_value(value) => REDACTED.into(),
        _ if is_said && policy.level == Capture::Arguments => digested(value),
        Value::Number(_) => value.clone(),
        Value::String(text) if guard.is_on() => {
            if name::is_guarded(text) {
                policy.bounded(text)
            } else {
                REDACTED.into()
            }
        }
        Value::String(text) if text.len() > SHORT && policy.level == Capture::Arguments => digested(value),
        Value::String(text) => policy.bounded(text),
        Value::Array(items) => items.iter().map(|item| kept(key, item, guard, policy)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| (key.clone(), kept(key, member, guard, policy)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// Whether a value is a flag, a number or a word.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => is_word(text),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_word(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-' || byte == b' ')
        || text.len() <= 16 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}
