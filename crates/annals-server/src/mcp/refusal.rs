//! Failures as a model meets them.
//!
//! What the model can mend is the tool's answer, marked as an error, since clients show a model nothing else. What is no call at all is an error of the protocol.

use rmcp::model::{CallToolResult, ContentBlock, ErrorData};
use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// The answer of a tool that could not do what it was asked.
pub(super) fn result(failure: &Failure) -> CallToolResult {
    failure.tell();
    let object = object(failure);
    let mut result = CallToolResult::error(vec![ContentBlock::text(object.to_string())]);
    result.structured_content = Some(object);
    result
}

/// `{"status":"error","error":{code,message,retryable,param?,value?,valid?,suggestion?}}`.
fn object(failure: &Failure) -> Value {
    let mut error = Map::new();
    error.insert("code".to_owned(), failure.code().as_str().into());
    let message = match failure.field() {
        Some(field) if !failure.message().contains('`') => format!("`{field}` {}", failure.message()),
        _ => failure.message().to_owned(),
    };
    error.insert("message".to_owned(), message.into());
    error.insert("retryable".to_owned(), failure.code().is_retryable().into());
    if let Some(field) = failure.field() {
        error.insert("param".to_owned(), field.into());
    }
    if let Some(hint) = failure.hint() {
        error.insert("suggestion".to_owned(), hint.into());
    }
    // What the failure says beside, which may know better whether trying again makes sense.
    error.extend(failure.members().clone());
    json!({ "status": "error", "error": error })
}

/// Nobody can call what is not there.
pub(super) fn unknown_tool<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> ErrorData {
    let shown = annals_ask::shortened(name);
    let hint = match annals_ask::nearest(&shown, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`tools/list` names all".to_owned(),
    };
    ErrorData::invalid_params(format!("there is no tool `{shown}` (hint: {hint})"), None)
}
