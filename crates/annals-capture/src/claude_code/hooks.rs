//! From hook event to event type: the table.

use annals_event::{Column, Event, Outcome, Phase};
use serde_json::{Map, Value};

use super::{call, columns, operation, rest};
use crate::guard::Guard;
use crate::{Call, Policy, Surroundings};

/// What a hook event becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A tool's call begins.
    Intent,
    /// A tool's call ended.
    Ended(Outcome),
    /// Somebody is asked whether a tool may be called.
    Asked,
    /// A subagent begins.
    AgentStarts,
    /// A subagent ended.
    AgentStops,
    /// Calls that ran at once, told together.
    Batch,
    /// Something else, of this type and outcome.
    Other(&'static str, Option<Outcome>),
}

const NOTIFIED: Meaning = Meaning::Other("session.notified", None);

/// Every hook event of the documentation.
pub(super) const HOOKS: &[(&str, Meaning)] = &[
    ("PreToolUse", Meaning::Intent),
    ("PostToolUse", Meaning::Ended(Outcome::Success)),
    ("PostToolUseFailure", Meaning::Ended(Outcome::Failure)),
    ("PermissionDenied", Meaning::Ended(Outcome::Denied)),
    ("PermissionRequest", Meaning::Asked),
    ("PostToolBatch", Meaning::Batch),
    ("SubagentStart", Meaning::AgentStarts),
    ("SubagentStop", Meaning::AgentStops),
    ("SessionStart", Meaning::Other("session.created", None)),
    ("SessionEnd", Meaning::Other("session.ended", None)),
    ("StopFailure", Meaning::Other("actor.errored", Some(Outcome::Failure))),
    ("InstructionsLoaded", Meaning::Other("resource.accessed", None)),
    ("FileChanged", Meaning::Other("resource.modified", None)),
    ("ConfigChange", Meaning::Other("config_changed", None)),
    ("PostCompact", Meaning::Other("context.built", None)),
    ("UserPromptSubmit", NOTIFIED),
    ("UserPromptExpansion", NOTIFIED),
    ("Stop", NOTIFIED),
    ("Notification", NOTIFIED),
    ("PreCompact", NOTIFIED),
    ("PreModelSwitch", NOTIFIED),
    ("PostModelSwitch", NOTIFIED),
    ("Setup", NOTIFIED),
    ("TeammateIdle", NOTIFIED),
    ("TaskCreated", NOTIFIED),
    ("TaskCompleted", NOTIFIED),
    ("Elicitation", NOTIFIED),
    ("ElicitationResult", NOTIFIED),
    ("WorktreeCreate", NOTIFIED),
    ("WorktreeRemove", NOTIFIED),
    ("CwdChanged", NOTIFIED),
    ("DirectoryAdded", NOTIFIED),
    ("MessageDisplay", NOTIFIED),
];

/// Whether a payload tells of a batch of calls.
pub(super) fn is_batch(members: &Map<String, Value>) -> bool {
    columns::text(members, "hook_event_name") == Some("PostToolBatch")
}

/// The event of a payload.
pub(super) fn event(members: &Map<String, Value>, surroundings: &Surroundings, policy: &Policy) -> Event {
    let hook = columns::text(members, "hook_event_name").unwrap_or_default();
    let meaning = HOOKS.iter().find(|(name, _)| *name == hook).map_or(NOTIFIED, |(_, meaning)| *meaning);
    let of_type = |event_type: &str| columns::common(Event::new(event_type), members, surroundings, policy);
    let below = |event_type: &str| columns::below_agent(of_type(event_type), members);
    let root = surroundings.project.as_ref().map(|project| project.root.as_str());
    match meaning {
        Meaning::Intent => call::event(below("tool.invoked"), call::Part::Intent, members, root, policy),
        Meaning::Ended(outcome) => {
            call::event(below("tool.invoked"), call::Part::Ended(outcome), members, root, policy)
        }
        Meaning::Asked => call::event(below("approval.requested"), call::Part::Asked, members, root, policy),
        Meaning::Batch => below("session.notified").details(policy.fit(call::batch(members, policy))),
        Meaning::AgentStarts => {
            other(operation(of_type("actor.invoked"), Phase::Intent, members), members, root, policy)
        }
        Meaning::AgentStops => {
            let event = of_type("actor.invoked").outcome(Outcome::Success);
            other(operation(event, Phase::Outcome, members), members, root, policy)
        }
        Meaning::Other(event_type, outcome) => {
            let event = below(event_type);
            let event = if let Some(outcome) = outcome { event.outcome(outcome) } else { event };
            other(event, members, root, policy)
        }
    }
}

/// A subagent's run is an operation; without its id it is an event on its own.
fn operation(event: Event, phase: Phase, members: &Map<String, Value>) -> Event {
    match columns::text(members, "agent_id") {
        Some(agent) => event.operation(operation::of_agent(columns::session(members), agent)).phase(phase),
        None => event,
    }
}

fn other(event: Event, members: &Map<String, Value>, root: Option<&str>, policy: &Policy) -> Event {
    let rest = rest::of(members);
    let reaching = rest::reaching(&rest);
    let call = Call { tool: "", arguments: &reaching, root };
    let guard = Guard::of(&call);
    let event = columns::set(event, Column::Resource, policy.resource_of(&call, &guard).as_deref(), policy);
    event.details(policy.fit(rest::details(members, &rest, &guard, policy)))
}
