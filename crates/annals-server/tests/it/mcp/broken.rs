//! Clients that go away, and input that is none.

use std::time::{Duration, Instant};

use annals::{Audit, Filter};
use annals_server::Config;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::client::Client;
use crate::server::Server;

const DEADLINE: Duration = Duration::from_mins(1);

/// Waits until the log has so many events that fit.
fn until(audit: &Audit, filter: &Filter, n: u64) {
    let begun = Instant::now();
    loop {
        audit.flush().expect("set up");
        if audit.count(filter).expect("set up") == n {
            return;
        }
        assert!(begun.elapsed() < DEADLINE, "the event never came");
        std::thread::yield_now();
    }
}

#[test]
fn what_a_client_sent_before_it_vanished_is_recorded_once() {
    let server = Server::start();
    let mut filter = Filter::new();
    filter.equals.push((annals::Column::Tool, "vanished".to_owned()));
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "record_event",
        "arguments": {"event_type": "tool.invoked", "tool": "vanished", "wait": "sealed"}}})
    .to_string();
    for n in 1..=5 {
        let mut client = Client::connect(server.address);
        let length = body.len().to_string();
        let headers = [
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
            ("Content-Length", &length),
        ];
        client.head("POST", "/mcp", &headers);
        client.write(body.as_bytes());
        // It does not wait for the answer, which comes with the next checkpoint.
        until(&server.audit, &filter, n);
        drop(client);
    }
    assert_eq!(server.audit.count(&filter).unwrap(), 5);
    assert_eq!(Client::connect(server.address).ask("GET", "/healthz", &[], b"").status, 200);
}

#[test]
fn input_that_is_no_message_ends_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("set up");
    runtime.block_on(async {
        let data = tempfile::tempdir().unwrap();
        let audit = Audit::open(data.path().join("trail")).unwrap();
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (input, output) = tokio::io::split(theirs);
        let server =
            tokio::spawn(annals_server::serve_mcp(input, output, audit, Config::default(), std::future::pending()));
        let (answers, mut requests) = tokio::io::split(ours);
        let mut answers = BufReader::new(answers).lines();
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let long = format!("\"{}\"", "x".repeat(5_000_000));
        for line in ["not json", "[1,2]", "{}", &deep, &long, "\u{feff}", "5"] {
            requests.write_all(line.as_bytes()).await.unwrap();
            requests.write_all(b"\n").await.unwrap();
        }
        requests.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":\"last\",\"method\":\"ping\"}\n").await.unwrap();
        loop {
            let line = tokio::time::timeout(DEADLINE, answers.next_line()).await.unwrap().unwrap().unwrap();
            let answer: serde_json::Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == "last" {
                assert_eq!(answer["result"], json!({}));
                break;
            }
            assert!(answer["error"]["code"].is_i64(), "{answer}");
        }
        requests.shutdown().await.unwrap();
        drop((requests, answers));
        tokio::time::timeout(DEADLINE, server).await.unwrap().unwrap().unwrap();
    });
}
