//! From the start of the process to its first answers: with a database that opens at once, and with one that somebody else holds, so that it does not open at all.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use rusqlite::Connection;
use serde_json::json;

use super::{pairs, say};
use crate::client::{Client, request};
use crate::numbers::Times;
use crate::process::Server;
use crate::report::{Bound, Part, Table};

/// How soon the handshake is answered, in ms.
const MOST_MS: f64 = 50.0;

pub(super) fn measure(annals: &Path, folder: &Path, n_starts: u32) -> anyhow::Result<Part> {
    let mut part = Part::new("start", json!({ "n_starts": n_starts }));
    let mut table = Table::new("from the start to an answer", &["p50_ms", "p99_ms", "longest_ms"]);
    let data = folder.join("start");
    // There is a database, as on any start but the first.
    let server = Server::annals(annals, &data)?;
    Client::connect(server.address)?.must(&pairs::event(server.address))?;
    server.stop()?;
    for (what, is_held) in [("", false), (", the database held by another", true)] {
        say(&format!("start{what}"));
        let held = if is_held { Some(hold(&data)?) } else { None };
        let mut all =
            ["healthz", "initialize (2025-11-25)", "server/discover (2026-07-28)"].map(|name| (name, Times::new()));
        for _ in 0..n_starts {
            for (index, (_, times)) in all.iter_mut().enumerate() {
                times.add(start(annals, &data, index, is_held)?);
            }
        }
        drop(held);
        for (name, times) in all {
            table.row(
                format!("{name}{what}"),
                vec![times.millis(0.5), times.millis(0.99), times.longest_micros() / 1e3],
            );
            let longest = times.longest_micros() / 1e3;
            part.goal(format!("{name}{what}: the longest, in ms"), longest, Bound::AtMost(MOST_MS));
        }
    }
    part.tables.push(table);
    Ok(part)
}

/// One start, up to the answer to one request.
fn start(annals: &Path, data: &Path, index: usize, is_held: bool) -> anyhow::Result<Duration> {
    let server = Server::annals(annals, data)?;
    let mut client = Client::connect(server.address)?;
    let ask = match index {
        0 => request(server.address, "/healthz", &[], ""),
        1 => initialize(server.address),
        _ => discover(server.address),
    };
    client.must(&ask)?;
    let took = server.began.elapsed();
    if is_held {
        // What was answered was answered before the database was open, or the measurement shows nothing.
        let ready = client.ask(&request(server.address, "/readyz", &[], ""))?;
        ensure!(ready.status == 503, "the database is open though somebody holds it");
    }
    Ok(took)
}

/// Holds the database as a program that works on it does, so that nobody else opens it.
fn hold(data: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(data.join("annals.db"))?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;")?;
    Ok(connection)
}

fn initialize(address: std::net::SocketAddr) -> Vec<u8> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" },
    }});
    let headers = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")];
    request(address, "/mcp", &headers, &body.to_string())
}

fn discover(address: std::net::SocketAddr) -> Vec<u8> {
    let era = "2026-07-28";
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": { "_meta": {
        "io.modelcontextprotocol/protocolVersion": era,
        "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    }}});
    let headers = [
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", era),
        ("Mcp-Method", "server/discover"),
    ];
    request(address, "/mcp", &headers, &body.to_string())
}
