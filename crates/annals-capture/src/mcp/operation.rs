//! One call between its request and its answer.

use std::time::Duration;

use annals_event::{Capture, Column, Decision, Event, Outcome, Phase};
use serde_json::{Map, Value, json};

use super::Side;
use crate::guard::Guard;
use crate::{Call, Policy, cut};

/// What kind of call it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Tool,
    Resource,
    Prompt,
    /// What there is: an agent's knowledge of its tools comes from here.
    List,
    Sampling,
    Elicitation,
}

impl Kind {
    /// The kind of what this side asks for; `None` for what is not recorded.
    pub(super) fn of(side: Side, method: &str) -> Option<Self> {
        Some(match (side, method) {
            (Side::Client, "tools/call") => Self::Tool,
            (Side::Client, "resources/read") => Self::Resource,
            (Side::Client, "prompts/get") => Self::Prompt,
            (Side::Client, "tools/list" | "resources/list" | "resources/templates/list" | "prompts/list") => Self::List,
            (Side::Server, "sampling/createMessage") => Self::Sampling,
            (Side::Server, "elicitation/create") => Self::Elicitation,
            _ => return None,
        })
    }

    pub(super) fn event_type(self) -> &'static str {
        match self {
            Self::Tool => "tool.invoked",
            Self::Resource => "resource.accessed",
            Self::Prompt | Self::List => "context.built",
            Self::Sampling => "actor.invoked",
            Self::Elicitation => "approval.requested",
        }
    }
}

/// What was asked for.
pub(super) struct Asked<'a> {
    pub(super) kind: Kind,
    pub(super) method: &'a str,
    pub(super) params: Value,
    pub(super) n_bytes: u64,
    pub(super) at: Duration,
}

/// A call that was heard.
pub(super) struct Operation {
    pub(super) kind: Kind,
    /// The columns that intent and outcome share.
    columns: Event,
    /// The details that they share: method, arguments, sizes.
    details: Map<String, Value>,
    tool: String,
    guard: Guard,
    /// What it was called with, as long as there is room for it: an error text is searched for what it repeats of it.
    arguments: Option<Value>,
    /// How much room it takes while it waits.
    pub(super) n_held: u64,
    began: Duration,
}

impl Operation {
    /// The operation of a request. `columns` has what is the same for every event of the session, `id` becomes its `operation_id`.
    pub(super) fn new(policy: &Policy, root: Option<&str>, columns: Event, id: &str, mut asked: Asked<'_>) -> Self {
        let kind = asked.kind;
        let name = |key: &str| asked.params.get(key).and_then(Value::as_str).map(str::to_owned);
        let tool = match kind {
            Kind::Tool => name("name").unwrap_or_default(),
            _ => asked.method.to_owned(),
        };
        let named = match kind {
            Kind::Resource => name("uri"),
            Kind::Prompt => name("name"),
            Kind::List => Some(asked.method.to_owned()),
            _ => None,
        };
        let arguments = match (kind, &mut asked.params) {
            (Kind::Tool | Kind::Prompt, Value::Object(params)) => {
                params.remove("arguments").unwrap_or_else(|| json!({}))
            }
            (_, Value::Object(params)) => {
                params.remove("_meta");
                asked.params
            }
            _ => asked.params,
        };
        let call = Call { tool: &tool, arguments: &arguments, root };
        let guard = Guard::of(&call);
        let resource = match named {
            // The name of a prompt or a method is no path, whatever it looks like.
            Some(name) if matches!(kind, Kind::Prompt | Kind::List) => Some(name),
            Some(uri) => policy.resource_of(&call, &guard).or(Some(uri)),
            None => policy.resource_of(&call, &guard),
        };
        let mut columns = columns.operation(id);
        let texts =
            [(Column::Tool, (kind == Kind::Tool).then_some(tool.as_str())), (Column::Resource, resource.as_deref())];
        for (column, text) in texts {
            if let Some(text) = text.and_then(|text| cut::column(text, &policy.redactor)) {
                columns = columns.text(column, text);
            }
        }
        let mut details = Map::new();
        details.insert("method".to_owned(), asked.method.into());
        details.insert("arguments".to_owned(), policy.arguments_of(&call, &guard).value);
        details.insert("request_bytes".to_owned(), asked.n_bytes.into());
        // What is kept by its size alone stays so, whatever its answer shows.
        let is_held = policy.level != Capture::Metadata;
        let n_held = if is_held { asked.n_bytes } else { 0 };
        Self { kind, columns, details, tool, guard, arguments: is_held.then_some(arguments), n_held, began: asked.at }
    }

    /// Gives up what it was called with, where too much waits. What cannot be compared any more is kept by its size alone.
    pub(super) fn lighten(&mut self) {
        self.arguments = None;
        self.details.insert("arguments".to_owned(), json!({ "bytes": self.n_held }));
        self.n_held = 0;
    }

    /// Its `operation_id`.
    pub(super) fn id(&self) -> &str {
        self.columns.get(Column::OperationId).unwrap_or_default()
    }

    /// The intent.
    pub(super) fn intent(&self, policy: &Policy, names: Map<String, Value>) -> Event {
        self.columns.clone().phase(Phase::Intent).details(policy.fit(self.with(names)))
    }

    /// The event of a call that nobody is to answer.
    pub(super) fn alone(&self, policy: &Policy, names: Map<String, Value>) -> Event {
        let mut details = names;
        details.insert("answer".to_owned(), "none asked for".into());
        self.columns.clone().details(policy.fit(self.with(details)))
    }

    /// The outcome, with the details of it.
    pub(super) fn outcome(
        &self,
        policy: &Policy,
        outcome: Outcome,
        at: Duration,
        details: Map<String, Value>,
    ) -> Event {
        let event = self.columns.clone().phase(Phase::Outcome).outcome(outcome);
        event.duration(at.saturating_sub(self.began)).details(policy.fit(self.with(details)))
    }

    /// The outcome of a result. What a person answered to an elicitation is a decision.
    pub(super) fn answered(
        &self,
        policy: &Policy,
        result: &Value,
        at: Duration,
        mut details: Map<String, Value>,
    ) -> Event {
        let is_error = result.get("isError").and_then(Value::as_bool) == Some(true);
        let action = result.get("action").and_then(Value::as_str);
        let (outcome, decision) = match (self.kind, action) {
            _ if is_error => (Outcome::Failure, None),
            (Kind::Elicitation, Some("accept")) => (Outcome::Success, Some(Decision::Allow)),
            (Kind::Elicitation, Some("decline")) => (Outcome::Denied, Some(Decision::Deny)),
            (Kind::Elicitation, Some("cancel")) => (Outcome::Cancelled, None),
            _ => (Outcome::Success, None),
        };
        if is_error {
            details.insert("error".to_owned(), self.error(policy, &text_of(result)));
        } else {
            let kept = match self.arguments {
                Some(_) => policy.result_of(&self.guard, result),
                None => sizes_alone(policy).result_of(&self.guard, result),
            };
            details.insert("result".to_owned(), kept.value);
        }
        let event = self.outcome(policy, outcome, at, details);
        match decision {
            Some(decision) => event.decision(decision),
            None => event,
        }
    }

    /// The outcome of an error of JSON-RPC.
    pub(super) fn failed(
        &self,
        policy: &Policy,
        error: &Value,
        at: Duration,
        mut details: Map<String, Value>,
    ) -> Event {
        if let Some(code) = error.get("code").and_then(Value::as_i64) {
            details.insert("code".to_owned(), code.into());
        }
        let text = error.get("message").and_then(Value::as_str).map_or_else(|| error.to_string(), str::to_owned);
        details.insert("error".to_owned(), self.error(policy, &text));
        self.outcome(policy, Outcome::Failure, at, details)
    }

    /// What is kept of a text that the other side said about this call.
    pub(super) fn error(&self, policy: &Policy, text: &str) -> Value {
        let call = |arguments| Call { tool: &self.tool, arguments, root: None };
        match &self.arguments {
            Some(arguments) => policy.error_of(&call(arguments), &self.guard, text),
            None => sizes_alone(policy).error_of(&call(&Value::Null), &self.guard, text),
        }
    }

    fn with(&self, mut details: Map<String, Value>) -> Value {
        details.extend(self.details.clone());
        details.into()
    }
}

/// The policy for what cannot be told from a secret any more.
fn sizes_alone(policy: &Policy) -> Policy {
    Policy { level: Capture::Metadata, ..policy.clone() }
}

/// The texts of a result's content.
fn text_of(result: &Value) -> String {
    let items = result.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let texts: Vec<&str> = items.iter().filter_map(|item| item.get("text")?.as_str()).collect();
    if texts.is_empty() { result.to_string() } else { texts.join("\n") }
}
