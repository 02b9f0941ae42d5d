//! Hostile text in every column, and in every view.

use std::fmt::Write;

use annals::{Column, Event};

use crate::page::bench::{record, seen};
use crate::server::Server;

/// What would run, what would command a terminal, and what turns or hides what stands beside it.
const HOSTILE: &str =
    "</title></bdi>\"'><script>x</script><img src=x onerror=x>\u{1b}[31m\u{202e}turned\u{2066}\u{200b}";
/// How the parts of it look when they are seen and not done.
const SHOWN: [&str; 4] = [
    "&lt;script&gt;x&lt;/script&gt;&lt;img src=x onerror=x&gt;",
    "<span class=\"escape\" title=\"U+001B\">\\u{1b}</span>[31m",
    "<span class=\"escape\" title=\"U+202E\">\\u{202e}</span>turned",
    "<span class=\"escape\" title=\"U+200B\">\\u{200b}</span>",
];

#[track_caller]
fn is_harmless(what: &str, html: &str) {
    for raw in ["<script>", "<img", "</title></bdi>", "onerror=x>"] {
        assert!(!html.contains(raw), "{what}: {raw} stands there as it is");
    }
    // In the attribute of a field the text must stand as it was typed, or it would be another question.
    let outside =
        html.split("<input").map(|piece| piece.split_once('>').map_or(piece, |(_, rest)| rest)).collect::<String>();
    let harmful = outside.chars().find(|character| annals_ask::is_harmful(*character) && *character != '\n');
    assert_eq!(harmful, None, "{what}: does something instead of being seen");
}

fn with(column: Column, text: &str) -> Event {
    let mut event = Event::new("tool.invoked");
    event = match column {
        Column::Decision | Column::Traceparent => event,
        column => event.text(column, text),
    };
    event
}

#[test]
fn every_column_is_seen_and_nothing_of_it_is_done() {
    let server = Server::start();
    for &column in Column::ALL {
        if matches!(column, Column::Decision | Column::Traceparent) {
            // These take words of a closed form alone.
            continue;
        }
        let event =
            with(column, HOSTILE).text(Column::SessionId, if column == Column::SessionId { HOSTILE } else { "S-1" });
        let id = record(&server, "default", event);
        let html = seen(&server, &format!("/events/{id}"));
        is_harmless(column.name(), &html);
        for shown in SHOWN {
            assert!(html.contains(shown), "{}: `{shown}` is not shown", column.name());
        }
    }
    let encoded = encoded(HOSTILE);
    for path in [
        "/".to_owned(),
        "/events".to_owned(),
        format!("/events?tool={encoded}"),
        format!("/events?text={encoded}&client={encoded}"),
        "/sessions".to_owned(),
        "/sessions/S-1".to_owned(),
        format!("/sessions/{encoded}"),
        format!("/histogram?actor={encoded}"),
        "/log".to_owned(),
    ] {
        is_harmless(&path, &seen(&server, &path));
    }
}

#[test]
fn details_are_text_whatever_is_in_them() {
    let server = Server::start();
    for details in [
        annals::json!({"error": HOSTILE}),
        annals::json!({"command": HOSTILE}),
        annals::json!({"arguments": {"pattern": HOSTILE, "query": HOSTILE}}),
        annals::json!({HOSTILE: [HOSTILE, {"</pre></code>": HOSTILE}]}),
    ] {
        let event =
            Event::new("tool.invoked").session("S-1").outcome(annals::Outcome::Failure).details(details.clone());
        let id = record(&server, "default", event);
        let what = details.to_string();
        for path in [format!("/events/{id}"), "/".to_owned(), "/events".to_owned(), "/sessions/S-1".to_owned()] {
            let html = seen(&server, &path);
            is_harmless(&what, &html);
            assert!(!html.contains("</pre></code>\""), "{what}: left its place");
        }
    }
}

/// The control: the same look finds what a page without escaping would show.
#[test]
fn a_page_that_escapes_nothing_would_be_caught() {
    let caught = std::panic::catch_unwind(|| is_harmless("raw", &format!("<bdi>{HOSTILE}</bdi>")));
    assert!(caught.is_err());
    let caught = std::panic::catch_unwind(|| is_harmless("bidi", "<bdi>\u{202e}</bdi>"));
    assert!(caught.is_err());
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02X}");
        encoded
    })
}
