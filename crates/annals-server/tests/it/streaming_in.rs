//! Events in as a stream of lines.

use std::fmt::Write as _;

use serde_json::json;

use crate::client::{Answer, Client};
use crate::server::Server;

const LINES: [(&str, &str); 2] = [("Content-Type", "application/x-ndjson"), ("Transfer-Encoding", "chunked")];

fn stream(server: &Server, query: &str, pieces: &[&[u8]]) -> Answer {
    let mut client = Client::connect(server.address);
    client.head("POST", &format!("/v1/events{query}"), &LINES);
    for piece in pieces {
        client.chunk(piece);
    }
    client.write(b"0\r\n\r\n");
    client.answer("POST")
}

fn line(n: usize) -> String {
    format!("{{\"event_type\":\"tool.invoked\",\"tool\":\"t\",\"correlation_id\":\"c{n}\"}}\n")
}

#[test]
fn lines_are_taken_wherever_they_are_cut() {
    let server = Server::start();
    let text = (0..50).map(line).collect::<String>();
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(7).collect();
    let taken = stream(&server, "?wait=durable", &pieces);
    assert_eq!((taken.status, taken.json()["n_accepted"].clone()), (201, json!(50)), "{}", taken.text());
    assert_eq!(taken.json()["last_seq"], 49);
    let stored = server.audit.query(&annals::Filter::new(), &annals::PageRequest::default()).unwrap().events;
    let said: Vec<_> = stored.iter().rev().map(|event| event.get(annals::Column::CorrelationId).unwrap()).collect();
    assert_eq!(said, (0..50).map(|n| format!("c{n}")).collect::<Vec<_>>());
    // Blank lines and a last line without its end.
    let taken = stream(&server, "", &[b"\n  \r\n", line(1).trim_end().as_bytes()]);
    assert_eq!((taken.status, taken.json()["n_accepted"].clone()), (202, json!(1)), "{}", taken.text());
    assert_eq!(stream(&server, "", &[]).json()["n_accepted"], 0);
}

#[test]
fn a_stream_longer_than_the_journal_is_taken_at_the_speed_of_the_disk() {
    let server = Server::start();
    let n = 25_000;
    let mut client = Client::connect(server.address);
    client.head("POST", "/v1/events?wait=durable", &LINES);
    for start in (0..n).step_by(500) {
        let mut piece = String::new();
        for at in start..start + 500 {
            let _ = write!(piece, "{}", line(at));
        }
        client.chunk(piece.as_bytes());
    }
    client.write(b"0\r\n\r\n");
    let taken = client.answer("POST");
    assert_eq!((taken.status, taken.json()["n_accepted"].clone()), (201, json!(n)), "{}", taken.text());
    assert_eq!(server.audit.head().unwrap().n_events, n as u64);
    assert_eq!(taken.json()["last_seq"], n - 1);
}

#[test]
fn a_bad_line_is_named_and_nothing_after_it_is_taken() {
    let server = Server::start();
    let body = format!("{}{}{{\"event_type\":\"tool.invoked\",\"tol\":1}}\n{}", line(0), line(1), line(2));
    let refused = stream(&server, "?wait=durable", &[body.as_bytes()]);
    let said = refused.json();
    assert_eq!((refused.status, said["line"].clone(), said["n_accepted"].clone()), (400, json!(3), json!(2)), "{said}");
    assert_eq!(said["field"], "tol");
    server.audit.flush().unwrap();
    assert_eq!(server.audit.head().unwrap().n_events, 2);
    let last = server.audit.get(said["last_id"].as_str().unwrap().parse().unwrap()).unwrap().unwrap();
    assert_eq!(last.seq, 1);
}

#[test]
fn a_line_without_an_end_is_refused() {
    let server = Server::start();
    let mut client = Client::connect(server.address);
    client.head("POST", "/v1/events", &LINES);
    for _ in 0..40 {
        client.chunk(&b"x".repeat(1 << 16));
    }
    client.write(b"0\r\n\r\n");
    let refused = client.answer("POST");
    assert_eq!((refused.status, refused.json()["line"].clone()), (413, json!(1)), "{}", refused.text());
}

#[test]
fn a_client_that_vanishes_loses_nothing_that_was_whole() {
    let server = Server::start();
    {
        let mut client = Client::connect(server.address);
        client.head("POST", "/v1/events", &LINES);
        client.chunk(format!("{}{}", line(0), line(1)).as_bytes());
        client.chunk(b"{\"event_type\":\"tool.invoked\",\"tool\":\"cut");
    }
    let mut tail = server.audit.tail(annals::Filter::new(), Some(0)).unwrap();
    for n in 0..2 {
        let event = tail.next(std::time::Duration::from_secs(30)).unwrap().unwrap();
        assert_eq!(event.get(annals::Column::CorrelationId), Some(format!("c{n}").as_str()));
    }
    let after = stream(&server, "?wait=durable", &[line(2).as_bytes()]);
    assert_eq!(after.json()["last_seq"], 2, "the line that was cut is not there: {}", after.text());
}
