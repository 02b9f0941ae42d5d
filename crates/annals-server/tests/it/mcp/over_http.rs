//! MCP over HTTP, byte by byte: what the library of a client would never send.

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::server::Server;

pub(crate) const BOTH: (&str, &str) = ("Accept", "application/json, text/event-stream");
pub(crate) const JSON: (&str, &str) = ("Content-Type", "application/json");
pub(crate) const LATE: (&str, &str) = ("MCP-Protocol-Version", "2026-07-28");

/// A message of the 2025 era; whatever else it needs stands in headers.
pub(crate) fn message(method: &str, params: Value) -> String {
    let mut message = json!({"jsonrpc": "2.0", "id": 1, "method": method});
    message["params"] = params;
    message.to_string()
}

/// The same of the 2026 era.
pub(crate) fn late(method: &str, mut params: Value) -> String {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "late", "version": "2"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    message(method, params)
}

fn post(server: &Server, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    Client::connect(server.address).ask("POST", "/mcp", headers, body)
}

/// Posts a message of the 2025 era with these headers beside the usual.
pub(crate) fn early(server: &Server, more: &[(&str, &str)], body: &str) -> Answer {
    post(server, &[&[BOTH, JSON], more].concat(), body.as_bytes())
}

fn record(tool: &str) -> Value {
    json!({"name": "record_event", "arguments": {"event_type": "tool.invoked", "tool": tool, "wait": "durable"}})
}

fn events(answer: &Answer) -> Vec<Value> {
    let answer = answer.json();
    answer["result"]["structuredContent"]["events"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

#[test]
fn both_eras_are_served_at_once_with_and_without_a_handshake() {
    let server = Server::start();
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}});
    let hello = early(&server, &[], &message("initialize", hello));
    assert_eq!((hello.status, &hello.json()["result"]["serverInfo"]["name"]), (200, &json!("annals")));
    let session = hello.header("mcp-session-id").unwrap().to_owned();
    let in_session = [("Mcp-Session-Id", session.as_str()), ("MCP-Protocol-Version", "2025-11-25")];
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string();
    assert_eq!(early(&server, &in_session, &initialized).status, 202);
    assert_eq!(early(&server, &in_session, &message("tools/call", record("a"))).status, 200);
    // Somebody who never introduced itself is known by what its HTTP says.
    assert_eq!(early(&server, &[("User-Agent", "curl/8")], &message("tools/call", record("b"))).status, 200);
    let headers = [BOTH, JSON, LATE, ("Mcp-Method", "tools/call"), ("Mcp-Name", "record_event")];
    assert_eq!(post(&server, &headers, late("tools/call", record("c")).as_bytes()).status, 200);
    // The other server of a pair knows the session as well as the one that began it.
    let other = Server::start();
    assert_eq!(early(&other, &in_session, &message("tools/list", json!({}))).status, 200);
    let asked = message("tools/call", json!({"name": "query_events", "arguments": {"order": "oldest"}}));
    let found = events(&early(&server, &[], &asked));
    let clients: Vec<_> =
        found.iter().filter(|event| event["event_type"] == "tool.invoked").map(|event| &event["client"]).collect();
    assert_eq!(clients, [&json!("old/1"), &json!("curl/8"), &json!("late/2")]);
}

#[test]
fn a_session_that_was_never_given_is_unknown_and_streams_are_not_offered() {
    let server = Server::start();
    let asked = message("tools/list", json!({}));
    let unknown = early(&server, &[("Mcp-Session-Id", "6f1c7a1e-0000-4000-8000-000000000000")], &asked);
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (404, &json!(-32001)));
    // In the era without sessions the header means nothing.
    let headers = [BOTH, JSON, LATE, ("Mcp-Method", "tools/list"), ("Mcp-Session-Id", "x")];
    assert_eq!(post(&server, &headers, late("tools/list", json!({})).as_bytes()).status, 200);
    for method in ["GET", "DELETE", "PUT"] {
        let answer = Client::connect(server.address).ask(method, "/mcp", &[("Accept", "text/event-stream")], b"");
        assert_eq!(
            (answer.status, answer.header("allow").map(|allow| allow.contains("POST"))),
            (405, Some(true)),
            "{method}"
        );
    }
}

#[test]
fn what_is_malformed_is_told_as_the_protocol_has_it() {
    let server = Server::start();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_details = message(
        "tools/call",
        json!({"name": "record_event", "arguments": {"event_type": "tool.invoked", "details": {"a": "DEEP"}}}),
    )
    .replace("\"DEEP\"", &deep);
    // The body, the status, the error's code, and the id that its answer carries.
    let nobody = Value::Null;
    let twice = r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"record_event","arguments":{"event_type":"plan_applied","event_type":"plan_cancelled"}},"id":9}"#;
    let cases: &[(String, u16, i64, Value)] = &[
        ("not json".to_owned(), 400, -32700, nobody.clone()),
        (String::new(), 400, -32700, nobody.clone()),
        (format!("[{}]", message("tools/list", json!({}))), 400, -32600, nobody.clone()),
        ("[]".to_owned(), 400, -32600, nobody.clone()),
        ("5".to_owned(), 400, -32600, nobody.clone()),
        (r#"{"id":1,"result":5}"#.to_owned(), 400, -32600, json!(1)),
        (r#"{"jsonrpc":"1.0","id":1,"method":"tools/list"}"#.to_owned(), 400, -32600, json!(1)),
        (r#"{"jsonrpc":"2.0","id":6,"method":"tools/call","params":[1]}"#.to_owned(), 400, -32602, json!(6)),
        (r#"{"jsonrpc":"2.0","id":"six","method":"nope","params":5}"#.to_owned(), 400, -32600, json!("six")),
        (deep, 400, -32600, nobody.clone()),
        (deep_details, 400, -32600, json!(1)),
        (twice.to_owned(), 400, -32600, json!(9)),
        (message("tools/call", json!({"name": "get_event", "arguments": [1]})), 200, -32602, json!(1)),
        (message("no/such", json!({})), 200, -32601, json!(1)),
    ];
    for (body, status, code, id) in cases {
        let answer = early(&server, &[], body);
        let shown = body.chars().take(80).collect::<String>();
        assert_eq!(answer.status, *status, "{shown}: {}", answer.text());
        let json = answer.json();
        assert_eq!((&json["error"]["code"], &json["id"]), (&json!(code), id), "{shown}: {}", answer.text());
    }
    assert_eq!(post(&server, &[BOTH, ("Content-Type", "text/plain")], b"{}").status, 415);
    assert_eq!(post(&server, &[BOTH], b"{}").status, 415);
    assert_eq!(post(&server, &[JSON, ("Accept", "text/html")], message("ping", json!({})).as_bytes()).status, 406);
    let told = early(&server, &[], twice);
    assert!(told.text().contains("`params.arguments.event_type` stands twice"), "{}", told.text());
    let large =
        message("tools/call", json!({"name": "record_event", "arguments": {"details": {"a": "x".repeat(5_000_000)}}}));
    assert_eq!(early(&server, &[], &large).status, 413);
    // After all of that it answers.
    assert_eq!(early(&server, &[], &message("ping", json!({}))).status, 200);
}

#[test]
fn headers_must_say_what_the_body_says() {
    let server = Server::start();
    let body = late("tools/call", record("a"));
    let cases: &[&[(&str, &str)]] = &[
        &[LATE],
        &[LATE, ("Mcp-Method", "tools/list"), ("Mcp-Name", "record_event")],
        &[LATE, ("Mcp-Method", "tools/call"), ("Mcp-Name", "get_event")],
        &[LATE, ("Mcp-Method", "tools/call")],
        &[("MCP-Protocol-Version", "2025-11-25"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "record_event")],
        &[("Mcp-Method", "tools/call"), ("Mcp-Name", "record_event")],
    ];
    for headers in cases {
        let answer = early(&server, headers, &body);
        assert_eq!(
            (answer.status, &answer.json()["error"]["code"]),
            (400, &json!(-32020)),
            "{headers:?}: {}",
            answer.text()
        );
    }
    let found =
        early(&server, &[], &message("tools/call", json!({"name": "query_events", "arguments": {"tool": "a"}})));
    assert!(events(&found).is_empty());
    // The control: with the right ones it is recorded.
    assert_eq!(early(&server, &[LATE, ("Mcp-Method", "tools/call"), ("Mcp-Name", "record_event")], &body).status, 200);
    let found =
        early(&server, &[], &message("tools/call", json!({"name": "query_events", "arguments": {"tool": "a"}})));
    assert_eq!(events(&found).len(), 1);
}
