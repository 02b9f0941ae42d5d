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

#[test]
fn an_answer_that_is_too_long_leaves_its_call_unknown_and_later_ones_alone() {
    let mut conversation = conversation();
    conversation.client(0, CALL);
    let too_long = Line::Foreign(Foreign::line(Problem::TooLong, b"{"));
    conversation.hear(Side::Server, &too_long, Duration::ZERO);
    conversation.client(0, &CALL.replace("\"id\":1", "\"id\":2"));
    // A line of a log is no answer, nor is what the client says.
    conversation.server(0, "[INFO] up");
    conversation.server(0, r#"{"level":"info"}"#);
    conversation.hear(Side::Client, &too_long, Duration::ZERO);
    let events = conversation.ends(Exit::Code(0), Cause::Client);
    let calls: Vec<_> = events.iter().filter(|event| event.event_type() == "tool.invoked").cloned().collect();
    assert_eq!(brief(&calls), ["tool.invoked outcome unknown op-1", "tool.invoked outcome cancelled op-2"]);
    assert_eq!(detail(&calls[0], "/reason"), "its answer may be among what could not be read");
}

#[test]
fn of_a_call_that_is_too_deep_to_be_read_sizes_are_kept_whatever_the_level() {
    let mut conversation = at_level(Capture::Full);
    let deep = format!(r#"{}".env"{}"#, "[".repeat(200), "]".repeat(200));
    let call = CALL.replace(r#""body""#, &format!(r#""body","of":{deep}"#));
    let mut events = conversation.client(0, &call);
    events.extend(conversation.server(0, r#"{"id":1,"result":{"content":[{"type":"text","text":"KEY=canary"}]}}"#));
    assert_eq!(brief(&events), ["tool.invoked intent op-1", "tool.invoked outcome success op-1"]);
    for event in &events {
        assert_eq!(event.get(Column::Tool), Some("write"));
        let details = event.details_value().unwrap().to_string();
        assert!(!details.contains("canary") && !details.contains("body"), "{details}");
    }
    // One that can be read is kept, by the same conversation.
    assert!(conversation.client(0, CALL)[0].details_value().unwrap().to_string().contains("body"));
}
