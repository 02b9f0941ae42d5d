//! Calls of tools over MCP, as whole requests that are made before any clock runs.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::client::request;

/// Who is called, and as whom.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// What its URL calls it.
    pub(crate) host: String,
    pub(crate) token: Option<String>,
}

impl Peer {
    /// One that asks nobody who they are.
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self { address, host: address.to_string(), token: None }
    }
}

/// A call of a tool in one of the protocol's eras, by its date.
pub(crate) fn call(address: SocketAddr, era: &str, tool: &str, arguments: &Value) -> Vec<u8> {
    call_of(&Peer::open(address), era, tool, arguments)
}

/// The same of this peer.
pub(crate) fn call_of(peer: &Peer, era: &str, tool: &str, arguments: &Value) -> Vec<u8> {
    send(peer, era, "tools/call", Some(tool), json!({ "name": tool, "arguments": arguments }))
}

/// What tools there are.
pub(crate) fn list(peer: &Peer, era: &str) -> Vec<u8> {
    send(peer, era, "tools/list", None, json!({}))
}

fn send(peer: &Peer, era: &str, method: &str, name: Option<&str>, mut params: Value) -> Vec<u8> {
    let mut headers = vec![
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", era),
    ];
    let bearer = peer.token.as_ref().map(|token| format!("Bearer {token}"));
    headers.extend(bearer.iter().map(|bearer| ("Authorization", bearer.as_str())));
    if "2026" < era {
        headers.push(("Mcp-Method", method));
        headers.extend(name.map(|name| ("Mcp-Name", name)));
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": era,
            "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    request(&peer.host, "/mcp", &headers, &body.to_string())
}

/// What was answered, which must be no error.
pub(crate) fn result(body: &[u8]) -> anyhow::Result<Value> {
    let mut answer: Value = serde_json::from_slice(body)?;
    let result = answer.get_mut("result").context("the answer has no result")?;
    ensure!(result["isError"] != true, "the tool answers {:.500}", result.to_string());
    Ok(result.take())
}

/// What a tool answered, which must be no error.
pub(crate) fn content(body: &[u8]) -> anyhow::Result<Value> {
    Ok(result(body)?["structuredContent"].take())
}
