//! What of an event stands in a row for people.

use annals::{Column, Decision, Outcome, Phase, StoredEvent};
use annals_event::json::parse_details;

use crate::output::{Cell, Tone};

/// What happened: the tool that was called, or the event's type where no tool was.
pub(crate) fn happened(event: &StoredEvent) -> &str {
    event.get(Column::Tool).unwrap_or(&event.event_type)
}

/// What it was about: the resource, or the first line of the command, or the plan.
pub(crate) fn summary(event: &StoredEvent) -> String {
    if let Some(resource) = event.get(Column::Resource) {
        return resource.to_owned();
    }
    let command = event.details.as_deref().and_then(command);
    command.or_else(|| event.get(Column::PlanId).map(|plan| format!("plan {plan}"))).unwrap_or_default()
}

/// The first line of `command` in the details.
fn command(details: &str) -> Option<String> {
    // Most details have none, and are not worth being parsed.
    if !details.contains("\"command\"") {
        return None;
    }
    let details = parse_details(details).ok()?;
    let command = details.get("command")?.as_str()?;
    let mut lines = command.trim().lines();
    let first = lines.next()?.trim_end().to_owned();
    Some(if lines.next().is_some() { first + " …" } else { first })
}

/// How it ended, or was decided, or that it has only begun.
pub(crate) fn outcome(event: &StoredEvent) -> Cell {
    let decision = event.get(Column::Decision);
    match (event.outcome, decision) {
        (Some(outcome), _) => Cell::new(outcome.as_str()).toned(match outcome {
            Outcome::Success => Tone::Good,
            Outcome::Failure | Outcome::Denied | Outcome::Timeout => Tone::Bad,
            _ => Tone::Odd,
        }),
        (None, Some(decision)) => Cell::new(decision).toned(match decision.parse() {
            Ok(Decision::Allow) => Tone::Good,
            Ok(Decision::Deny) => Tone::Bad,
            _ => Tone::Odd,
        }),
        (None, None) if event.phase == Phase::Intent => Cell::new("begun").toned(Tone::Faint),
        (None, None) => Cell::default(),
    }
}
