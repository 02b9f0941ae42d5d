//! `Idempotency-Key`: what is sent again is recorded once.

use std::sync::{Arc, Barrier};

use serde_json::json;

use crate::client::{Answer, Client};
use crate::server::Server;

fn post(server: &Server, media: &str, key: &str, body: &str) -> Answer {
    let headers = [("Content-Type", media), ("Idempotency-Key", key)];
    Client::connect(server.address).ask("POST", "/v1/events", &headers, body.as_bytes())
}

const EVENT: &str = r#"{"event_type":"tool.invoked","tool":"a"}"#;

#[test]
fn a_request_sent_again_is_answered_as_the_first() {
    let server = Server::start();
    let first = post(&server, "application/json", "k-1", EVENT);
    assert_eq!((first.status, first.json()["state"].as_str()), (201, Some("durable")), "{}", first.text());
    // The same event, written differently.
    let again = post(&server, "application/json", "k-1", "{ \"tool\": \"a\",\n \"event_type\": \"tool.invoked\" }");
    assert_eq!((again.status, again.json()), (201, first.json()));
    let other = post(&server, "application/json", "k-1", &EVENT.replace("\"a\"", "\"b\""));
    assert_eq!((other.status, other.json()["code"].as_str()), (409, Some("conflict")), "{}", other.text());
    let array = post(&server, "application/json", "k-2", &format!("[{EVENT},{EVENT}]"));
    assert_eq!(post(&server, "application/json", "k-2", &format!("[{EVENT},{EVENT}]")).json(), array.json());
    assert_eq!(array.json()["events"][1]["seq"], 2);
    let cloud = r#"{"specversion":"1.0","id":"1","source":"/a","type":"tool.invoked"}"#;
    let one = post(&server, "application/cloudevents+json", "k-3", cloud);
    assert_eq!(post(&server, "application/cloudevents+json", "k-3", cloud).json(), one.json());
    assert_eq!(server.audit.head().unwrap().n_events, 4);
}

#[test]
fn keys_that_are_none_are_refused() {
    let server = Server::start();
    for key in ["", "a b", &"x".repeat(201)] {
        assert_eq!(post(&server, "application/json", key, EVENT).status, 400, "{key}");
    }
    let twice = [("Content-Type", "application/json"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")];
    assert_eq!(Client::connect(server.address).ask("POST", "/v1/events", &twice, EVENT.as_bytes()).status, 400);
    let lines = post(&server, "application/x-ndjson", "k", EVENT);
    assert_eq!((lines.status, lines.json()["field"].as_str()), (400, Some("idempotency-key")));
    assert_eq!(server.audit.count(&annals::Filter::new()).unwrap(), 0);
}

#[test]
fn many_clients_that_send_the_same_at_once_record_it_once() {
    let server = Server::start();
    let barrier = Arc::new(Barrier::new(8));
    let answers: Vec<Vec<_>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let (server, barrier) = (&server, Arc::clone(&barrier));
                scope.spawn(move || {
                    let round = |n| {
                        barrier.wait();
                        post(server, "application/json", &format!("key-{n}"), EVENT).json()
                    };
                    (0..10).map(round).collect()
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    for answer in &answers {
        assert_eq!(*answer, answers[0]);
    }
    assert_eq!(answers[0][9]["state"], json!("durable"));
    assert_eq!(server.audit.head().unwrap().n_events, 10);
}
