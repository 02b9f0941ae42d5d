//! A thousand who ask for nothing, and more at once than there is room for.

use std::time::Instant;

use annals_testkit::rounds;

use super::served::{Served, allow_files};
use super::wire::{JSON, Wire};
use crate::bed::DEADLINE;

#[test]
fn a_thousand_idle_connections_keep_nobody_out() {
    allow_files(4_096);
    let mut served = Served::start(&[]);
    let before = served.n_files();
    let mut idle: Vec<Wire> = (0..1_000).map(|_| served.wire()).collect();
    // Every third has asked once, every third is in the middle of a long head.
    let half = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: {}", "x".repeat(8_000));
    for trio in idle.chunks_mut(3) {
        assert_eq!(trio[0].get("/healthz").status, 200);
        if let Some(second) = trio.get_mut(1) {
            second.send(&half);
        }
    }
    let began = Instant::now();
    while served.figure("annals_connections_open") < 1_000.0 {
        assert!(began.elapsed() < DEADLINE, "they are not there");
    }
    for _ in 0..rounds(100, 1_000) {
        served.answers();
    }
    // More than there is room for: those who have waited longest go, and nobody who asks is turned away.
    idle.extend((0..200).map(|_| served.wire()));
    for _ in 0..50 {
        served.answers();
    }
    drop(idle);
    served.returns_to(before);
    served.end("1 000 idle connections");
}

/// A request that is at work for as long as the server bears it.
fn held(served: &Served) -> Wire {
    let mut wire = served.wire();
    wire.head("POST", "/v1/events", &[JSON, ("Content-Length", "9"), ("Expect", "100-continue")]);
    assert_eq!(wire.answer_head().status, 100);
    wire
}

#[test]
fn more_connections_than_there_may_be_are_told_so() {
    let mut served = Served::start(&["server_max_connections=8"]);
    served.answers();
    let working: Vec<Wire> = (0..8).map(|_| held(&served)).collect();
    for _ in 0..rounds(50, 1_000) {
        let answer = served.wire().get("/v1/events");
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{answer:?}");
        assert_eq!(answer.json()["code"], "overloaded");
    }
    drop(working);
    let began = Instant::now();
    while served.wire().get("/healthz").status != 200 {
        assert!(began.elapsed() < DEADLINE, "their places stay taken");
    }
    served.end("more connections than there may be");
}

#[test]
fn more_requests_or_streams_than_there_may_be_are_told_so() {
    let mut served = Served::start(&["server_max_requests=4", "server_max_streams=4"]);
    let working: Vec<Wire> = (0..4).map(|_| held(&served)).collect();
    let streams: Vec<Wire> = (0..4)
        .map(|_| {
            let mut wire = served.wire();
            wire.head("POST", "/v1/events", &[super::wire::LINES, ("Transfer-Encoding", "chunked")]);
            wire
        })
        .collect();
    for (method, path, headers) in
        [("GET", "/v1/events", JSON), ("POST", "/v1/events", JSON), ("POST", "/v1/events", super::wire::LINES)]
    {
        let began = Instant::now();
        loop {
            let answer = served.wire().ask(method, path, &[headers], b"");
            if answer.status == 503 {
                assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
                break;
            }
            assert!(began.elapsed() < DEADLINE, "{method} {path} is not refused: {answer:?}");
        }
    }
    // Whether it lives can be asked all the same.
    assert_eq!(served.wire().get("/healthz").status, 200);
    drop((working, streams));
    let began = Instant::now();
    while served.wire().get("/v1/events").status != 200 {
        assert!(began.elapsed() < DEADLINE, "their places stay taken");
    }
    served.answers();
    served.end("more requests than there may be");
}
