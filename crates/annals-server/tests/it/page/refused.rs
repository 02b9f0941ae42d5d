//! Refusals: a page for people, a problem document for programs, and the same status for both.

use crate::client::Client;
use crate::page::bench::{BROWSER, look};
use crate::server::Server;

#[test]
fn people_get_a_page_and_programs_a_document() {
    let server = Server::start();
    for (path, status, words) in [
        ("/nowhere", 404, "there is nothing at this path"),
        ("/events/x", 404, "there is no event of this id"),
        ("/sessions/none", 404, "no event of this space"),
        ("/v1/events?tol=x", 400, "did you mean `tool`"),
        ("/export.csv?since=x", 400, "is no time"),
    ] {
        let page = look(&server, path);
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert!(page.text().contains(words), "{path}: {}", page.text());
        let document = Client::connect(server.address).ask("GET", path, &[("Accept", "*/*")], b"");
        assert_eq!(document.status, status, "{path}");
        assert_eq!(document.header("content-type"), Some("application/problem+json"), "{path}");
        assert!(
            document.text().contains(words)
                || document.json()["hint"].as_str().is_some_and(|hint| hint.contains(words)),
            "{path}: {}",
            document.text()
        );
    }
}

#[test]
fn what_was_asked_is_repeated_harmlessly() {
    let server = Server::start();
    let page = look(&server, "/v1/events?%3Cscript%3E%E2%80%AE=1");
    assert_eq!(page.status, 400);
    let html = page.text();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"), "{html}");
    assert!(!html.contains('\u{202e}') && html.contains("\\u{202e}"), "{html}");
}

#[test]
fn a_path_that_is_no_text_is_refused() {
    let server = Server::start();
    for path in ["/sessions/%FF", "/events/%FF%FE", "/events?tool=%FF"] {
        let answer = Client::connect(server.address).ask("GET", path, &[BROWSER], b"");
        assert!(answer.status == 400 || answer.status == 200, "{path}: {}", answer.status);
        assert!(answer.header("content-security-policy").is_some(), "{path}");
    }
}
