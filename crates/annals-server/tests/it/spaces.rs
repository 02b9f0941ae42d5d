//! Spaces: whatever another space records makes no difference to what an endpoint answers.
//!
//! Each path of the interface's own description is asked with each of its parameters and each id of the other space, before there is anything of it and after, and must be answered alike. The same walk
//! over events of the caller's own space is answered differently, so that it can fail. What an endpoint says of the log as a whole is told by the log's size alone, and named here.

use std::collections::BTreeSet;

use annals::{Audit, Caller, Column, Event, EventId, Outcome, Settings};
use annals_server::{Config, Witnessed};
use annals_testkit::postgres::Database;
use serde_json::Value;

use crate::client::Client;
use crate::server::Server;

/// A word in every text of the other space's events.
const WORD: &str = "medlar";
/// What is told of the log as a whole, which has every space's events.
const OF_THE_LOG: [&str; 7] =
    ["/healthz", "/readyz", "/metrics", "/openapi.json", "/log/checkpoint", "/log/tile/{path}", "/v1/health"];

/// An event that fits whatever asks for the word.
fn event() -> Event {
    let mut event = Event::new("tool.invoked").outcome(Outcome::Failure).details(annals::json!({ "text": WORD }));
    for &column in Column::ALL {
        if !matches!(column, Column::Decision | Column::Traceparent) {
            event = event.text(column, WORD);
        }
    }
    event
}

fn record(server: &Server, space: &str, event: Event) -> EventId {
    let id = server.audit.accept(event, &Caller::new(space, "somebody").expect("set up")).expect("set up").id();
    server.audit.flush().expect("set up");
    id
}

/// The paths with what is asked of each, by the interface's own description.
fn questions(server: &Server, ids: &[EventId]) -> Vec<String> {
    let document = Client::connect(server.address).ask("GET", "/openapi.json", &[], b"").json();
    let mut questions = Vec::new();
    let mut known = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("set up") {
        known.insert(path.as_str());
        if methods["get"].is_null() || OF_THE_LOG.contains(&path.as_str()) || path.ends_with("/stream") {
            continue;
        }
        let filled: Vec<String> = if path.contains('{') {
            ids.iter().map(|id| path.replace("{id}", &id.to_string())).collect()
        } else {
            vec![path.clone()]
        };
        for path in filled {
            assert!(!path.contains('{'), "nothing is known to stand for a part of `{path}`");
            questions.push(path.clone());
            for parameter in methods["get"]["parameters"].as_array().into_iter().flatten() {
                let parameter = resolved(&document, parameter);
                if parameter["in"] == "query" {
                    let name = parameter["name"].as_str().expect("set up");
                    questions.push(format!("{path}?{name}={WORD}"));
                    questions.push(format!("{path}?{name}=1d"));
                    questions.push(format!("{path}?{name}=tool.*"));
                }
            }
        }
    }
    assert!(OF_THE_LOG.iter().all(|path| known.contains(path)), "{known:?}");
    // Not what agents know, a look at which is on record itself: all of its tools have a walk of their own.
    let page = ["/", "/events", "/events?text=medlar", "/sessions", "/sessions/medlar", "/histogram"];
    questions.extend(page.into_iter().chain(["/export.ndjson", "/export.csv"]).map(str::to_owned));
    questions.extend(ids.iter().map(|id| format!("/events/{id}")));
    questions
}

fn resolved<'d>(document: &'d Value, part: &'d Value) -> &'d Value {
    match part["$ref"].as_str() {
        Some(place) => document.pointer(place.trim_start_matches('#')).expect("set up"),
        None => part,
    }
}

/// What each question is answered, without what every answer has anew.
fn answers(server: &Server, questions: &[String]) -> Vec<(String, u16, String)> {
    let ask = |path: &String| {
        let answer = Client::connect(server.address).ask("GET", path, &[("Accept", "*/*")], b"");
        // How large the log is, everybody may know: by every checkpoint, and by the number of an event of one's own.
        let text = answer.text();
        let text = text.strip_prefix("{\"end\":").and_then(|rest| rest.split_once(',')).map_or(text, |(_, rest)| rest);
        (path.clone(), answer.status, text.to_owned())
    };
    questions.iter().map(ask).collect()
}

/// The questions that are answered differently once this space has events.
fn differing(server: &Server, space: &str) -> Vec<(String, u16, String)> {
    record(server, "default", Event::new("tool.invoked").tool("ours").session("ours"));
    let theirs = [record(server, "third", event()), record(server, "third", event())];
    let questions = questions(server, &theirs);
    let before = answers(server, &questions);
    let of_theirs = before.iter().filter(|(path, ..)| theirs.iter().any(|id| path.contains(&id.to_string())));
    assert!(of_theirs.clone().count() > 4 && of_theirs.clone().all(|(_, status, _)| matches!(status, 400 | 404)));
    for _ in 0..3 {
        record(server, space, event());
    }
    let after = answers(server, &questions);
    after.into_iter().zip(before).filter(|(after, before)| after != before).map(|(after, _)| after).collect()
}

fn servers() -> Vec<(Server, Option<Database>)> {
    let config = || {
        let mut config = Config::default();
        config.witnessed = Witnessed::Nothing;
        config
    };
    let folder = tempfile::tempdir().expect("set up");
    let database = Database::with_vectors();
    let settings = Settings::new(folder.path().join("trail")).database_url(database.url());
    let audit = Audit::with_settings(&settings).expect("set up");
    vec![(Server::start(), None), (Server::start_over(audit, folder, config()), Some(database))]
}

#[test]
fn no_endpoint_tells_anything_of_another_space() {
    for (server, _database) in servers() {
        assert_eq!(differing(&server, "theirs"), []);
        let shown = answers(&server, &questions(&server, &[]));
        let found = shown.iter().filter(|(path, _, text)| !path.contains(WORD) && text.contains(WORD));
        assert_eq!(found.collect::<Vec<_>>(), Vec::<&(String, u16, String)>::new());
    }
}

#[test]
fn the_walk_notices_what_is_shown() {
    for (server, _database) in servers() {
        let differing: BTreeSet<String> = differing(&server, "default").into_iter().map(|(path, ..)| path).collect();
        for path in ["/v1/events", "/v1/sessions", "/v1/stats", "/", "/events", "/sessions", "/export.csv"] {
            assert!(differing.contains(path), "nobody noticed at {path}: {differing:?}");
        }
    }
}
