//! What agents know and share, on the wire: tools, prompts, resources, and who is told when they change.
//!
//! Every rule is the knowledge service's own; here its answers become messages. It blocks, so each question runs on a thread that may wait, as the caller that the trail knows.

mod following;
mod prompts;
mod resources;

use annals_awareness::resources::SCHEME;
use annals_awareness::tools::{Answer, ToolCard};
use annals_awareness::{Awareness, Code, Context, Refusal, tools};
use rmcp::model::{CallToolResult, ContentBlock, ErrorData, JsonObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

pub(super) use self::following::{Followed, Marks, listen};
pub(super) use self::prompts::{get as get_prompt, list as list_prompts};
pub(super) use self::resources::{list as list_resources, named, read as read_resource, templates};
use super::calling::Calling;
use super::refusal;
use crate::config::ToolProfile;
use crate::failure::Failure;

/// What an agent needs in its daily work.
const CORE: [&str; 8] =
    ["get_briefing", "get_status", "get_knowledge", "remember", "get_stats", "get_tags", "acted_on", "search"];

/// The tools of a profile, in the order in which they are listed.
pub(super) fn of(profile: ToolProfile) -> impl Iterator<Item = &'static ToolCard> {
    let is_in = move |card: &&ToolCard| match profile {
        ToolProfile::Full => true,
        ToolProfile::Core => CORE.contains(&card.name),
    };
    tools::CARDS.into_iter().filter(is_in)
}

/// Whether the answer may be long to a call of this tool, or to a question for this resource.
pub(super) fn may_be_long(name: &str) -> bool {
    name.starts_with(SCHEME) || tools::card(name).is_some_and(|card| card.names().contains(&"max_bytes"))
}

/// A tool as the protocol has it.
pub(super) fn describe(card: &ToolCard) -> Tool {
    let [(_, reads), (_, destroys), (_, repeats), (_, is_open)] = card.annotations();
    let annotations = ToolAnnotations::new().read_only(reads).destructive(destroys).open_world(is_open);
    // Of a tool that reads this says nothing, by the specification.
    let annotations = if reads { annotations } else { annotations.idempotent(repeats) };
    let mut output = JsonObject::new();
    output.insert("type".to_owned(), "object".into());
    Tool::new(card.name, card.description, std::sync::Arc::new(card.input_schema()))
        .with_title(card.title)
        .with_annotations(annotations)
        .with_raw_output_schema(std::sync::Arc::new(output))
}

/// Carries out a tool. The result is made on the thread that waited: it may be long.
pub(super) async fn call(card: &'static ToolCard, calling: &Calling, members: Map<String, Value>) -> CallToolResult {
    let answered = ask(calling, move |service, context| {
        tools::call(card.name, service, context, members).map_or_else(|refusal| refused(&refusal), result)
    });
    answered.await.unwrap_or_else(|failure| refusal::result(&failure))
}

/// Asks the knowledge service, on a thread that may wait.
async fn ask<T: Send + 'static>(
    calling: &Calling,
    work: impl FnOnce(&Awareness, &Context) -> T + Send + 'static,
) -> Result<T, Failure> {
    calling.trail.know(calling.client.clone(), calling.traceparent.clone(), work).await
}

/// An object, and the same as text. A bare list is the text, and stands in an object for programs; what was ignored of the call is told beside it.
fn result(answer: Answer) -> CallToolResult {
    let Answer { value, warnings } = answer;
    let with_warnings = |mut members: Map<String, Value>| {
        if !warnings.is_empty() {
            members.insert("warnings".to_owned(), json!(warnings));
        }
        Value::Object(members)
    };
    let (text, object) = match value {
        Value::Object(members) => {
            let object = with_warnings(members);
            (object.to_string(), object)
        }
        bare => {
            let text = bare.to_string();
            let mut members = Map::new();
            members.insert("result".to_owned(), bare);
            (text, with_warnings(members))
        }
    };
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = Some(object);
    result
}

/// What a tool answers that refused.
fn refused(refusal: &Refusal) -> CallToolResult {
    tell(refusal);
    let object = refusal.to_json();
    let mut result = CallToolResult::error(vec![ContentBlock::text(object.to_string())]);
    result.structured_content = Some(object);
    result
}

/// A refusal where the protocol has no result for it.
fn error(refusal: &Refusal) -> ErrorData {
    tell(refusal);
    let data = refusal.to_json()["error"].take();
    match refusal.code() {
        Code::Unavailable => ErrorData::internal_error(refusal.message().to_owned(), Some(data)),
        _ => ErrorData::invalid_params(refusal.message().to_owned(), Some(data)),
    }
}

/// The server's own failure, where the protocol has no result for it.
fn failed(failure: &Failure) -> ErrorData {
    failure.tell();
    ErrorData::internal_error(failure.message().to_owned(), None)
}

/// Tells the operator what the caller isn't told.
fn tell(refusal: &Refusal) {
    if let Some(log) = refusal.log() {
        tracing::warn!("a call could not be carried out: {log}");
    }
}

/// The values that may follow what was typed for an argument of this name; nothing for one that is no source or tag.
pub(super) async fn completions(calling: &Calling, argument: &str) -> Result<Option<Vec<String>>, ErrorData> {
    let find = match argument {
        "source" => annals_awareness::completion::sources,
        "tag" | "tags" | "repo_name" => annals_awareness::completion::tags,
        _ => return Ok(None),
    };
    let found = ask(calling, find).await.map_err(|failure| failed(&failure))?;
    found.map(Some).map_err(|refusal| error(&refusal))
}
