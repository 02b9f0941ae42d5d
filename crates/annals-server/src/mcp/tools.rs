//! The tools: what a client is told about them, and which file answers which.
//!
//! A tool's output schema has the outer shape alone. Every client reads the list in every conversation, so the schemas of arguments say what is taken and leave the rest to the
//! errors, which name what would be right.

mod event_stats;
mod get_event;
mod get_receipt;
mod query_events;
mod record_event;
mod verify_log;

use std::sync::Arc;

use annals_awareness::tools::ToolCard;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::arguments::Arguments;
use super::awareness;
use super::calling::Calling;
use crate::config::ToolProfile;
use crate::failure::Failure;

/// Which tool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Record,
    Query,
    Get,
    Stats,
    Verify,
    Receipt,
}

/// Who answers a tool.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answered {
    /// The log.
    ByLog(Kind),
    /// The knowledge service.
    ByKnowledge(&'static ToolCard),
}

/// A tool as clients see it.
pub(super) struct Named {
    pub(super) answered: Answered,
    pub(super) tool: Tool,
}

/// What a tool may do, as far as a client asks before it lets a model.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hints {
    Reads,
    /// Adds to the log, each time it is called.
    Appends,
}

/// The tools of a profile, in the order in which they are listed.
pub(super) fn of(profile: ToolProfile) -> Vec<Named> {
    let kinds: &[Kind] = match profile {
        ToolProfile::Full => &[Kind::Record, Kind::Query, Kind::Get, Kind::Stats, Kind::Verify, Kind::Receipt],
        // The others are for people who look after the log, and each of them is long.
        ToolProfile::Core => &[Kind::Record],
    };
    let of_knowledge = awareness::of(profile)
        .map(|card| Named { answered: Answered::ByKnowledge(card), tool: awareness::describe(card) });
    let of_log = kinds.iter().map(|kind| Named { answered: Answered::ByLog(*kind), tool: describe(*kind) });
    of_knowledge.chain(of_log).collect()
}

/// Does what the tool is for.
pub(super) async fn call(kind: Kind, calling: Calling, members: Map<String, Value>) -> Result<Answer, Failure> {
    let arguments = Arguments::new(members);
    match kind {
        Kind::Record => record_event::call(&calling, arguments).await,
        Kind::Query => query_events::call(&calling, arguments).await,
        Kind::Get => get_event::call(&calling, arguments).await,
        Kind::Stats => event_stats::call(&calling, arguments).await,
        Kind::Verify => verify_log::call(&calling, arguments).await,
        Kind::Receipt => get_receipt::call(&calling, arguments).await,
    }
}

fn describe(kind: Kind) -> Tool {
    match kind {
        Kind::Record => record_event::describe(),
        Kind::Query => query_events::describe(),
        Kind::Get => get_event::describe(),
        Kind::Stats => event_stats::describe(),
        Kind::Verify => verify_log::describe(),
        Kind::Receipt => get_receipt::describe(),
    }
}

/// A tool with a schema for its arguments and the outer shape of its answer.
fn tool(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    hints: Hints,
    input: Value,
    output: &[(&str, &str)],
) -> Tool {
    let annotations = match hints {
        Hints::Reads => ToolAnnotations::new().read_only(true).destructive(false),
        Hints::Appends => ToolAnnotations::new().read_only(false).destructive(false).idempotent(false),
    };
    let properties: Map<String, Value> =
        output.iter().map(|(name, kind)| ((*name).to_owned(), json!({ "type": kind }))).collect();
    Tool::new(name, description, object(input))
        .with_title(title)
        .with_annotations(annotations.open_world(false))
        .with_raw_output_schema(object(json!({ "type": "object", "properties": properties })))
}

fn object(value: Value) -> Arc<JsonObject> {
    Arc::new(match value {
        Value::Object(members) => members,
        _ => Map::new(),
    })
}

/// A property that is a text and needs no more words.
fn text() -> Value {
    json!({ "type": "string" })
}
