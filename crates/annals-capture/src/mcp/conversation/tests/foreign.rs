//! What is no JSON-RPC, as few events.

use super::*;

fn lines(text: &str, n_lines: u64) -> Line {
    let mut run = Foreign::line(Problem::NotJson, text.as_bytes());
    for _ in 1..n_lines {
        run.fold(&Foreign::line(Problem::NotJson, text.as_bytes()));
    }
    Line::Foreign(run)
}

#[test]
fn a_run_is_one_event_with_the_digest_of_its_first_line() {
    let mut conversation = conversation();
    let hear = |conversation: &mut Conversation, side, line: &Line| conversation.hear(side, line, Duration::ZERO);
    for line in [lines("starting", 1), lines("x", 999), Line::Whole(b"{}".to_vec())] {
        let heard = hear(&mut conversation, Side::Server, &line);
        assert!(!heard.is_message && heard.events.is_empty());
    }
    // What the client says does not end the server's run.
    assert_eq!(conversation.client(0, r#"{"method":"hello"}"#).len(), 0);
    let events = conversation.server(0, r#"{"method":"hello"}"#);
    assert_eq!(brief(&events), ["session.notified single"]);
    let expected = json!({
        "stream": "stdout", "problem": "not JSON", "lines": 1_001, "bytes": 1_009,
        "sha256": content::sha256(b"starting"),
    });
    assert_eq!(events[0].details_value(), Some(&expected));
    // A run that nothing follows is told at the end.
    hear(&mut conversation, Side::Client, &Line::Foreign(Foreign::line(Problem::TooLong, b"long")));
    let events = conversation.ends(Exit::Code(0), Cause::Client);
    assert_eq!(brief(&events), ["session.notified single", "session.ended single success"]);
    assert_eq!(
        (detail(&events[0], "/stream"), detail(&events[0], "/problem")),
        (&json!("stdin"), &json!("line too long"))
    );
}

#[test]
fn so_many_runs_are_told_and_the_rest_together() {
    let mut conversation = conversation();
    let mut n_events = 0;
    for _ in 0..1_000 {
        conversation.hear(Side::Server, &lines("log", 2), Duration::ZERO);
        n_events += conversation.server(0, r#"{"method":"hello"}"#).len();
    }
    assert_eq!(n_events, 64);
    let events = conversation.ends(Exit::Code(0), Cause::Client);
    assert_eq!(events.len(), 2);
    assert_eq!((detail(&events[0], "/runs"), detail(&events[0], "/lines")), (&json!(936), &json!(1_872)));
}

#[test]
fn at_metadata_there_is_no_digest() {
    let mut conversation = at_level(Capture::Metadata);
    conversation.hear(Side::Server, &lines("log", 1), Duration::ZERO);
    let events = conversation.server(0, r#"{"method":"hello"}"#);
    assert_eq!((detail(&events[0], "/bytes"), detail(&events[0], "/sha256")), (&json!(3), &Value::Null));
}

#[test]
fn after_lines_that_nobody_looked_at_an_open_call_is_unknown() {
    let mut conversation = conversation();
    conversation.client(0, CALL);
    conversation.hear(Side::Server, &Line::Foreign(Foreign::unseen(5, 500)), Duration::ZERO);
    let events = conversation.ends(Exit::Code(0), Cause::Client);
    assert_eq!(
        brief(&events),
        ["session.notified single", "tool.invoked outcome unknown op-1", "session.ended single success"]
    );
    assert_eq!(detail(&events[0], "/problem"), "not looked at");
}
