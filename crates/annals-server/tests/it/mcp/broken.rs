//! Clients that go away, and input that is none.

use std::time::{Duration, Instant};

use annals::{Audit, Filter};
use annals_server::{Config, Witnessed};
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
        let lines = ["not json", "[1,2]", "{}", &deep, &long, "\u{feff}", "5"];
        for line in lines {
            requests.write_all(line.as_bytes()).await.unwrap();
            requests.write_all(b"\n").await.unwrap();
        }
        requests.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":\"last\",\"method\":\"ping\"}\n").await.unwrap();
        let mut n_refused = 0;
        loop {
            let line = tokio::time::timeout(DEADLINE, answers.next_line()).await.unwrap().unwrap().unwrap();
            let answer: serde_json::Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == "last" {
                assert_eq!(answer["result"], json!({}));
                break;
            }
            assert!(answer["error"]["code"].is_i64(), "{answer}");
            n_refused += 1;
        }
        // An empty line is nothing to answer.
        assert_eq!(n_refused, lines.len() - 1);
        requests.shutdown().await.unwrap();
        drop((requests, answers));
        tokio::time::timeout(DEADLINE, server).await.unwrap().unwrap().unwrap();
    });
}

#[test]
fn a_call_that_is_cancelled_is_not_answered_and_what_it_recorded_stays() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("set up");
    runtime.block_on(async {
        let data = tempfile::tempdir().unwrap();
        // No checkpoint comes for an hour, so that the call waits until it is cancelled.
        let settings = annals::Settings::new(data.path().join("trail")).checkpoint_interval(Duration::from_hours(1));
        let audit = Audit::with_settings(&settings).unwrap();
        // The first checkpoint is made at once.
        audit.record(annals::Event::new("plan_applied")).unwrap().wait_sealed(DEADLINE).unwrap();
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (input, output) = tokio::io::split(theirs);
        let mut config = Config::default();
        config.witnessed = Witnessed::Nothing;
        let server =
            tokio::spawn(annals_server::serve_mcp(input, output, audit.clone(), config, std::future::pending()));
        let (answers, mut requests) = tokio::io::split(ours);
        let mut answers = BufReader::new(answers).lines();
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "record_event",
            "arguments": {"event_type": "tool.invoked", "tool": "slow", "wait": "sealed"}}});
        requests.write_all(format!("{call}\n").as_bytes()).await.unwrap();
        let mut filter = Filter::new();
        filter.equals.push((annals::Column::Tool, "slow".to_owned()));
        let (watched, looked_for) = (audit.clone(), filter.clone());
        tokio::task::spawn_blocking(move || until(&watched, &looked_for, 1)).await.unwrap();
        let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}});
        let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
        requests.write_all(format!("{cancel}\n{ping}\n").as_bytes()).await.unwrap();
        let line = tokio::time::timeout(DEADLINE, answers.next_line()).await.unwrap().unwrap().unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["id"], 2, "{line}");
        requests.shutdown().await.unwrap();
        // Nothing that waits holds the end up, and no answer comes after all.
        assert_eq!(tokio::time::timeout(DEADLINE, answers.next_line()).await.unwrap().unwrap(), None);
        tokio::time::timeout(DEADLINE, server).await.unwrap().unwrap().unwrap();
        assert_eq!(audit.count(&filter).unwrap(), 1);
    });
}
