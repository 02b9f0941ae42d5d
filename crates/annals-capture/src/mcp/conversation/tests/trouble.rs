//! Ids that are used twice, answers that never come, and ends of all kinds.

use super::*;

fn call(id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"t","arguments":{{"n":{id}}}}}}}"#)
}

#[test]
fn both_sides_may_use_one_id_at_once() {
    let mut conversation = conversation();
    conversation.client(0, &call("1"));
    conversation.server(0, r#"{"id":1,"method":"sampling/createMessage","params":{}}"#);
    assert_eq!(brief(&conversation.client(1, r#"{"id":1,"result":{}}"#)), ["actor.invoked outcome success op-2"]);
    assert_eq!(brief(&conversation.server(1, r#"{"id":1,"result":{}}"#)), ["tool.invoked outcome success op-1"]);
    // A number and a text are two ids.
    conversation.client(0, &call("7"));
    assert!(conversation.server(0, r#"{"id":"7","result":{}}"#).is_empty());
    assert_eq!(brief(&conversation.server(0, r#"{"id":7,"result":{}}"#)), ["tool.invoked outcome success op-3"]);
}

#[test]
fn an_id_that_is_used_again_ends_the_older_call_as_unknown() {
    let mut conversation = conversation();
    conversation.client(0, &call("1"));
    let events = conversation.client(5, &call("1"));
    assert_eq!(brief(&events), ["tool.invoked intent op-2", "tool.invoked outcome unknown op-1"]);
    assert_eq!(brief(&conversation.server(6, r#"{"id":1,"result":{}}"#)), ["tool.invoked outcome success op-2"]);
    assert!(conversation.server(6, r#"{"id":1,"result":{}}"#).is_empty());
}

#[test]
fn a_cancelled_call_is_over_and_a_late_answer_changes_nothing() {
    let mut conversation = conversation();
    conversation.client(0, &call(r#""a""#));
    let cancel = r#"{"method":"notifications/cancelled","params":{"requestId":"a","reason":"took too long"}}"#;
    // Only who asked can cancel.
    assert!(conversation.server(1, cancel).is_empty());
    let events = conversation.client(2, cancel);
    assert_eq!(brief(&events), ["tool.invoked outcome cancelled op-1"]);
    assert_eq!(detail(&events[0], "/reason"), "took too long");
    assert!(conversation.server(3, r#"{"id":"a","result":{}}"#).is_empty());
    assert!(conversation.client(3, cancel).is_empty());
}

#[test]
fn a_batch_is_as_many_messages() {
    let mut conversation = conversation();
    let events = conversation.client(0, &format!("[{},{},{}]", call("1"), r#"{"method":"x"}"#, call("2")));
    assert_eq!(brief(&events), ["tool.invoked intent op-1", "tool.invoked intent op-2"]);
    assert_eq!(detail(&events[1], "/request_bytes"), call("2").len());
    let events = conversation.server(1, r#"[{"id":2,"result":{}},{"id":1,"error":{"code":1,"message":"no"}}]"#);
    assert_eq!(brief(&events), ["tool.invoked outcome success op-2", "tool.invoked outcome failure op-1"]);
}

#[test]
fn a_call_without_an_id_is_on_record_too() {
    let events = conversation().client(0, r#"{"method":"tools/call","params":{"name":"rm"}}"#);
    assert_eq!(brief(&events), ["tool.invoked single"].map(|brief| format!("{brief} op-1")));
    assert_eq!(events[0].get(Column::Tool), Some("rm"));
}

#[test]
fn what_is_open_at_the_end_was_cancelled_or_failed() {
    let check = |exit: Exit, cause, expected: [&str; 2], key: (&str, Value)| {
        let mut conversation = conversation();
        conversation.client(0, &call("1"));
        let events = conversation.ends(exit, cause);
        assert_eq!(brief(&events), expected);
        assert_eq!(detail(&events[1], key.0), &key.1);
        assert_eq!(events[1].duration_ms_value(), Some(9_000));
        assert_eq!((detail(&events[1], "/calls"), detail(&events[1], "/unanswered")), (&json!(1), &json!(1)));
    };
    let failed = ["tool.invoked outcome failure op-1", "session.ended single failure"];
    check(Exit::Code(3), Cause::Server, failed, ("/exit_code", json!(3)));
    check(Exit::Signal("SIGSEGV".to_owned()), Cause::Server, failed, ("/signal", json!("SIGSEGV")));
    check(Exit::NotStarted("not found".to_owned()), Cause::Server, failed, ("/error", json!("not found")));
    let left = ["tool.invoked outcome cancelled op-1", "session.ended single success"];
    check(Exit::Code(0), Cause::Client, left, ("/ended_by", json!("client")));
    let told = ["tool.invoked outcome cancelled op-1", "session.ended single cancelled"];
    check(Exit::Signal("SIGTERM".to_owned()), Cause::Client, told, ("/signal", json!("SIGTERM")));
}

#[test]
fn too_many_calls_are_recorded_and_not_waited_for() {
    let mut conversation = conversation();
    for n in 0..1_024 {
        assert_eq!(conversation.client(0, &call(&n.to_string())).len(), 1);
    }
    let events = conversation.client(0, &call("9999"));
    assert_eq!(brief(&events), ["tool.invoked intent op-1025", "tool.invoked outcome unknown op-1025"]);
    // An answer makes room.
    conversation.server(0, r#"{"id":5,"result":{}}"#);
    assert_eq!(conversation.client(0, &call("10000")).len(), 1);
    let events = conversation.ends(Exit::Code(1), Cause::Server);
    assert_eq!(events.len(), 1_025);
    let end = events.last().unwrap();
    assert_eq!((detail(end, "/not_followed"), detail(end, "/unanswered")), (&json!(1), &json!(1_024)));
    assert_eq!(brief(&events[..1]), ["tool.invoked outcome failure op-1"]);
}

#[test]
fn arguments_that_find_no_room_cost_the_result_its_details() {
    let mut conversation = at_level(Capture::Full);
    conversation.pending = Pending::holding(3_500);
    let large = |id: u8| {
        let body = "x".repeat(1_500);
        format!(r#"{{"id":{id},"method":"tools/call","params":{{"name":"t","arguments":{{"note":"{body}"}}}}}}"#)
    };
    for id in 1..4 {
        conversation.client(0, &large(id));
    }
    let told = |events: &[Event]| detail(&events[0], "/result").to_string();
    assert_eq!(told(&conversation.server(0, r#"{"id":2,"result":{"a":"word"}}"#)), r#"{"a":"word"}"#);
    assert_eq!(told(&conversation.server(0, r#"{"id":3,"result":{"a":"word"}}"#)), r#"{"bytes":12}"#);
    // What was answered has made room again.
    conversation.client(0, &large(4));
    assert_eq!(told(&conversation.server(0, r#"{"id":4,"result":{"a":"word"}}"#)), r#"{"a":"word"}"#);
}

#[test]
fn a_refused_call_was_denied() {
    let mut conversation = conversation();
    let mut check = |line: &str, n_events: usize| {
        conversation.client(0, line);
        let events = conversation.refuse(&Line::Whole(line.as_bytes().to_vec()), "why", Duration::ZERO);
        assert_eq!(events.len(), n_events, "{line}");
        for event in &events {
            assert_eq!(event.outcome_value(), Some(Outcome::Denied));
            assert_eq!((event.get(Column::Decision), detail(event, "/reason")), (Some("deny"), &json!("why")));
        }
    };
    check(&call(r#""a""#), 1);
    check(r#"{"id":7,"method":"ping"}"#, 0);
    check(&format!("[{},{}]", call("1"), call("2")), 2);
    check(r#"{"method":"tools/call","params":{"name":"t"}}"#, 0);
    check("{broken", 0);
    // They do not wait any more.
    assert_eq!(conversation.ends(Exit::Code(0), Cause::Client).len(), 2);
}
