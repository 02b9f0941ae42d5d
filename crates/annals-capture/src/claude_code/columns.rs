//! What stands in the columns of every event.

use annals_event::{Column, Event};
use serde_json::{Map, Value};

use super::operation;
use crate::{Policy, Surroundings, cut};

/// The client, and the actor where no subagent is named.
const CLIENT: &str = "claude-code";

/// The event with where it happened.
pub(super) fn surrounded(event: Event, surroundings: &Surroundings, policy: &Policy) -> Event {
    let project = surroundings.project.as_ref().map(|project| project.name.as_str());
    let texts = [
        (Column::Client, Some(CLIENT)),
        (Column::ActorName, Some(CLIENT)),
        (Column::UserIdentity, surroundings.user.as_deref()),
        (Column::Host, surroundings.host.as_deref()),
        (Column::ProjectName, project),
    ];
    texts.into_iter().fold(event, |event, (column, text)| set(event, column, text, policy))
}

/// The event with what every payload says about its session.
pub(super) fn common(
    event: Event,
    members: &Map<String, Value>,
    surroundings: &Surroundings,
    policy: &Policy,
) -> Event {
    let agent = text(members, "agent_id");
    let actor = agent.and_then(|_| text(members, "agent_type"));
    let texts = [
        (Column::SessionId, text(members, "session_id")),
        (Column::CorrelationId, text(members, "prompt_id")),
        (Column::Policy, text(members, "permission_mode")),
        (Column::Model, text(members, "model")),
        (Column::ActorName, actor),
    ];
    let event = surrounded(event, surroundings, policy);
    texts.into_iter().fold(event, |event, (column, text)| set(event, column, text, policy))
}

/// The event below its subagent's run.
pub(super) fn below_agent(event: Event, members: &Map<String, Value>) -> Event {
    match text(members, "agent_id") {
        Some(agent) => event.parent(operation::of_agent(session(members), agent)),
        None => event,
    }
}

/// Sets a column, if there is a text for it; what no column takes is cut.
pub(super) fn set(event: Event, column: Column, text: Option<&str>, policy: &Policy) -> Event {
    match text.and_then(|text| cut::column(text, &policy.redactor)) {
        Some(text) => event.text(column, text),
        None => event,
    }
}

/// The session's own id, empty where there is none.
pub(super) fn session(members: &Map<String, Value>) -> &str {
    text(members, "session_id").unwrap_or_default()
}

/// A text that is not empty.
pub(super) fn text<'m>(members: &'m Map<String, Value>, key: &str) -> Option<&'m str> {
    members.get(key)?.as_str().filter(|text| !text.is_empty())
}
