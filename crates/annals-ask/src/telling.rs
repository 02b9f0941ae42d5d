//! What of an event stands in a row for people, on a terminal and in a browser. The text is what strangers wrote: whoever shows it makes it harmless first.
//!
//! A hook's events say what they were about in their columns and in `details.arguments`, a library's in whatever it chose. So each is asked for the most telling thing it has:
//! the command, what was searched for, the resource, and else its plain arguments. What the capture level withheld is told by its size.

use std::borrow::Cow;

use annals_event::json::parse_details;
use annals_event::{Column, Decision, Gap, Outcome, Phase, REDACTED, StoredEvent};
use serde_json::Value;

/// So much of a text is looked at: no screen shows more.
const MOST_CHARACTERS: usize = 1_000;

/// The type of whatever a client reports that has no other.
const NOTIFIED: &str = "session.notified";

/// What happened: the tool that was called, or the event's type where no tool was, or was only asked for. What a client reports by a hook that has no type of its own goes by that hook's name.
pub fn happened(event: &StoredEvent) -> Cow<'_, str> {
    if let Some(tool) = event.get(Column::Tool).filter(|_| !is_approval(event)) {
        return Cow::Borrowed(tool);
    }
    let details = event.details.as_deref().filter(|_| event.event_type == NOTIFIED);
    let hook = details.and_then(|details| first_line(parse_details(details).ok()?.get("hook")?));
    hook.filter(|hook| !hook.is_empty()).map_or(Cow::Borrowed(event.event_type.as_str()), Cow::Owned)
}

fn is_approval(event: &StoredEvent) -> bool {
    event.event_type.starts_with("approval.")
}

/// Who did it: the actor; behind an arrow where it is a subagent of the client's, and with the client where that is another one.
pub fn agent(event: &StoredEvent) -> String {
    let (actor, client) = (event.get(Column::ActorName), event.get(Column::Client));
    match (actor, client) {
        (Some(actor), Some(client)) if actor != client && event.get(Column::ParentId).is_some() => format!("↳ {actor}"),
        // A subagent's own run is the operation below which its calls hang.
        (Some(actor), Some(client)) if actor != client && event.event_type.starts_with("actor.") => {
            format!("↳ {actor}")
        }
        (Some(actor), Some(client)) if actor != client => format!("{actor} ({client})"),
        (actor, client) => actor.or(client).unwrap_or_default().to_owned(),
    }
}

/// What an event was about.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// The words.
    pub text: String,
    /// A path or URL that follows them, whose end says more than its beginning.
    pub path: Option<String>,
}

/// What it was about, behind a text that says what happened.
pub fn summary(event: &StoredEvent, before: &str) -> Summary {
    let details = event.details.as_deref().and_then(|details| parse_details(details).ok()).unwrap_or_default();
    let tool = event.get(Column::Tool).filter(|_| is_approval(event)).map(|tool| format!("{tool}: "));
    let before = [before, tool.as_deref().unwrap_or_default()].concat();
    match (told(event, &details), event.get(Column::Resource)) {
        (Some(text), _) if !text.is_empty() => Summary { text: before + &text, path: None },
        (None, Some(resource)) => Summary { text: before, path: Some(resource.to_owned()) },
        _ => Summary { text: before.trim_end().to_owned(), path: None },
    }
}

/// What says more than the resource, or stands for one; `None` where the resource is to be shown, if there is one.
fn told(event: &StoredEvent, details: &Value) -> Option<String> {
    let arguments = details.get("arguments").unwrap_or(&Value::Null);
    let said = |name: &str| arguments.get(name).and_then(first_line);
    let resource = event.get(Column::Resource);
    if let Some(command) = details.get("command").and_then(first_line).or_else(|| said("command")) {
        return Some(command);
    }
    if let Some(pattern) = said("pattern") {
        return Some(resource.map_or(pattern.clone(), |resource| format!("{pattern} in {resource}")));
    }
    if event.event_type == NOTIFIED {
        let prompt = details.get("prompt").map(|prompt| format!("prompt of {}", size(prompt)));
        let named = ["message", "problem", "notification_type", "trigger"].into_iter();
        return prompt.or_else(|| named.filter_map(|name| details.get(name)).find_map(first_line));
    }
    if event.event_type.starts_with("session.") || event.event_type == "actor.invoked" {
        return Some(session(event, details));
    }
    if resource.is_some() {
        return None;
    }
    if event.event_type == Gap::EVENT_TYPE {
        return event.details.as_deref().and_then(lost);
    }
    if let Some(arguments) = arguments.as_object().filter(|arguments| !arguments.is_empty()) {
        return said("query").or_else(|| said("description")).or_else(|| Some(listed(arguments)));
    }
    event.get(Column::PlanId).map(|plan| format!("plan {plan}"))
}

/// What a session's own events say: where and with what it began, or why it ended.
fn session(event: &StoredEvent, details: &Value) -> String {
    let said = |name: &str| details.get(name).and_then(first_line);
    if event.event_type == "actor.invoked" {
        return event.get(Column::ActorName).unwrap_or_default().to_owned();
    }
    let why = said("source").or_else(|| said("reason"));
    let project = event.get(Column::ProjectName).map(|project| format!("in {project}"));
    let client = event.get(Column::Client).map(|client| format!("with {client}"));
    [why, project, client].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The beginning of what went wrong, where it is kept: the error, or the reason of a denial.
pub fn problem(event: &StoredEvent) -> Option<String> {
    let details = parse_details(event.details.as_deref()?).ok()?;
    let named = ["error", "reason", "message"].into_iter();
    let kept = if is_bad(event) { named.filter_map(|name| details.get(name)).find_map(first_line) } else { None };
    kept.filter(|line| !line.is_empty() && line != REDACTED)
}

/// Whether it failed, timed out or was denied.
pub fn is_bad(event: &StoredEvent) -> bool {
    matches!(event.outcome, Some(Outcome::Failure | Outcome::Denied | Outcome::Timeout))
        || event.get(Column::Decision) == Some(Decision::Deny.as_str())
}

/// The first line of a text, or of what is kept of one.
fn first_line(value: &Value) -> Option<String> {
    let (text, is_cut) = match value {
        Value::String(text) => (text.as_str(), false),
        Value::Object(kept) => (kept.get("cut")?.as_str()?, true),
        _ => return None,
    };
    let mut lines = text.trim().lines();
    let first: String = lines.next()?.trim_end().chars().take(MOST_CHARACTERS).collect();
    Some(if is_cut || lines.next().is_some() { first + " …" } else { first })
}

/// The plain members of an object, one after the other; those that were withheld last, by their size.
fn listed<'a>(members: impl IntoIterator<Item = (&'a String, &'a Value)>) -> String {
    let (mut told, mut sizes) = (Vec::new(), Vec::new());
    for (name, value) in members {
        match value {
            Value::Number(number) if name == "bytes" => sizes.push(format!("{number} bytes")),
            Value::Number(number) => told.push(format!("{name}: {number}")),
            Value::Bool(is_so) => told.push(format!("{name}: {is_so}")),
            Value::Object(kept) if kept.contains_key("sha256") && !kept.contains_key("cut") => {
                sizes.push(format!("{name}: {}", size(value)));
            }
            value => told.extend(first_line(value).map(|line| format!("{name}: {line}"))),
        }
    }
    told.append(&mut sizes);
    told.join(", ")
}

/// How long a text is, kept or not.
fn size(value: &Value) -> String {
    let bytes = value.as_str().map(|text| text.len() as u64).or_else(|| value.get("bytes").and_then(Value::as_u64));
    bytes.map_or_else(|| "unknown size".to_owned(), |bytes| format!("{bytes} bytes"))
}

/// What a gap says: how many events, and why.
fn lost(details: &str) -> Option<String> {
    let gap = Gap::from_details(details).ok()?;
    let events = match gap.n_events {
        Some(1) => "1 event".to_owned(),
        Some(n_events) => format!("{n_events} events"),
        None => "events".to_owned(),
    };
    Some(format!("{events} lost: {}", gap.reason))
}

/// How something ended, in a word and in what a colour would say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ending {
    /// `success`, `deny`, `begun`; nothing where there is nothing to say.
    pub word: String,
    /// What to take it for.
    pub mood: Mood,
}

/// What to take an ending for. The words say the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mood {
    /// As it is.
    #[default]
    Plain,
    /// It goes on.
    Faint,
    /// Done.
    Good,
    /// Failed or denied.
    Bad,
    /// Worth a look.
    Odd,
}

/// How it ended, or was decided, or that it has only begun.
pub fn ending(event: &StoredEvent) -> Ending {
    let decision = event.get(Column::Decision);
    let (word, mood) = match (event.outcome, decision) {
        (Some(outcome), _) => {
            let mood = match outcome {
                Outcome::Success => Mood::Good,
                Outcome::Failure | Outcome::Denied | Outcome::Timeout => Mood::Bad,
                _ => Mood::Odd,
            };
            (outcome.as_str(), mood)
        }
        (None, Some(decision)) => {
            let mood = match decision.parse() {
                Ok(Decision::Allow) => Mood::Good,
                Ok(Decision::Deny) => Mood::Bad,
                _ => Mood::Odd,
            };
            (decision, mood)
        }
        (None, None) if event.phase == Phase::Intent => ("begun", Mood::Faint),
        (None, None) => return Ending::default(),
    };
    Ending { word: word.to_owned(), mood }
}

#[cfg(test)]
mod tests;
