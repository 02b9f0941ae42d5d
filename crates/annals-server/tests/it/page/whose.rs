//! Whose events a view shows: those of the caller's space, and no trace of another's.

use annals::{Column, Event, Outcome, Phase};

use crate::client::Client;
use crate::page::bench::{a_call, look, record};
use crate::server::Server;

/// A word that stands in nothing but the other space's events.
const SECRET: &str = "sentinel-of-others";

/// An event of the other space whose every text is that word.
fn secret() -> Event {
    let mut event = Event::new("tool.invoked");
    for &column in Column::ALL {
        if !matches!(column, Column::Decision | Column::Traceparent) {
            event = event.text(column, SECRET);
        }
    }
    event.details(annals::json!({"error": SECRET, SECRET: SECRET}))
}

#[test]
fn no_view_shows_an_event_of_another_space() {
    let server = Server::start();
    let ours = a_call(&server);
    let theirs = record(&server, "theirs", secret().outcome(Outcome::Failure));
    record(&server, "theirs", secret().phase(Phase::Intent));
    for path in [
        "/".to_owned(),
        "/events".to_owned(),
        "/events?outcome=failure".to_owned(),
        "/events?text=sentinel".to_owned(),
        "/sessions".to_owned(),
        "/sessions/S-1".to_owned(),
        format!("/events/{ours}"),
        "/histogram".to_owned(),
        "/log".to_owned(),
        "/export.ndjson".to_owned(),
        "/export.csv".to_owned(),
    ] {
        let answer = look(&server, &path);
        assert_eq!(answer.status, 200, "{path}");
        let shown = answer.text().replace(&format!("value=\"{SECRET}\""), "");
        assert!(!shown.contains(SECRET) && !shown.contains(&theirs.to_string()), "{path}: {shown}");
    }
    for path in [
        format!("/events/{theirs}"),
        format!("/sessions/{SECRET}"),
        format!("/v1/events/{theirs}/proof?disclose=details"),
    ] {
        let answer = look(&server, &path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains(SECRET), "{path}");
    }
    // What is asked for by the word itself finds nothing: only the question repeats it.
    let found = look(&server, &format!("/events?tool={SECRET}")).text().to_owned();
    assert!(found.contains("No event fits"), "{found}");
    let counted = look(&server, "/histogram?width=1d").text().to_owned();
    assert!(counted.contains("3 events, 1 failed"), "{counted}");
}

#[test]
fn the_live_rows_are_of_the_callers_space() {
    let server = Server::start();
    record(&server, "theirs", secret());
    let ours = record(&server, "default", Event::new("tool.invoked").tool("ours"));
    let mut client = Client::connect(server.address);
    client.head("GET", "/live?from=0", &[]);
    assert_eq!(client.answer_head().status, 200);
    let mut told = String::new();
    while !told.contains(&ours.to_string()) {
        told.push_str(std::str::from_utf8(&client.piece().expect("the stream goes on")).expect("text"));
    }
    assert!(!told.contains(SECRET), "{told}");
    assert_eq!(told.matches("event: row").count(), 1, "{told}");
}
