//! A verification that is started from the page, to its result.

use std::time::{Duration, Instant};

use crate::client::Client;
use crate::page::bench::{a_call, seen};
use crate::server::Server;

/// No verification of three events takes nearly so long.
const PATIENCE: Duration = Duration::from_secs(30);

#[track_caller]
fn verified(server: &Server) -> String {
    let answer = Client::connect(server.address).ask("POST", "/log/verify", &[], b"");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/log#verification")));
    let deadline = Instant::now() + PATIENCE;
    loop {
        let html = seen(server, "/log");
        if html.contains("class=\"verdict") {
            return html;
        }
        assert!(html.contains("<progress") && html.contains("<noscript><meta http-equiv=\"refresh\""), "{html}");
        assert!(Instant::now() < deadline, "it does not end");
    }
}

#[test]
fn a_sound_log_is_called_sound_and_the_result_is_kept() {
    let server = Server::start();
    a_call(&server);
    assert!(seen(&server, "/log").contains("Nobody has verified"));
    let html = verified(&server);
    assert!(html.contains("Sound: 3 events."), "{html}");
    assert!(seen(&server, "/log").contains("Sound: 3 events."), "it is kept");
}

/// The control: a log that was tampered with is called by its name.
#[test]
fn a_log_that_was_changed_is_called_broken() {
    let server = Server::start();
    a_call(&server);
    server.audit.checkpoint().expect("set up");
    let database = rusqlite::Connection::open(server.folder().join("trail/annals.db")).expect("set up");
    let n_rows = database.execute("UPDATE event SET tool = 'other' WHERE seq = 0", []).expect("set up");
    assert_eq!(n_rows, 1);
    let html = verified(&server);
    assert!(html.contains("Broken, edited") && !html.contains("Sound:"), "{html}");
}

#[test]
fn whoever_watches_is_told_to_the_end() {
    let server = Server::start();
    a_call(&server);
    verified(&server);
    let mut client = Client::connect(server.address);
    client.head("GET", "/log/verify", &[("Accept", "text/event-stream")]);
    assert_eq!(client.answer_head().status, 200);
    let mut told = String::new();
    while let Some(piece) = client.piece() {
        told.push_str(std::str::from_utf8(&piece).expect("text"));
    }
    assert!(told.starts_with("event: done\ndata: ") && told.contains("Sound: 3 events."), "{told}");
}
