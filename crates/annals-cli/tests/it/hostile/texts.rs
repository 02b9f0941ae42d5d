//! Text that would run, command a terminal, or turn and hide what stands beside it, in every field that takes text, by every wire: it comes back unchanged where a program
//! reads it, and is seen and not done where a person does.

use serde_json::{Value, json};

use super::served::Served;
use crate::bed::Bed;

/// Markup, a terminal's commands, characters that turn and hide, what a spreadsheet would compute, an emoji and a control character of the second set.
const HOSTILE: &str = "=cmd|' /C calc'!A0</title></bdi>\"'><script>x</script><img src=x onerror=x>\u{1b}[31m\u{1b}]0;t\u{7}\u{202e}turned\u{2066}\u{200b}\u{9b}31m\u{1f4a9}\u{5d0}&lt;";

/// The columns that take any text.
const COLUMNS: [&str; 18] = [
    "session_id",
    "operation_id",
    "user_identity",
    "on_behalf_of",
    "actor_name",
    "agent_version",
    "model",
    "client",
    "project_name",
    "plan_id",
    "root_plan_id",
    "correlation_id",
    "parent_id",
    "tool",
    "resource",
    "policy",
    "approver",
    "host",
];

fn event() -> Value {
    let mut event = json!({"event_type": "tool.invoked", "outcome": "failure", "details": {
        "error": HOSTILE, HOSTILE: [HOSTILE, {"</pre></code><script>": HOSTILE}], "arguments": {"command": HOSTILE}}});
    for column in COLUMNS {
        event[column] = HOSTILE.into();
    }
    event
}

/// Posts the event by each wire; answers how many there are.
fn recorded(served: &Served) -> usize {
    let text = event().to_string();
    let mut cloud = json!({"specversion": "1.0", "id": "1", "source": "/x", "type": "tool.invoked", "data": {"outcome": "failure"}});
    cloud["data"] = event();
    cloud["data"].as_object_mut().unwrap().remove("event_type");
    for (media, body) in [
        ("application/json", text.clone()),
        ("application/json", format!("[{text}]")),
        ("application/x-ndjson", format!("{text}\n")),
    ] {
        let answer = served.post(media, body.as_bytes());
        assert_eq!(answer.status, 201, "{media}: {answer:?}");
    }
    let mut arguments = event();
    arguments["wait"] = "durable".into();
    assert_eq!(served.call("record_event", &arguments)["state"], "durable");
    4
}

/// What of a view would be done instead of being seen.
fn harm(html: &str) -> Option<String> {
    for raw in ["<script>", "<img", "</title></bdi>", "onerror=x>"] {
        if html.contains(raw) {
            return Some(raw.to_owned());
        }
    }
    // In the attribute of a field the text must stand as it was typed, or it would be another question.
    let outside = html.split("<input").map(|piece| piece.split_once('>').map_or(piece, |(_, rest)| rest));
    let harmful = |character: char| annals_ask::is_harmful(character) && character != '\n';
    outside.flat_map(str::chars).find(|character| harmful(*character)).map(|character| format!("{character:?}"))
}

/// What of a terminal's output would be done instead of being seen.
fn command(text: &str) -> Option<char> {
    text.chars().find(|character| annals_ask::is_harmful(*character) && *character != '\n')
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |written, byte| written + &format!("%{byte:02X}"))
}

#[test]
fn hostile_text_comes_back_unchanged_and_is_never_done() {
    let mut served = Served::start(&[]);
    let n_events = recorded(&served);
    let page = served.wire().get("/v1/events?type=tool.*").json();
    let events = page["events"].as_array().unwrap();
    assert_eq!(events.len(), n_events);
    let over_mcp = served.call("query_events", &json!({"event_type": "tool.*"}));
    assert_eq!(over_mcp["events"], page["events"]);
    for stored in events {
        for (name, value) in event().as_object().unwrap() {
            assert_eq!(&stored[name], value, "{name}");
        }
    }
    served.answers();
    let id = events[0]["id"].as_str().unwrap();
    let session = encoded(HOSTILE);
    for path in [
        "/".to_owned(),
        "/events".to_owned(),
        format!("/events?tool={session}"),
        format!("/events/{id}"),
        "/sessions".to_owned(),
        format!("/sessions/{session}"),
        format!("/histogram?actor={session}"),
        "/log".to_owned(),
        format!("/nowhere/{session}"),
    ] {
        let answer = served.wire().ask("GET", &path, &[("Accept", "text/html")], b"");
        assert_eq!(harm(answer.text()), None, "{path}: {}", answer.text());
        assert!(answer.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'")));
    }
    let bed = served.end("hostile text in every field");
    for arguments in [&["query", "--type", "tool.*"][..], &["show", id], &["show", id, "--json"], &["sessions"]] {
        let ran = on_terminal(&bed, arguments);
        assert_eq!(command(&ran), None, "{arguments:?}: {ran:?}");
        assert!(!ran.is_empty());
    }
}

/// What a person at a terminal without colours sees.
fn on_terminal(bed: &Bed, arguments: &[&str]) -> String {
    let mut command = bed.command(arguments);
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    let ran = crate::terminal::on_terminal(command, 120);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.out
}

/// NUL is the one character that no field takes.
#[test]
fn a_nul_is_refused_in_every_field() {
    let mut served = Served::start(&[]);
    for column in COLUMNS.into_iter().chain(["details", "event_type"]) {
        let mut event = json!({"event_type": "tool.invoked", "tool": "nul"});
        event[column] = if column == "details" { json!({"a": "b\u{0}c"}) } else { "b\u{0}c".into() };
        for (media, body) in [("application/json", event.to_string()), ("application/x-ndjson", format!("{event}\n"))] {
            let answer = served.post(media, body.as_bytes());
            assert_eq!(answer.status, 400, "{column}: {answer:?}");
        }
        let answer = served.call("record_event", &event);
        assert_eq!(answer["error"]["code"], "invalid", "{column}: {answer}");
    }
    served.answers();
    let bed = served.end("a NUL in every field");
    assert_eq!(bed.good(&["count", "--tool", "nul"]).rows()[0]["count"], 0);
}

/// The control: the same looks find what would be done.
#[test]
fn text_that_is_done_is_found_out() {
    assert!(harm(&format!("<bdi>{HOSTILE}</bdi>")).is_some());
    assert!(harm("<bdi>\u{202e}</bdi>").is_some() && harm("<b>fine</b>").is_none());
    assert!(command("\u{9b}31m").is_some() && command("\u{202e}").is_some() && command("fine\n").is_none());
}
