//! What stands in the head of every answer, and what stands in no document.

use crate::client::{Answer, Client};
use crate::page::bench::{BROWSER, a_call, look, views};
use crate::server::Server;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[track_caller]
fn is_guarded(what: &str, answer: &Answer) {
    assert_eq!(answer.header("content-security-policy"), Some(POLICY), "{what}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{what}");
}

#[test]
fn every_view_is_a_document_under_the_policy_and_kept_nowhere() {
    let server = Server::start();
    let event = a_call(&server);
    for path in views(event) {
        let answer = look(&server, &path);
        is_guarded(&path, &answer);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        let html = answer.text();
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{path}");
        assert_eq!(html.matches("<h1").count(), 1, "{path}: one heading of the view");
        assert_eq!(html.matches("<main").count(), 1, "{path}");
        assert!(html.contains("href=\"#content\""), "{path}: the head can be skipped");
        // What the policy would stop must not be there to begin with.
        for inline in [" style=", "<style", " onclick", " onload", " onerror", "javascript:", "http://", "https://"] {
            assert!(!html.contains(inline), "{path}: {inline}");
        }
        assert_eq!(html.matches("<script").count(), 1, "{path}");
        assert!(html.contains("<script src=\"/assets/page-"), "{path}");
    }
}

#[test]
fn every_other_answer_is_under_the_policy_too() {
    let server = Server::start();
    a_call(&server);
    // Before the first one there is none to give.
    server.audit.checkpoint().unwrap();
    let missing = "/events/01890a5d-ac96-774b-bcce-b302099a8057";
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/v1/events", 200),
        ("GET", "/v1/events?tol=x", 400),
        ("GET", "/nowhere", 404),
        ("GET", missing, 404),
        ("GET", "/assets/other.css", 404),
        ("DELETE", "/events", 405),
        ("GET", "/log/verify", 303),
        ("POST", "/log/verify", 303),
        ("GET", "/events?tool=", 303),
        ("GET", "/log/checkpoint", 200),
        ("GET", "/export.ndjson", 200),
        ("GET", "/export.csv", 200),
        ("POST", "/mcp", 400),
    ] {
        let answer = Client::connect(server.address).ask(method, path, &[], b"");
        is_guarded(path, &answer);
        if path != "/mcp" {
            assert_eq!(answer.status, status, "{method} {path}");
        }
    }
}

#[test]
fn files_are_kept_for_ever_under_the_name_of_what_they_hold() {
    let server = Server::start();
    let html = look(&server, "/").text().to_owned();
    let mut n_files = 0;
    for piece in html.split('"').filter(|piece| piece.starts_with("/assets/")) {
        let answer = Client::connect(server.address).ask("GET", piece, &[BROWSER], b"");
        assert_eq!(answer.status, 200, "{piece}");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{piece}");
        is_guarded(piece, &answer);
        // An image says which language it is written in by a name that looks like an address.
        let text = answer.text().replace("http://www.w3.org/2000/svg", "");
        for elsewhere in ["http:", "https:", "url(", "@import"] {
            assert!(!text.contains(elsewhere), "{piece}: something from elsewhere, {elsewhere}");
        }
        n_files += 1;
    }
    assert_eq!(n_files, 3);
}
