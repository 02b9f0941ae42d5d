//! What a batch of calls tells that no other hook event does.
//!
//! The client tells of a batch when all of its calls have ended, and of each call what the model was answered.
//! A call that was refused for want of an approval has no other end, and one whose input was no good not even a beginning; whoever would know of them looks for those here that have no outcome yet.
//! Which have one, only a log knows.

use annals_event::{Event, Outcome};
use serde_json::{Map, Value};

use super::{Payload, call, columns, hooks, operation};
use crate::{Policy, Surroundings};

/// How the client begins what it says of input that was no good.
const ERROR_BEGINS: &str = "<tool_use_error>";

/// A call that a batch tells of.
#[derive(Clone, Debug)]
pub struct BatchCall {
    operation_id: String,
    /// The batch's own members, with those of the one call as a payload of its own would have them.
    members: Map<String, Value>,
}

/// Whether a call's intent is on record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intent {
    /// It had begun.
    Recorded,
    /// Nothing tells that it began.
    Missing,
}

impl Payload {
    /// The calls of a batch that can be told apart; none for any other payload.
    pub fn batch(&self) -> Vec<BatchCall> {
        let Some(members) = self.0.as_ref().ok().filter(|members| hooks::is_batch(members)) else { return Vec::new() };
        let calls = members.get("tool_calls").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        calls.iter().filter_map(Value::as_object).filter_map(|each| BatchCall::of(members, each)).collect()
    }
}

impl BatchCall {
    fn of(members: &Map<String, Value>, each: &Map<String, Value>) -> Option<Self> {
        let operation_id = operation::of_call(columns::session(members), columns::text(each, "tool_use_id")?);
        let of_batch = members.iter().filter(|(key, _)| *key != "tool_calls");
        let members = of_batch.chain(each).map(|(key, value)| (key.clone(), value.clone())).collect();
        Some(Self { operation_id, members })
    }

    /// The operation that the call is.
    pub fn operation_id(&self) -> &str {
        &self.operation_id
    }

    /// The end of this call, for whoever has looked and found none: it had begun and was not allowed to go on, or the client did not even try it.
    /// `details.inferred` says that no hook event told it.
    /// Where the answer speaks against that, the events of the call were lost, and its outcome is `unknown`.
    pub fn end(&self, intent: Intent, surroundings: &Surroundings, policy: &Policy) -> Event {
        let mut members = self.members.clone();
        let answer = members.get("tool_response").and_then(Value::as_str);
        // No refusal has several parts, and a call without a beginning always failed by such an error.
        let (outcome, key) = match (intent, answer) {
            (Intent::Recorded, Some(_)) => (Outcome::Denied, "reason"),
            (Intent::Missing, Some(answer)) if answer.trim_start().starts_with(ERROR_BEGINS) => {
                (Outcome::Failure, "error")
            }
            _ => (Outcome::Unknown, "tool_response"),
        };
        // What the model was answered is why the call did not run.
        if outcome != Outcome::Unknown
            && let Some(Value::String(answer)) = members.get("tool_response")
        {
            let answer = answer.trim();
            let inner = answer.strip_prefix(ERROR_BEGINS).and_then(|rest| rest.strip_suffix("</tool_use_error>"));
            let answer = Value::from(inner.unwrap_or(answer));
            members.remove("tool_response");
            members.insert(key.to_owned(), answer);
        }
        members.insert("inferred".to_owned(), true.into());
        let root = surroundings.project.as_ref().map(|project| project.root.as_str());
        let event = columns::common(Event::new("tool.invoked"), &members, surroundings, policy);
        call::event(columns::below_agent(event, &members), call::Part::Ended(outcome), &members, root, policy)
    }
}
