//! Calls of tools over MCP, as whole requests that are made before any clock runs.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::client::request;

/// A call of a tool in one of the protocol's eras, by its date.
pub(crate) fn call(address: SocketAddr, era: &str, tool: &str, arguments: &Value) -> Vec<u8> {
    let mut params = json!({ "name": tool, "arguments": arguments });
    let mut headers = vec![
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", era),
    ];
    if "2026" < era {
        headers.extend([("Mcp-Method", "tools/call"), ("Mcp-Name", tool)]);
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": era,
            "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    request(address, "/mcp", &headers, &body.to_string())
}
