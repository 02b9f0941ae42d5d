//! What agents know and share, as clients meet it on the wire.

mod answers;
mod cleaning;
mod embedding;
mod following;
mod languages;
mod opening;
mod spaces;
mod together;

use serde_json::{Value, json};

use crate::mcp::over_http::{early, message};
use crate::server::Server;

/// The result of a tool called over HTTP with these headers.
fn call_with(server: &Server, headers: &[(&str, &str)], tool: &str, arguments: &Value) -> Value {
    let answer = early(server, headers, &message("tools/call", json!({"name": tool, "arguments": arguments})));
    assert_eq!(answer.status, 200, "{tool}: {}", answer.text());
    answer.json()["result"].clone()
}

/// The object of a call that succeeds.
fn done(server: &Server, tool: &str, arguments: &Value) -> Value {
    let result = call_with(server, &[], tool, arguments);
    assert_eq!(result["isError"], false, "{tool} {arguments}: {result}");
    result["structuredContent"].clone()
}

/// The arguments of a note.
fn note(description: impl Into<String>) -> Value {
    json!({"source": "shelf", "tags": ["books"], "description": description.into()})
}
