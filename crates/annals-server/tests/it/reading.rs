//! Events out by HTTP: pages, streams of all that fits, one event and its proof, sums, and whose they are.

use annals::{Caller, Event, json};

use crate::client::{Answer, Client};
use crate::server::Server;

fn get(server: &Server, path: &str, accept: &str) -> Answer {
    let headers: &[(&str, &str)] = if accept.is_empty() { &[] } else { &[("Accept", accept)] };
    Client::connect(server.address).ask("GET", path, headers, b"")
}

fn fill(server: &Server, n: usize) {
    for at in 0..n {
        server
            .audit
            .record(Event::new("tool.invoked").tool("t").session(format!("s{}", at % 3)).details(json!({"n": at})))
            .expect("as it should be");
    }
    server.audit.flush().expect("as it should be");
}

/// An event of another space's, with everything in it by which it could be found.
fn foreign(server: &Server) -> annals::EventId {
    let other = Caller::new("other", "somebody").expect("as it should be");
    let event = Event::new("tool.invoked").tool("theirs").session("their-session").resource("their/file");
    let id = server.audit.accept(event, &other).expect("as it should be").id();
    server.audit.flush().expect("as it should be");
    id
}

#[test]
fn pages_lead_through_all_events_once() {
    let server = Server::start();
    fill(&server, 25);
    let (mut seen, mut path) = (Vec::new(), "/v1/events?limit=10".to_owned());
    loop {
        let page = get(&server, &path, "application/json").json();
        seen.extend(page["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()));
        let Some(cursor) = page["cursor"].as_str() else { break };
        path = format!("/v1/events?limit=10&cursor={cursor}");
    }
    assert_eq!(seen, (0..25).rev().collect::<Vec<_>>());
    let bad = get(&server, "/v1/events?cursor=zzz", "");
    assert_eq!((bad.status, bad.json()["field"].as_str()), (400, Some("cursor")));
    let head = Client::connect(server.address).ask("HEAD", "/v1/events", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn lines_are_all_that_fits_and_no_more_than_asked_for() {
    let server = Server::start();
    fill(&server, 1_500);
    let all = get(&server, "/v1/events?order=oldest", "application/x-ndjson");
    assert_eq!((all.status, all.header("content-type")), (200, Some("application/x-ndjson")));
    let seqs: Vec<u64> = all
        .text()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, (0..1_500).collect::<Vec<_>>());
    assert_eq!(get(&server, "/v1/events?limit=7", "application/x-ndjson").text().lines().count(), 7);
    assert_eq!(get(&server, "/v1/events?session=s1", "application/x-ndjson").text().lines().count(), 500);
    assert_eq!(get(&server, "/v1/events?tool=none", "application/x-ndjson").text(), "");
    // What is wrong with a question is told as for a page.
    assert_eq!(get(&server, "/v1/events?limit=0", "application/x-ndjson").status, 400);
}

#[test]
fn a_reader_who_takes_nothing_keeps_nobody_from_writing() {
    let server = Server::start();
    let large = "x".repeat(30_000);
    for _ in 0..400 {
        server.audit.record(Event::new("tool.invoked").details(json!({"text": large}))).unwrap();
    }
    server.audit.flush().unwrap();
    let mut reader = Client::connect(server.address);
    reader.head("GET", "/v1/events", &[("Accept", "application/x-ndjson")]);
    assert_eq!(reader.answer_head().status, 200);
    // Twelve megabytes do not fit into the sockets: the answer stands still, and the log goes on.
    fill(&server, 1_000);
    assert_eq!(server.audit.count(&annals::Filter::new()).unwrap(), 1_400);
    // Had a page kept its transaction open, the WAL could not be emptied. The writer may be at work at this very moment.
    let database = rusqlite::Connection::open(server.folder().join("trail/annals.db")).unwrap();
    let began = std::time::Instant::now();
    while database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap() != 0 {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "somebody reads all the time");
        std::thread::yield_now();
    }
    let mut n_bytes = 0;
    while let Some(piece) = reader.piece() {
        n_bytes += piece.len();
    }
    assert!(n_bytes > 400 * 30_000, "the rest comes when it is taken: {n_bytes}");
}

#[test]
fn cloud_events_come_as_a_batch_with_a_link() {
    let server = Server::start();
    fill(&server, 3);
    let batch = get(&server, "/v1/events?limit=2", "application/cloudevents-batch+json");
    assert_eq!(batch.header("content-type"), Some("application/cloudevents-batch+json"));
    assert_eq!(batch.json()[0]["specversion"], "1.0");
    let link = batch.header("link").unwrap();
    let next = link.split_once('<').unwrap().1.split_once('>').unwrap().0;
    let rest = get(&server, next, "application/cloudevents-batch+json");
    assert_eq!((rest.json().as_array().unwrap().len(), rest.header("link")), (1, None));
    let id = batch.json()[0]["id"].as_str().unwrap().to_owned();
    let one = get(&server, &format!("/v1/events/{id}"), "application/cloudevents+json");
    assert_eq!(one.json(), batch.json()[0]);
    assert_eq!(get(&server, "/v1/events", "text/html").status, 406);
}

#[test]
fn an_event_is_shown_and_proved_by_its_id() {
    let server = Server::start();
    fill(&server, 5);
    let page = get(&server, "/v1/events?limit=1", "").json();
    let id = page["events"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(get(&server, &format!("/v1/events/{id}"), "").json(), page["events"][0]);
    let proof = get(&server, &format!("/v1/events/{id}/proof?disclose=details"), "");
    assert_eq!(
        (proof.status, proof.header("content-type")),
        (200, Some("text/plain; charset=utf-8")),
        "{}",
        proof.text()
    );
    assert!(proof.text().starts_with("c2sp.org/tlog-proof@"), "{}", proof.text());
    let key = server.audit.evidence().unwrap().unwrap().key.vkey.unwrap();
    annals::proof::verify_proof(proof.text(), Some(&key)).unwrap();
    let other = get(&server, &format!("/v1/events/{id}/proof?disclose=all"), "");
    assert_eq!((other.status, other.json()["field"].as_str()), (400, Some("disclose")));
    assert_eq!(get(&server, "/v1/events/nothing", "").status, 400);
    assert_eq!(get(&server, "/v1/events/0190a5c0-0000-7000-8000-000000000000", "").status, 404);
    assert_eq!(get(&server, "/v1/events/0190a5c0-0000-7000-8000-000000000000/proof", "").status, 404);
}

#[test]
fn sessions_and_counts_add_up() {
    let server = Server::start();
    fill(&server, 9);
    let sessions = get(&server, "/v1/sessions", "").json();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 3);
    assert_eq!(sessions["sessions"][0]["n_events"], 3);
    let stats = get(&server, "/v1/stats?bucket=1w&tool=t", "").json();
    assert_eq!(stats["bucket_s"], 604_800);
    let n: u64 = stats["buckets"].as_array().unwrap().iter().map(|bucket| bucket["n_events"].as_u64().unwrap()).sum();
    assert_eq!(n, 9);
    for (path, field) in
        [("/v1/stats?bucket=0s", "bucket"), ("/v1/stats?cursor=n1", "cursor"), ("/v1/sessions?x=1", "x")]
    {
        let refused = get(&server, path, "");
        assert_eq!((refused.status, refused.json()["field"].as_str()), (400, Some(field)), "{}", refused.text());
    }
    let health = get(&server, "/v1/health", "").json();
    assert_eq!((health["state"].as_str(), health["durable_seq"].as_u64()), (Some("ok"), Some(8)), "{health}");
}

#[test]
fn nothing_of_another_space_is_seen_anywhere() {
    let server = Server::start();
    fill(&server, 1);
    let id = foreign(&server);
    for path in [
        "/v1/events".to_owned(),
        "/v1/events?order=oldest&limit=1000".to_owned(),
        "/v1/events?tool=theirs".to_owned(),
        "/v1/events?text=their".to_owned(),
        "/v1/sessions".to_owned(),
    ] {
        for accept in ["application/json", "application/x-ndjson", "application/cloudevents-batch+json"] {
            let answer = get(&server, &path, accept);
            assert!(!answer.text().contains("their") && !answer.text().contains(&id.to_string()), "{path} {accept}");
        }
    }
    assert_eq!(get(&server, &format!("/v1/events/{id}"), "").status, 404);
    assert_eq!(get(&server, &format!("/v1/events/{id}/proof"), "").status, 404);
    let stats = get(&server, "/v1/stats?bucket=1w", "").json();
    assert_eq!(stats["buckets"][0]["n_events"], 1);
    assert_eq!(get(&server, "/v1/events?space=other", "").status, 400, "a space is no parameter");
    // The control: it is there, for whoever may see it.
    assert!(server.audit.get(id).unwrap().is_some());
}

#[test]
fn hostile_text_comes_back_as_it_was() {
    let server = Server::start();
    let text = "<script>alert(1)</script>\u{1b}[31m\u{202e}\u{2066}abc\u{2069}\"\\\u{7f}\u{0085}\u{feff}</td>&amp;'";
    let columns: Vec<_> =
        annals::Column::ALL.iter().map(|column| column.name()).filter(|name| *name != "traceparent").collect();
    let mut event = serde_json::Map::new();
    event.insert("event_type".into(), "tool.invoked".into());
    for name in &columns {
        event.insert((*name).to_owned(), text.into());
    }
    event.remove("decision");
    event.insert("details".into(), json!({ text: [text, { "deep": text }] }));
    let body = serde_json::Value::Object(event.clone()).to_string();
    let taken = Client::connect(server.address).ask(
        "POST",
        "/v1/events?wait=durable",
        &[("Content-Type", "application/json")],
        body.as_bytes(),
    );
    assert_eq!(taken.status, 201, "{}", taken.text());
    let id = taken.json()["id"].as_str().unwrap().to_owned();
    for path in [format!("/v1/events/{id}"), "/v1/events".to_owned(), "/v1/events?limit=1".to_owned()] {
        let answer = get(&server, &path, "application/json, application/x-ndjson;q=0.1");
        assert!(!answer.body.contains(&0x1b), "an escape is escaped in JSON");
        let said = answer.json();
        let stored = said["events"].get(0).cloned().unwrap_or(said);
        for (name, value) in &event {
            assert_eq!(stored[name], *value, "{name}");
        }
    }
    let refused = Client::connect(server.address).ask("GET", "/v1/events?%3Cscript%3E=%1B%5B31m", &[], b"");
    assert_eq!(refused.status, 400);
    assert!(!refused.body.contains(&0x1b), "{}", refused.text());
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
}
