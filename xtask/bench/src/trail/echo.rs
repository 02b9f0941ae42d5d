//! The smallest MCP server there is: it answers each request at once, so that what is measured is the way there and back.

use std::io::{BufRead, Write};

use anyhow::Context;
use serde_json::{Value, json};

/// Answers every request on standard input until it ends.
pub(crate) fn echo() -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?).context("the request is no JSON")?;
        let Some(id) = request.get("id") else { continue };
        let result = match request["method"].as_str() {
            Some("initialize") => json!({
                "protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "echo", "version": "1"},
            }),
            _ => json!({ "content": [{ "type": "text", "text": "done" }] }),
        };
        writeln!(stdout, "{}", json!({ "jsonrpc": "2.0", "id": id, "result": result }))?;
        stdout.flush()?;
    }
    Ok(())
}
