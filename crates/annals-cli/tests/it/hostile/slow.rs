//! Clients that take their time: a head, a body, or an answer that comes to no end.

use std::time::{Duration, Instant};

use super::served::Served;
use super::wire::{JSON, LINES, Wire};
use crate::bed::DEADLINE;

/// Short times, so that a test need not wait for long ones; nothing is measured against them.
const SHORT: [&str; 4] = [
    "server_header_timeout=300ms",
    "server_body_timeout=300ms",
    "server_write_timeout=300ms",
    "server_request_timeout=600ms",
];

/// Sends bytes one by one, slowly, until the server has had enough; others are served meanwhile.
fn drip(served: &mut Served, wire: &mut Wire, pace: Duration, mut next: impl FnMut(usize) -> Vec<u8>) -> usize {
    let began = Instant::now();
    for n in 0.. {
        assert!(began.elapsed() < DEADLINE, "the server bears it for ever");
        if !wire.send(next(n)) {
            return n;
        }
        served.answers();
        // The slowness is what is tested: nothing is waited for.
        std::thread::park_timeout(pace);
    }
    unreachable!("the loop has no end of its own")
}

#[test]
fn a_head_that_comes_byte_by_byte_is_cut() {
    let mut served = Served::start(&SHORT);
    let mut wire = served.wire();
    wire.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
    drip(&mut served, &mut wire, Duration::from_millis(20), |_| b"X".to_vec());
    let told = String::from_utf8_lossy(&wire.rest()).into_owned();
    // Whoever still sends when the socket is closed may lose the answer to a reset.
    assert!(told.is_empty() || told.starts_with("HTTP/1.1 408 "), "{told}");
    // Whoever waits for the answer gets it.
    let mut patient = served.wire();
    patient.send("GET /healthz HTTP/1.1\r\nHost: local");
    let told = patient.answer();
    assert_eq!((told.status, told.json()["code"].as_str()), (408, Some("slow_client")));
    served.end("heads that come byte by byte");
}

#[test]
fn a_body_that_stops_or_takes_too_long_is_cut() {
    let mut served = Served::start(&SHORT);
    for media in [JSON, LINES, ("Content-Type", "application/vnd.annals.batch+ndjson")] {
        let mut wire = served.wire();
        wire.head("POST", "/v1/events", &[media, ("Content-Length", "1000")]);
        wire.send("{\"event");
        let told = wire.answer();
        assert_eq!((told.status, told.json()["code"].as_str()), (408, Some("slow_client")), "{media:?}");
    }
    // One that never quite stops meets the time that a request may take as a whole.
    let mut wire = served.wire();
    wire.head("POST", "/v1/events", &[JSON, ("Content-Length", "100000")]);
    drip(&mut served, &mut wire, Duration::from_millis(20), |_| b" ".to_vec());
    served.end("bodies that come byte by byte");
}

#[test]
fn a_reader_that_takes_nothing_is_cut_and_the_others_are_not() {
    let mut served = Served::start(&SHORT);
    served.fill(200);
    let before = served.n_files();
    let mut wires: Vec<Wire> = (0..8).map(|_| served.wire()).collect();
    for (wire, path) in
        wires.iter_mut().zip(["/v1/events", "/export.csv", "/v1/events/stream?from=0", "/export.ndjson"].iter().cycle())
    {
        // Where lines are to be had they are asked for: a page may fit into what the sockets hold.
        let accept = if *path == "/v1/events" { "application/x-ndjson" } else { "*/*" };
        wire.head("GET", path, &[("Accept", accept)]);
    }
    let began = Instant::now();
    while 0.0 < served.figure("annals_streams_open") || 1.0 < served.figure("annals_connections_open") {
        assert!(began.elapsed() < DEADLINE, "nobody cuts them");
        served.answers();
    }
    for wire in &mut wires {
        // What the sockets held, and not all of it.
        assert!(wire.rest().len() < 12_000_000);
    }
    drop(wires);
    served.returns_to(before);
    served.end("readers that take nothing");
}
