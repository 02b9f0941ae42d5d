//! Clients that vanish in the middle of an upload, an export or a stream: nothing is torn, and nothing of them stays.

use std::collections::BTreeMap;
use std::time::Instant;

use annals_testkit::rounds;

use super::served::Served;
use super::wire::{LINES, Wire};
use crate::bed::{Bed, DEADLINE};

/// How many clients vanish while they send.
const N_UPLOADS: usize = 200;
/// How many clients vanish while they read.
fn n_clients() -> usize {
    rounds(200, 2_000)
}

fn line(client: usize, n: usize) -> String {
    format!(
        "{{\"event_type\":\"tool.invoked\",\"tool\":\"upload\",\"resource\":\"c{client}/{n}\",\"details\":{{\"n\":{n}}}}}\n"
    )
}

/// What is wrong with the uploads on record: of each client the first lines, each once and as it was sent, and nothing of the line that was cut.
fn problems(bed: &Bed, n_lines: &[usize]) -> Vec<String> {
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in bed.good(&["query", "--tool", "upload", "--limit", "1000", "--json"]).rows() {
        let place = row["resource"].as_str().and_then(|place| {
            let (client, n) = place.strip_prefix('c')?.split_once('/')?;
            Some((client.parse().ok()?, n.parse().ok()?))
        });
        match place {
            Some((client, n)) if row["details"]["n"] == n => found.entry(client).or_default().push(n),
            _ => wrong.push(format!("torn: {row}")),
        }
    }
    for (client, sent) in n_lines.iter().enumerate() {
        let mut got = found.remove(&client).unwrap_or_default();
        got.sort_unstable();
        if got.len() > *sent || got != (0..got.len()).collect::<Vec<_>>() {
            wrong.push(format!("client {client} sent {sent} lines, and there are {got:?}"));
        }
    }
    wrong.extend(found.into_keys().map(|client| format!("nobody was client {client}")));
    wrong
}

/// Sends so many lines and half of one more, and is gone.
fn upload(served: &Served, client: usize, n_lines: usize) -> Wire {
    let mut wire = served.wire();
    wire.head("POST", "/v1/events", &[LINES, ("Transfer-Encoding", "chunked")]);
    let text: String = (0..n_lines).map(|n| line(client, n)).collect();
    for piece in text.as_bytes().chunks(100) {
        wire.chunk(piece);
    }
    let cut = line(client, n_lines);
    wire.chunk(&cut.as_bytes()[..cut.len() / 2]);
    wire
}

#[test]
fn uploads_that_break_off_leave_whole_lines_and_no_trace_of_the_client() {
    let mut served = Served::start(&[]);
    served.answers();
    let before = served.n_files();
    let n_lines: Vec<usize> = (0..N_UPLOADS).map(|client| client % 5).collect();
    for (client, n) in n_lines.iter().enumerate() {
        let mut wire = upload(&served, client, *n);
        // Some go in good order, without the end of the body; the others just go.
        if client % 3 == 0 {
            wire.finish();
        }
        drop(wire);
        if client % 20 == 0 {
            served.answers();
        }
    }
    served.returns_to(before);
    let bed = served.end("uploads that break off");
    assert_eq!(problems(&bed, &n_lines), Vec::<String>::new());
    assert!(0 < bed.good(&["count", "--tool", "upload"]).rows()[0]["count"].as_u64().unwrap());
}

/// The control: a line that is there twice, one that was never sent whole, and one that is not as it was sent are seen.
#[test]
fn uploads_that_are_torn_are_found_out() {
    let bed = Bed::new();
    let cut = line(0, 2).replace("\"n\":2", "\"n\":7");
    let all = [line(0, 0), line(0, 0), line(0, 1), line(1, 0), line(1, 1), line(9, 0), cut].concat();
    assert_eq!(bed.feed(&["record", "--ndjson", "-"], all).code, Some(0));
    let problems = problems(&bed, &[3, 1]);
    for part in ["torn: ", "client 0 sent 3", "client 1 sent 1", "nobody was client 9"] {
        assert!(problems.iter().any(|problem| problem.starts_with(part)), "{part}: {problems:?}");
    }
}

#[test]
fn readers_that_vanish_leave_nothing_behind() {
    let mut served = Served::start(&[]);
    served.fill(100);
    let before = served.n_files();
    let paths = ["/v1/events", "/v1/events/stream?from=0", "/export.csv", "/live?from=0", "/v1/events?limit=1000"];
    let mut wires = Vec::new();
    for n in 0..n_clients() {
        let mut wire = served.wire();
        let accept =
            ["application/x-ndjson", "text/event-stream", "*/*", "text/event-stream", "application/json"][n % 5];
        wire.head("GET", paths[n % 5], &[("Accept", accept)]);
        // Every other one has begun to read.
        if n % 2 == 0 {
            assert!(matches!(wire.answer_head().status, 200 | 503));
        }
        wires.push(wire);
        // So many are there at once.
        if wires.len() == 50 {
            wires.clear();
            served.answers();
        }
    }
    drop(wires);
    served.returns_to(before);
    let began = Instant::now();
    while 0.0 < served.figure("annals_workers_busy") {
        assert!(began.elapsed() < DEADLINE, "somebody still works for them");
    }
    served.end("readers that vanish");
}
