//! What the server records of itself.

use std::time::{Duration, Instant};

use annals::{Audit, Filter, PageRequest, StoredEvent};
use annals_server::Config;

use crate::client::Client;
use crate::server::Server;

fn told(audit: &Audit, event_type: &str) -> Vec<StoredEvent> {
    let filter = Filter::new().event_type(event_type);
    audit.query(&filter, &PageRequest::default()).expect("the log is there").events
}

/// The one event of this type, waited for.
fn one(audit: &Audit, event_type: &str) -> StoredEvent {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        // Before the first event there is no log to ask.
        if let Ok(()) = audit.flush()
            && let Ok(page) = audit.query(&Filter::new().event_type(event_type), &PageRequest::default())
            && let [event] = &page.events[..]
        {
            return event.clone();
        }
        assert!(Instant::now() < deadline, "no `{event_type}`");
        std::thread::yield_now();
    }
}

#[test]
fn a_server_says_that_it_began_and_how_it_is_set_up_and_that_it_ended() {
    let mut config = Config::default();
    config.max_streams = 7;
    let mut server = Server::start_as_it_is(config);
    // Nothing was asked of it: it opens its log by itself.
    let started = one(&server.audit, "audit.started");
    assert_eq!(
        (started.space.as_str(), started.credential.as_deref()),
        ("default", Some(annals::system_user().as_str()))
    );
    let configured = one(&server.audit, "audit.configured");
    assert!(configured.details.expect("it has details").contains(r#""server_max_streams":"7""#));
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.ask("GET", "/readyz", "").0 != 200 {
        assert!(Instant::now() < deadline, "it is never ready");
    }
    let audit = server.audit.clone();
    assert_eq!(told(&audit, "audit.stopped").len(), 0);
    server.stop();
    audit.flush().expect("the journal is drained");
    assert_eq!(told(&audit, "audit.stopped").len(), 1);
}

#[test]
fn nobody_else_can_say_that() {
    let server = Server::start();
    for name in ["audit.started", "audit.stopped", "audit.configured", "audit.alive", "audit.gap"] {
        let (status, problem) = server.ask("POST", "/v1/events", &format!(r#"{{"event_type":"{name}"}}"#));
        assert_eq!(status, 400, "{problem}");
    }
}

/// The readings on record, each as its operation and details, once the log has `n` of them.
fn readings(server: &Server, n: usize) -> Vec<(String, serde_json::Value)> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        server.audit.flush().expect("the journal is drained");
        let mut found = told(&server.audit, "context.query_executed");
        found.sort_by_key(|event| event.seq);
        if n <= found.len() {
            let details = |event: &StoredEvent| serde_json::from_str(event.details.as_deref().unwrap_or("{}"));
            let tool = |event: &StoredEvent| event.get(annals::Column::Tool).unwrap_or_default().to_owned();
            return found.iter().map(|event| (tool(event), details(event).expect("details are JSON"))).collect();
        }
        assert!(Instant::now() < deadline, "{} readings", found.len());
    }
}

#[test]
fn each_reading_is_one_event_with_what_it_showed() {
    let server = Server::start_as_it_is(Config::default());
    let mut ids = Vec::new();
    for _ in 0..40 {
        let receipt = server.audit.record(annals::Event::new("tool.invoked").tool("write_file")).expect("set up");
        ids.push(receipt.id().to_string());
    }
    server.audit.flush().expect("set up");
    let ask = |path: &str| Client::connect(server.address).ask("GET", path, &[], b"");
    // Two events of one question, and one by its id.
    let page = ask("/v1/events?tool=write_file&limit=2").json();
    ask(&format!("/v1/events/{}", ids[7]));
    // All of them as lines, over several pages.
    let lines = Client::connect(server.address).ask(
        "GET",
        "/v1/events?tool=write_file",
        &[("Accept", "application/x-ndjson")],
        b"",
    );
    assert_eq!(lines.text().lines().count(), 40);
    ask("/v1/stats?type=tool.invoked");
    // What reads nothing of the trail is none.
    for path in ["/healthz", "/readyz", "/metrics", "/login", "/v1/events?tol=x", "/nowhere", "/v1/health"] {
        ask(path);
    }
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query_events","arguments":{"tool":"write_file","limit":3}}}"#;
    let headers = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")];
    let answer = Client::connect(server.address).ask("POST", "/mcp", &headers, call.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    // A reading is recorded when the last of its answer is gone, so that two may come in either order.
    let readings = readings(&server, 5);
    let of = |operation: &str, question: &str| {
        let found: Vec<_> =
            readings.iter().filter(|(name, details)| name == operation && details["question"] == question).collect();
        assert_eq!(found.len(), 1, "{operation} {question}: {readings:?}");
        found[0].1.clone()
    };
    let shown: Vec<_> = page["events"].as_array().expect("a page").iter().map(|event| event["id"].clone()).collect();
    let first = of("GET /v1/events", "tool=write_file&limit=2");
    assert_eq!((&first["ids"], &first["n_events"]), (&shown.into(), &2.into()));
    assert_eq!(of("GET /v1/events/{id}", "")["ids"], serde_json::json!([ids[7]]));
    assert_eq!(of("GET /v1/events", "tool=write_file")["n_events"], 40);
    assert_eq!(of("GET /v1/stats", "type=tool.invoked")["n_events"], 0);
    assert_eq!(of("query_events", r#"{"limit":3,"tool":"write_file"}"#)["n_events"], 3);
    assert_eq!(readings.len(), 5);
}

#[test]
fn a_tail_shows_no_event_that_it_caused_itself() {
    let server = Server::start_as_it_is(Config::default());
    one(&server.audit, "audit.configured");
    let mut tail = Client::connect(server.address);
    tail.head("GET", "/v1/events/stream?from=0", &[("Accept", "text/event-stream")]);
    assert_eq!(tail.answer_head().status, 200);
    // It says that it began; then somebody else reads, and somebody records.
    readings(&server, 1);
    assert_eq!(Client::connect(server.address).ask("GET", "/v1/events", &[], b"").status, 200);
    readings(&server, 2);
    server.audit.record(annals::Event::new("plan_applied")).expect("set up");
    let mut seen = String::new();
    while !seen.contains("plan_applied") {
        seen.push_str(&String::from_utf8_lossy(&tail.piece().expect("the stream goes on")));
    }
    let n_shown = |tool: &str| seen.matches(&format!(r#""tool":"{tool}""#)).count();
    assert_eq!((n_shown("GET /v1/events/stream"), n_shown("GET /v1/events")), (0, 1), "{seen}");
}

#[test]
fn a_verification_is_an_event() {
    let server = Server::start_as_it_is(Config::default());
    one(&server.audit, "audit.configured");
    let origin = format!("http://{}", server.address);
    let answer = Client::connect(server.address).ask("POST", "/log/verify", &[("Origin", &origin)], b"");
    assert_eq!(answer.status, 303, "{}", answer.text());
    let passed = one(&server.audit, "validation.passed");
    assert!(passed.details.expect("it has details").contains(r#""verdict":"sound""#));
}
