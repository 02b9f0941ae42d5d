//! Requests from elsewhere, and requests that say two things at once.

use serde_json::json;

use super::served::Served;
use super::wire::{Answer, BOTH, JSON};
use crate::bed::Bed;

/// A request on every kind of path, `Host` and more headers left out.
const REQUESTS: [(&str, &str); 10] = [
    ("GET", "/"),
    ("GET", "/events"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("GET", "/v1/events"),
    ("GET", "/v1/events/stream"),
    ("GET", "/log/checkpoint"),
    ("POST", "/v1/events"),
    ("POST", "/mcp"),
    ("GET", "/nowhere"),
];

const EVENT: &str = r#"{"event_type":"tool.invoked","tool":"foreign"}"#;

/// The answer to a request with these headers and this body.
fn raw(served: &Served, head: &str, body: &str) -> Answer {
    let mut wire = served.wire();
    wire.send(format!("{head}\r\n{body}"));
    wire.answer()
}

fn refused(served: &Served, headers: &str, status: u16) {
    for (method, path) in REQUESTS {
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{headers}Content-Type: application/json\r\nContent-Length: {}\r\n",
            EVENT.len()
        );
        let answer = raw(served, &head, EVENT);
        assert_eq!(answer.status, status, "{method} {path} {headers}");
        assert!(answer.json()["code"].is_string(), "{method} {path} {headers}");
    }
}

#[test]
fn an_origin_alone_or_a_host_alone_that_is_not_ours_is_refused() {
    let served = Served::start(&[]);
    let address = served.address;
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost.evil.example", "file://"] {
        refused(&served, &format!("Host: {address}\r\nOrigin: {origin}\r\n"), 403);
    }
    for host in ["evil.example", &format!("evil.example:{}", address.port()), "10.1.2.3", "localhost.evil.example"] {
        refused(&served, &format!("Host: {host}\r\n"), 403);
    }
    refused(&served, "Host: localhost\r\nHost: evil.example\r\n", 400);
    refused(&served, "Host: evil.example@localhost\r\n", 400);
    refused(&served, "", 400);
    for (method, path) in REQUESTS {
        let head = format!("{method} http://evil.example{path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\n");
        assert_eq!(raw(&served, &head, "").status, 403, "{path}");
    }
    // The control: the same request with our own names is taken.
    let own = format!(
        "POST /v1/events HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        EVENT.len()
    );
    assert_eq!(raw(&served, &own, EVENT).status, 202);
    let bed = served.end("requests from elsewhere");
    assert_eq!(bed.good(&["count", "--tool", "foreign"]).rows()[0]["count"], 1);
}

#[test]
fn headers_that_contradict_each_other_or_the_body_are_refused() {
    let served = Served::start(&[]);
    let length = format!("Content-Length: {}\r\n", EVENT.len());
    let chunked = format!("{:x}\r\n{EVENT}\r\n0\r\n\r\n", EVENT.len());
    let json = "Host: localhost\r\nContent-Type: application/json\r\n";
    let of = |media: &str| format!("Host: localhost\r\nContent-Type: {media}\r\n");
    let cases: &[(String, &str, u16)] = &[
        (format!("{json}Content-Length: 4\r\nContent-Length: 40\r\n"), EVENT, 400),
        (format!("{json}Content-Length: +40\r\n"), EVENT, 400),
        (format!("{json}Content-Length: 99999999999999999999999\r\n"), EVENT, 400),
        (format!("{json}Content-Length: 9000000000000000000\r\n"), EVENT, 413),
        (format!("{json}Transfer-Encoding: identity\r\n"), &chunked, 400),
        (format!("{json}Transfer-Encoding: chunked, identity\r\n"), &chunked, 400),
        (format!("{json}Transfer-Encoding: gzip, chunked\r\n"), &chunked, 400),
        (format!("{json}{length}X : y\r\n"), EVENT, 400),
        (format!("{json}{length}X: y\r\n folded\r\n"), EVENT, 400),
        (format!("{json}{length}Content-Type: text/plain\r\n"), EVENT, 400),
        (format!("{json}{length}Content-Encoding: gzip\r\n"), EVENT, 415),
        (format!("{}{length}", of("text/plain")), EVENT, 415),
        (format!("{}{length}", of("application/json; charset=utf-16")), EVENT, 415),
        (format!("Host: localhost\r\n{length}"), EVENT, 415),
        // A body that is something else than its media type says.
        (format!("{}Content-Length: 2\r\n", of("application/x-ndjson")), "[]", 400),
        (format!("{}{length}", of("application/cloudevents-batch+json")), EVENT, 400),
        (format!("{}{length}", of("application/cloudevents+json")), EVENT, 400),
        (format!("{}{length}", of("application/vnd.annals.batch+ndjson")), EVENT, 400),
    ];
    for (headers, body, status) in cases {
        let answer = raw(&served, &format!("POST /v1/events HTTP/1.1\r\n{headers}"), body);
        assert_eq!(answer.status, *status, "{headers}: {answer:?}");
    }
    // Pieces and a length: the length says nothing, and what follows is not read as a request.
    let head =
        format!("POST /v1/events HTTP/1.1\r\n{json}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{chunked}");
    let mut wire = served.wire();
    wire.send(head.repeat(2));
    let all = String::from_utf8(wire.rest()).unwrap();
    assert_eq!((all.matches("HTTP/1.1 202 ").count(), all.matches("HTTP/1.1 ").count()), (1, 1), "{all}");
    let bed = served.end("headers that contradict each other");
    assert_eq!(bed.good(&["count", "--tool", "foreign"]).rows()[0]["count"], 1);
}

#[test]
fn an_mcp_message_says_what_its_headers_say() {
    let served = Served::start(&[]);
    let late = ("MCP-Protocol-Version", "2026-07-28");
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "record_event",
        "arguments": {"event_type": "tool.invoked", "tool": "foreign", "wait": "durable"},
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "late", "version": "2"},
            "io.modelcontextprotocol/clientCapabilities": {}}}})
    .to_string();
    let right = [late, ("Mcp-Method", "tools/call"), ("Mcp-Name", "record_event")];
    let cases: &[&[(&str, &str)]] = &[
        &[late],
        &[late, ("Mcp-Method", "tools/list"), ("Mcp-Name", "record_event")],
        &[late, ("Mcp-Method", "tools/call"), ("Mcp-Name", "get_event")],
        &[("MCP-Protocol-Version", "2025-11-25"), right[1], right[2]],
        &[("MCP-Protocol-Version", "1999-01-01"), right[1], right[2]],
        &[right[0], right[1], right[2], ("Mcp-Name", "get_event")],
        &[right[0], right[1], right[2], ("MCP-Protocol-Version", "2025-11-25")],
    ];
    for headers in cases {
        let answer = served.wire().ask("POST", "/mcp", &[&[BOTH, JSON], *headers].concat(), body.as_bytes());
        assert_eq!(answer.status, 400, "{headers:?}: {answer:?}");
        assert!(answer.json()["error"]["code"].is_i64() || answer.json()["code"].is_string(), "{answer:?}");
    }
    let answer = served.wire().ask("POST", "/mcp", &[&[BOTH, JSON], &right[..]].concat(), body.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    let bed = served.end("headers that contradict an MCP message");
    assert_eq!(bed.good(&["count", "--tool", "foreign"]).rows()[0]["count"], 1);
}

#[test]
fn two_credentials_are_none() {
    let bed = Bed::new();
    let token = "alice-token-0123456789";
    let tokens = bed.file("tokens", format!("{token} alice red\n"));
    std::fs::set_permissions(&tokens, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let tokens = tokens.to_str().unwrap().to_owned();
    let served = Served::on(bed, &[], &["--token-file", &tokens]);
    let status = |headers: &[(&str, &str)]| served.wire().ask("GET", "/v1/events", headers, b"").status;
    let (good, bad) = (format!("Bearer {token}"), "Bearer of-nobody-0123456789".to_owned());
    assert_eq!(status(&[("Authorization", &good)]), 200);
    for pair in [[&good, &bad], [&bad, &good], [&good, &good]] {
        assert_eq!(status(&[("Authorization", pair[0]), ("Authorization", pair[1])]), 401, "{pair:?}");
    }
    assert_eq!(status(&[("Authorization", &format!("{good}, {bad}"))]), 401);
}
