//! Bodies that are too long, too deep or compressed, on every wire that takes one.

use std::process::Stdio;

use annals_testkit::rounds;
use serde_json::{Value, json};

use super::served::{Served, call};
use super::wire::{Answer, BOTH, JSON};
use crate::bed::{Bed, finish};

const MEDIA: [&str; 5] = [
    "application/json",
    "application/x-ndjson",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/vnd.annals.batch+ndjson",
];

/// A problem in words: what a client can act on.
#[track_caller]
fn is_clear(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!(answer.status, status, "{what}: {answer:?}");
    let problem = answer.json();
    assert!(
        problem["code"] == code && problem["detail"].as_str().is_some_and(|said| !said.is_empty()),
        "{what}: {problem}"
    );
}

#[test]
fn five_megabytes_are_too_many_with_and_without_a_length() {
    let mut served = Served::start(&[]);
    let event =
        format!(r#"{{"event_type":"tool.invoked","tool":"large","details":{{"text":"{}"}}}}"#, "x".repeat(5 << 20));
    for media in MEDIA {
        for _ in 0..rounds(2, 20) {
            is_clear(&served.post(media, event.as_bytes()), 413, "too_large", media);
            let mut wire = served.wire();
            wire.head("POST", "/v1/events", &[("Content-Type", media), ("Transfer-Encoding", "chunked")]);
            // A server that has refused it need not take the rest.
            let _ = event.as_bytes().chunks(64 << 10).all(|piece| wire.chunk(piece)) && wire.chunk(b"");
            is_clear(&wire.answer(), 413, "too_large", media);
            served.answers();
        }
    }
    let answer = served.mcp(
        call("record_event", &json!({"event_type": "tool.invoked", "tool": "large", "details": {"text": event}}))
            .as_bytes(),
    );
    assert_eq!(answer.status, 413, "{answer:?}");
    let bed = served.end("bodies of 5 MB");
    assert_eq!(bed.good(&["count", "--tool", "large"]).rows()[0]["count"], 0);
}

#[test]
fn a_line_over_a_mebibyte_is_named_and_what_came_before_it_is_taken() {
    let served = Served::start(&[]);
    let short = r#"{"event_type":"tool.invoked","tool":"before"}"#;
    let long =
        format!(r#"{{"event_type":"tool.invoked","tool":"large","details":{{"text":"{}"}}}}"#, "x".repeat(1 << 20));
    let answer = served.post("application/x-ndjson", format!("{short}\n{long}\n{short}\n").as_bytes());
    is_clear(&answer, 413, "too_large", "a long line");
    assert_eq!((&answer.json()["line"], &answer.json()["n_accepted"]), (&json!(2), &json!(1)));
    // By itself it is as much too long.
    is_clear(&served.post("application/json", long.as_bytes()), 413, "too_large", "a long event");
    let bed = served.end("a line over a mebibyte");
    let count = |tool| bed.good(&["count", "--tool", tool]).rows()[0]["count"].clone();
    assert_eq!((count("before"), count("large")), (json!(1), json!(0)));
}

/// Ten thousand levels: as arrays, as objects, without an end, and within the details of an event.
fn deep() -> Vec<String> {
    const DEPTH: usize = 10_000;
    let object = format!("{}1{}", "{\"a\":".repeat(DEPTH), "}".repeat(DEPTH));
    vec![
        format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH)),
        "[".repeat(DEPTH),
        format!(r#"{{"event_type":"tool.invoked","tool":"deep","details":{object}}}"#),
        format!(r#"[{{"event_type":"tool.invoked","tool":"deep","details":{object}}}]"#),
        format!(r#"{{"specversion":"1.0","id":"1","source":"/x","type":"tool.invoked","data":{object}}}"#),
        object,
    ]
}

#[test]
fn ten_thousand_levels_are_refused_on_every_wire() {
    let mut served = Served::start(&[]);
    for body in deep() {
        for media in MEDIA {
            let answer = served.post(media, body.as_bytes());
            is_clear(&answer, 400, "invalid", media);
        }
        let answer = served.mcp(body.as_bytes());
        assert_eq!((answer.status, answer.json()["error"]["code"].is_i64()), (400, true), "{answer:?}");
        let answer = served.mcp(call("record_event", &json!("BODY")).replace("\"BODY\"", &body).as_bytes());
        assert_eq!((answer.status, answer.json()["error"]["code"].is_i64()), (400, true), "{answer:?}");
        served.answers();
    }
    let bed = served.end("10 000 levels");
    assert_eq!(bed.good(&["count", "--tool", "deep"]).rows()[0]["count"], 0);
}

#[test]
fn ten_thousand_levels_and_five_megabytes_end_no_mcp_over_pipes() {
    let bed = Bed::new();
    let mut lines: Vec<String> = deep();
    lines.extend(deep().iter().map(|body| call("record_event", &json!("BODY")).replace("\"BODY\"", body)));
    lines.push(call("record_event", &json!({"event_type": "tool.invoked", "details": {"text": "x".repeat(5 << 20)}})));
    let n_others = lines.len();
    lines.push(
        call("record_event", &json!({"event_type": "tool.invoked", "tool": "last", "wait": "durable"}))
            .replace("\"id\":1", "\"id\":\"last\""),
    );
    let mut child = crate::bed::spawn(bed.command(&["mcp"]).stdin(Stdio::piped()));
    let mut input = child.stdin.take().unwrap();
    let writer =
        std::thread::spawn(move || std::io::Write::write_all(&mut input, (lines.join("\n") + "\n").as_bytes()));
    let ran = finish(child);
    writer.join().unwrap().unwrap();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let answers: Vec<Value> = ran.rows();
    let (last, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["id"] == "last");
    assert_eq!(last.len(), 1);
    assert_eq!(last[0]["result"]["isError"], false, "{last:?}");
    assert_eq!(others.len(), n_others, "each of them is answered");
    assert!(others.iter().all(|answer| answer["error"]["code"].is_i64()), "{others:?}");
    assert_eq!(bed.good(&["count", "--type", "tool.invoked"]).rows()[0]["count"], 1);
}

#[test]
fn a_compressed_body_is_refused_in_words() {
    let served = Served::start(&[]);
    // The first bytes of what gzip writes.
    let compressed = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3];
    for media in MEDIA {
        for coding in ["gzip", "br", "deflate", "zstd", "gzip, identity"] {
            let headers = [("Content-Type", media), ("Content-Encoding", coding)];
            let answer = served.wire().ask("POST", "/v1/events", &headers, &compressed);
            is_clear(&answer, 415, "unsupported_media", coding);
        }
    }
    let answer = served.wire().ask("POST", "/mcp", &[BOTH, JSON, ("Content-Encoding", "gzip")], &compressed);
    assert_eq!(answer.status, 415, "{answer:?}");
    served.end("compressed bodies");
}
