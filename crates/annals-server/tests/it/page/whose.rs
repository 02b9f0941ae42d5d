//! Whose events a view shows: those of the caller's space, and no trace of another's.

use annals::{Column, Event, Outcome, Phase};
use annals_server::{Access, Config, Witnessed};

use crate::client::Client;
use crate::page::bench::{BROWSER, a_call, look, record, views};
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

const OURS: &str = "0123456789abcdef0123456789abcdef";
const THEIRS: &str = "fedcba9876543210fedcba9876543210";

/// A server that asks who one is.
fn asking() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("set up");
    let file = folder.path().join("tokens");
    std::fs::write(&file, format!("{OURS} ada default\n{THEIRS} grace theirs\n")).expect("set up");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set up");
    let mut config = Config::default();
    config.access = Access::new(Some(&file), None).expect("set up");
    config.witnessed = Witnessed::Nothing;
    (Server::start_with(config), folder)
}

#[test]
fn no_view_without_a_caller() {
    let (server, _folder) = asking();
    let event = a_call(&server);
    server.audit.checkpoint().expect("set up");
    let more = ["/live", "/export.ndjson", "/export.csv", "/log/verify", "/log/checkpoint"].map(str::to_owned);
    for path in views(event).into_iter().chain(more).filter(|path| path != "/login") {
        let answer = look(&server, &path);
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.header("www-authenticate").is_some_and(|way| way.starts_with("Bearer")), "{path}");
        assert!(answer.text().contains("href=\"/login\"") && !answer.text().contains("bash"), "{path}");
        let token = format!("Bearer {OURS}");
        let mut client = Client::connect(server.address);
        client.head("GET", &path, &[BROWSER, ("Authorization", &token)]);
        let status = client.answer_head().status;
        assert!(matches!(status, 200 | 303), "{path}: {status}");
    }
    let answer = Client::connect(server.address).ask("POST", "/log/verify", &[BROWSER], b"");
    assert_eq!(answer.status, 401, "nobody starts a verification unknown");
    assert_eq!(look(&server, "/login").status, 200);
}

#[test]
fn each_token_sees_its_own_space() {
    let (server, _folder) = asking();
    record(&server, "default", Event::new("tool.invoked").tool("of-default"));
    record(&server, "theirs", Event::new("tool.invoked").tool("of-theirs"));
    for (token, own, other) in [(OURS, "of-default", "of-theirs"), (THEIRS, "of-theirs", "of-default")] {
        let token = format!("Bearer {token}");
        for path in ["/", "/events", "/export.ndjson"] {
            let answer = Client::connect(server.address).ask("GET", path, &[BROWSER, ("Authorization", &token)], b"");
            assert!(answer.text().contains(own) && !answer.text().contains(other), "{path}: {}", answer.text());
        }
    }
}
