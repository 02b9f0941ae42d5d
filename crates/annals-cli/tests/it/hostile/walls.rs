//! As much at once as may be asked for: pages of long events, exports that nobody takes, bodies that are large in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use annals_testkit::rounds;
use serde_json::json;

use super::served::{Served, call};
use super::wire::{BOTH, JSON, LINES, Wire};
use crate::bed::DEADLINE;

/// How many ask at once.
const N_READERS: usize = 16;
/// How many long events there are: 4 MB of them, and 64 MB in the long run.
fn n_long() -> usize {
    rounds(60, 1_000)
}

/// Pages from the newest to the oldest event over one wire; answers how many events there were.
fn all_pages(served: &Served, mut page: impl FnMut(&mut Wire, Option<&str>) -> serde_json::Value) -> usize {
    let (mut n_events, mut cursor) = (0, None::<String>);
    loop {
        // A server that is too busy says so, and is asked again.
        let page = page(&mut served.wire(), cursor.as_deref());
        let Some(events) = page["events"].as_array() else { continue };
        n_events += events.len();
        cursor = page["cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return n_events;
        }
    }
}

#[test]
fn pages_of_long_events_are_read_by_many_at_once() {
    let mut served = Served::start(&["server_body_memory=16MiB"]);
    served.fill(n_long());
    thread::scope(|scope| {
        for n in 0..N_READERS {
            let served = &served;
            scope.spawn(move || {
                let n_read = all_pages(served, |wire, cursor| {
                    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
                    let path = format!("/v1/events?tool=long&limit=1000{cursor}");
                    let media = if n % 2 == 0 { "application/json" } else { "*/*" };
                    let answer = wire.ask("GET", &path, &[("Accept", media)], b"");
                    assert!(matches!(answer.status, 200 | 503), "{}", answer.status);
                    if answer.status == 200 { answer.json() } else { json!(null) }
                });
                assert_eq!(n_read, n_long());
            });
        }
    });
    served.answers();
    served.end("many readers of pages of long events");
}

#[test]
fn pages_of_long_events_are_read_over_mcp_by_many_at_once() {
    let mut served = Served::start(&[]);
    served.fill(n_long() / 2);
    thread::scope(|scope| {
        for _ in 0..N_READERS {
            scope.spawn(|| {
                let n_read = all_pages(&served, |wire, cursor| {
                    let mut arguments = json!({"tool": "long", "limit": 1_000, "max_bytes": 1 << 20});
                    if let Some(cursor) = cursor {
                        arguments["cursor"] = cursor.into();
                    }
                    let message = call("query_events", &arguments);
                    let answer = wire.ask("POST", "/mcp", &[BOTH, JSON], message.as_bytes());
                    assert!(matches!(answer.status, 200 | 503), "{}", answer.status);
                    if answer.status == 200 { answer.json()["result"]["structuredContent"].take() } else { json!(null) }
                });
                assert_eq!(n_read, n_long() / 2);
            });
        }
    });
    served.answers();
    served.end("many readers of long events over MCP");
}

/// Entries that are as long as they may be, read by many at once, page by page and as one resource.
#[test]
fn pages_of_long_entries_are_read_by_many_at_once() {
    let mut served = Served::start(&[]);
    let n_entries = rounds(30, 200);
    let content = "x".repeat(450_000);
    for n in 0..n_entries {
        let note = json!({"source": "fat", "tags": [], "description": format!("note {n}"), "content": content});
        assert_eq!(served.call("remember", &note)["status"], "ok");
    }
    let asked = |tool: &str, arguments: &serde_json::Value| loop {
        let answer = served.wire().ask("POST", "/mcp", &[BOTH, JSON], call(tool, arguments).as_bytes());
        assert!(matches!(answer.status, 200 | 503), "{}", answer.status);
        if answer.status == 200 {
            break answer.json()["result"]["structuredContent"].take();
        }
    };
    thread::scope(|scope| {
        for n in 0..N_READERS {
            scope.spawn(move || {
                let mut n_read = 0;
                loop {
                    let (tool, arguments) = match n % 2 {
                        0 => ("get_knowledge", json!({"source": "fat", "offset": n_read})),
                        _ => ("search", json!({"query": "note", "limit": 100, "offset": n_read})),
                    };
                    let page = asked(tool, &arguments);
                    n_read += page["entries"].as_array().unwrap().len();
                    if page["has_more"] == false {
                        break;
                    }
                }
                assert_eq!(n_read, n_entries);
            });
        }
    });
    served.answers();
    served.end("many readers of long entries");
}

/// Views and files of long events, asked for many times over each of many connections by clients that take nothing.
#[test]
fn answers_that_nobody_takes_fill_no_memory() {
    let mut served = Served::start(&[]);
    served.fill(n_long() / 2);
    let mut wires = Vec::new();
    for n in 0..rounds(120, 600) {
        let mut wire = served.wire();
        let (path, accept) = [
            ("/v1/events?limit=1000", "application/json"),
            ("/v1/events", "application/x-ndjson"),
            ("/v1/events?limit=1000", "application/cloudevents-batch+json"),
            ("/export.csv", "*/*"),
            ("/events?limit=1000", "text/html"),
            ("/v1/events/stream?from=0", "text/event-stream"),
        ][n % 6];
        for _ in 0..4 {
            wire.head("GET", path, &[("Accept", accept)]);
        }
        wires.push(wire);
    }
    // All of them are at work, or were told that there is no room, while others are served.
    for wire in wires.iter_mut().step_by(5) {
        assert!(matches!(wire.answer_head().status, 200 | 503));
        served.answers();
    }
    drop(wires);
    served.end("answers that nobody takes");
}

/// Bodies that are small on the wire and large as objects in memory.
fn swollen(n_bytes: usize) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let nothings = "0,".repeat(n_bytes / 2);
    let event = |details: &str| format!(r#"{{"event_type":"tool.invoked","details":{details}}}"#).into_bytes();
    let nested = format!("{{\"a\":[{nothings}0]}}");
    let small = r#"{"event_type":"tool.invoked","tool":"small"},"#.repeat(n_bytes / 50);
    vec![
        ("/v1/events", "application/json", format!("[{nothings}0]").into_bytes()),
        ("/v1/events", "application/json", event(&nested)),
        ("/v1/events", "application/json", format!("[{small}0]").into_bytes()),
        ("/v1/events", "application/cloudevents-batch+json", format!("[{nothings}0]").into_bytes()),
        ("/v1/events", "application/vnd.annals.batch+ndjson", nested.clone().into_bytes()),
        ("/v1/events", "application/x-ndjson", event(&nested)),
        ("/mcp", "application/json", format!("[{nothings}0]").into_bytes()),
        (
            "/mcp",
            "application/json",
            call("record_event", &json!("DETAILS")).replace("\"DETAILS\"", &nested).into_bytes(),
        ),
    ]
}

#[test]
fn bodies_that_swell_in_memory_are_refused_and_fill_none() {
    let mut served = Served::start(&[]);
    let bodies = swollen(rounds(900_000, 4_000_000));
    let n_refused = AtomicUsize::new(0);
    thread::scope(|scope| {
        for n in 0..N_READERS {
            let (served, bodies, n_refused) = (&served, &bodies, &n_refused);
            scope.spawn(move || {
                for turn in 0..rounds(2, 40) {
                    let (path, media, body) = &bodies[(n + turn) % bodies.len()];
                    let answer = served.wire().ask("POST", path, &[BOTH, ("Content-Type", *media)], body);
                    // Over MCP what a tool doesn't take is told in an answer.
                    let is_told = matches!(answer.status, 400 | 413 | 503) || answer.status == 200 && *path == "/mcp";
                    assert!(is_told, "{path} {media}: {}", answer.status);
                    n_refused.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(n_refused.into_inner(), N_READERS * rounds(2, 40));
    served.answers();
    let bed = served.end("bodies that swell in memory");
    assert_eq!(bed.good(&["count", "--tool", "small"]).rows()[0]["count"], 0);
}

#[test]
fn bodies_that_never_end_fill_no_memory() {
    let mut served = Served::start(&[]);
    let piece = vec![b'x'; 900 << 10];
    let mut wires = Vec::new();
    for n in 0..rounds(240, 600) {
        let mut wire = served.wire();
        let media = [LINES, JSON, ("Content-Type", "application/vnd.annals.batch+ndjson")][n % 3];
        wire.head("POST", "/v1/events", &[media, ("Transfer-Encoding", "chunked")]);
        wire.chunk(&piece);
        wires.push(wire);
    }
    for _ in 0..20 {
        served.answers();
    }
    drop(wires);
    served.end("bodies that never end");
}

/// The control: with the limits raised by settings the same storm takes more memory than is allowed, and the same look sees it.
#[test]
fn a_server_without_limits_is_found_out() {
    let served = Served::start(&["server_body_memory=1GiB", "server_max_body=64MiB", "server_max_streams=1000"]);
    let piece = vec![b'x'; 3 << 20];
    let mut wires = Vec::new();
    let began = Instant::now();
    while served.peak() <= 220_000_000 {
        assert!(began.elapsed() < DEADLINE, "{} bytes", served.peak());
        let mut wire = served.wire();
        wire.head("POST", "/v1/events", &[JSON, ("Transfer-Encoding", "chunked")]);
        wire.chunk(&piece);
        wires.push(wire);
    }
    drop(wires);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| served.end("no limits")));
    assert!(
        caught
            .err()
            .and_then(|panic| panic.downcast::<String>().ok())
            .is_some_and(|said| said.contains("bytes of memory"))
    );
}
