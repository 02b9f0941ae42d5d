//! One data directory and two processes, and a server with many first requests.

use std::collections::BTreeSet;
use std::thread;

use serde_json::{Value, json};

use super::lines::Server;
use crate::bed::Bed;
use crate::serve::client::Client;
use crate::serve::running::Running;

fn note(n: usize) -> Value {
    json!({"source": "shared", "tags": [], "description": format!("note {n}")})
}

#[test]
fn twenty_notes_of_two_processes_at_once_are_twenty_notes() {
    for bed in Bed::of_each_kind() {
        twenty_notes(&bed);
    }
}

fn twenty_notes(bed: &Bed) {
    let mut servers = [Server::start(bed, &[]), Server::start(bed, &[])];
    // All are asked before any is heard, so that the two write at the same time.
    for n in 0..20_u64 {
        servers[usize::from(n % 2 == 1)].call(n, "remember", &note(usize::try_from(n).unwrap()));
    }
    let mut ids = BTreeSet::new();
    for server in &servers {
        for _ in 0..10 {
            let answer = server.heard();
            assert_eq!(answer["result"]["isError"], false, "{answer}");
            ids.insert(answer["result"]["structuredContent"]["id"].to_string());
        }
    }
    assert_eq!(ids.len(), 20);
    for server in servers {
        let (code, rest, err) = server.end();
        assert_eq!((code, rest.len(), err.as_str()), (Some(0), 0, ""));
    }
    let mut third = Server::start(bed, &[]);
    third.call(1, "get_stats", &json!({}));
    assert_eq!(third.heard()["result"]["structuredContent"]["entries"]["note"], 20);
    third.end();
    bed.good(&["verify"]);
}

#[test]
fn many_first_requests_open_the_database_once_and_the_log_has_no_complaint() {
    for bed in Bed::of_each_kind() {
        many_first_requests(&bed);
    }
}

fn many_first_requests(bed: &Bed) {
    let mut server = Running::on(bed);
    let address = server.address;
    let calls = [
        ("get_briefing", json!({})),
        ("get_knowledge", json!({})),
        ("get_stats", json!({})),
        ("remember", note(0)),
        ("search", json!({"query": "note"})),
    ];
    let asked: Vec<_> = [calls.clone(), calls]
        .concat()
        .into_iter()
        .map(|(tool, arguments)| {
            thread::spawn(move || {
                let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
                Client::new(address).ask("POST", "/mcp", HEADERS, &call.to_string()).unwrap()
            })
        })
        .collect();
    for call in asked {
        let (status, answer) = call.join().unwrap();
        assert!(status == 200 && answer.contains(r#""isError":false"#), "{answer}");
    }
    let (_, figures) = Client::new(address).ask("GET", "/metrics", "", "").unwrap();
    assert!(figures.contains("\nannals_store_openings_total 1\n"), "{figures}");
    assert!(server.stop().success());
    let log: Vec<String> = server.log.iter().collect();
    assert!(!log.iter().any(|line| line.contains("ERROR") || line.contains("WARN")), "{log:#?}");
}

pub(super) const HEADERS: &str = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
