//! Events in by HTTP: kinds of body, how far to wait, and what is refused.

use serde_json::json;

use crate::client::{Answer, Client};
use crate::server::Server;

fn post(server: &Server, query: &str, media: &str, body: &str) -> Answer {
    let path = format!("/v1/events{query}");
    Client::connect(server.address).ask("POST", &path, &[("Content-Type", media)], body.as_bytes())
}

fn n_events(server: &Server) -> u64 {
    server.audit.flush().expect("as it should be");
    server.audit.head().expect("as it should be").n_events
}

const EVENT: &str = r#"{"event_type":"tool.invoked","tool":"write_file"}"#;

#[test]
fn waiting_for_a_rung_answers_with_it() {
    let server = Server::start();
    let accepted = post(&server, "", "application/json", EVENT);
    assert_eq!((accepted.status, accepted.json()["state"].as_str()), (202, Some("accepted")));
    let durable = post(&server, "?wait=durable", "application/json; charset=utf-8", EVENT);
    assert_eq!((durable.status, durable.json()["state"].as_str()), (201, Some("durable")), "{}", durable.text());
    assert_eq!(durable.json()["seq"], 1);
    let sealed = post(&server, "?wait=sealed&timeout=20s", "application/json", EVENT);
    assert_eq!((sealed.status, sealed.json()["state"].as_str()), (201, Some("sealed")), "{}", sealed.text());
    assert_eq!(sealed.header("location").unwrap(), format!("/v1/events/{}", sealed.json()["id"].as_str().unwrap()));
}

#[test]
fn an_array_is_taken_whole_or_not_at_all() {
    let server = Server::start();
    let taken = post(&server, "?wait=durable", "application/json", &format!("[{EVENT},{EVENT}]"));
    assert_eq!(taken.status, 201, "{}", taken.text());
    assert_eq!((taken.json()["n_accepted"].clone(), taken.json()["events"][1]["seq"].clone()), (json!(2), json!(1)));
    // Wrong in what only encoding sees, and wrong in what the text shows.
    for wrong in [r#"{"event_type":"tool.invokd"}"#, r#"{"event_type":"tool.invoked","tol":"x"}"#, "7"] {
        let refused = post(&server, "", "application/json", &format!("[{EVENT},{wrong}]"));
        assert_eq!((refused.status, refused.json()["index"].clone()), (400, json!(1)), "{}", refused.text());
        assert!(refused.json()["field"].as_str().unwrap().starts_with("[1]"), "{}", refused.text());
    }
    assert_eq!(post(&server, "", "application/json", "[]").status, 400);
    assert_eq!(n_events(&server), 2);
}

#[test]
fn what_annals_sets_is_refused_in_every_kind_of_body() {
    let server = Server::start();
    let event = |extra: &str| format!(r#"{{"event_type":"tool.invoked",{extra}}}"#);
    let cloud = |extra: &str| {
        format!(r#"{{"specversion":"1.0","id":"1","source":"/a","type":"tool.invoked","data":{{{extra}}}}}"#)
    };
    for extra in [
        r#""id":"0190a5c0-0000-7000-8000-000000000000""#,
        r#""producer":"00000000000000000000000000000000""#,
        r#""pseq":0"#,
        r#""created_at":"2026-01-01T00:00:00Z""#,
        r#""space":"other""#,
        r#""credential":"root""#,
        r#""seq":1"#,
        r#""recorded_at":"2026-01-01T00:00:00Z""#,
        r#""n_redacted":0"#,
    ] {
        for (media, body) in [
            ("application/json", event(extra)),
            ("application/json", format!("[{}]", event(extra))),
            ("application/x-ndjson", event(extra)),
            ("application/cloudevents+json", cloud(extra)),
            ("application/cloudevents-batch+json", format!("[{}]", cloud(extra))),
        ] {
            let refused = post(&server, "", media, &body);
            assert_eq!(refused.status, 400, "{media} {body}");
            assert!(refused.text().contains("is set by Annals"), "{}", refused.text());
        }
    }
    assert_eq!(n_events(&server), 0);
}

#[test]
fn cloud_events_are_events() {
    let server = Server::start();
    let one = r#"{"specversion":"1.0","id":"A-1","source":"/ci","type":"tool.invoked","time":"2026-01-02T03:04:05Z",
        "subject":"src/a.rs","partitionkey":"p","datacontenttype":"application/json","data":{"tool":"build"}}"#;
    let taken = post(&server, "?wait=durable", "application/cloudevents+json", one);
    assert_eq!(taken.status, 201, "{}", taken.text());
    let id = taken.json()["id"].as_str().unwrap().parse().unwrap();
    let stored = server.audit.get(id).unwrap().unwrap();
    assert_eq!(stored.get(annals::Column::Resource), Some("src/a.rs"));
    assert_eq!(stored.get(annals::Column::Tool), Some("build"));
    assert_eq!(stored.occurred_at.unwrap().to_string(), "2026-01-02T03:04:05.000000000Z");
    let details: serde_json::Value = serde_json::from_str(stored.details.as_deref().unwrap()).unwrap();
    assert_eq!(details["cloudevent"], json!({"id": "A-1", "source": "/ci", "partitionkey": "p"}));
    let batch = post(&server, "?wait=durable", "application/cloudevents-batch+json", &format!("[{one},{one}]"));
    assert_eq!((batch.status, batch.json()["n_accepted"].clone()), (201, json!(2)), "{}", batch.text());
    for (wrong, field) in [
        (one.replace("1.0", "2.0"), "specversion"),
        (one.replace(r#""source":"/ci","#, ""), "source"),
        (one.replace(r#""2026-01-02T03:04:05Z""#, "7"), "time"),
        (one.replace("partitionkey", "partition_key"), "event"),
        (one.replace(r#""p""#, "[1]"), "partitionkey"),
        (one.replace(r#"{"tool":"build"}"#, "[1]"), "data"),
        (one.replace(r#""tool":"#, r#""toll":"#), "data.toll"),
        (one.replace("tool.invoked", "tool.invokd"), "event_type"),
    ] {
        let refused = post(&server, "", "application/cloudevents+json", &wrong);
        assert_eq!((refused.status, refused.json()["field"].as_str()), (400, Some(field)), "{}", refused.text());
    }
    assert_eq!(n_events(&server), 3);
}

#[test]
fn another_kind_of_body_is_told_which_are_read() {
    let server = Server::start();
    for media in ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=latin1"] {
        let refused = post(&server, "", media, EVENT);
        assert_eq!((refused.status, refused.json()["code"].as_str()), (415, Some("unsupported_media")));
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    }
    assert!(post(&server, "", "text/plain", EVENT).text().contains("application/x-ndjson"));
    assert_eq!(n_events(&server), 0);
}

#[test]
fn parameters_that_are_not_understood_are_named() {
    let server = Server::start();
    for (query, field) in
        [("?wait=now", "wait"), ("?timeout=5", "timeout"), ("?timeout=-1s", "timeout"), ("?wiat=x", "wiat")]
    {
        let refused = post(&server, query, "application/json", EVENT);
        assert_eq!((refused.status, refused.json()["field"].as_str()), (400, Some(field)), "{}", refused.text());
    }
    assert_eq!(n_events(&server), 0);
}

#[test]
fn a_wait_that_is_over_too_early_loses_nothing() {
    let server = Server::start();
    let late = post(&server, "?wait=sealed&timeout=0ms", "application/json", EVENT);
    assert_eq!((late.status, late.json()["code"].as_str()), (504, Some("timeout")), "{}", late.text());
    assert_eq!(late.json()["retryable"], false);
    assert!(["accepted", "durable"].contains(&late.json()["state"].as_str().unwrap()), "{}", late.text());
    server.audit.flush().unwrap();
    let id = late.json()["id"].as_str().unwrap().parse().unwrap();
    assert!(server.audit.get(id).unwrap().is_some(), "what was accepted stays accepted");
}

#[test]
fn a_body_that_is_too_long_is_refused_before_it_is_read() {
    let server = Server::start();
    let mut client = Client::connect(server.address);
    client.head("POST", "/v1/events", &[("Content-Type", "application/json"), ("Content-Length", "5000000")]);
    assert_eq!(client.answer("POST").status, 413);
    // One that does not say how long it is.
    let mut client = Client::connect(server.address);
    client.head("POST", "/v1/events", &[("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]);
    for _ in 0..70 {
        client.chunk(&b" ".repeat(1 << 16));
    }
    assert_eq!(client.answer("POST").status, 413);
}
