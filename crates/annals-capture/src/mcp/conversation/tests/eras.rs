//! Names and questions, with a handshake and without.

use super::*;

#[test]
fn the_handshake_names_both_sides() {
    let mut conversation = conversation();
    let hello = r#"{"id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","clientInfo":{"name":"editor","version":"1.2"}}}"#;
    assert!(conversation.client(0, hello).is_empty());
    assert!(conversation.server(0, r#"{"id":0,"result":{"serverInfo":{"name":"files","version":"3"}}}"#).is_empty());
    let intent = &conversation.client(0, CALL)[0];
    assert_eq!((intent.get(Column::Client), intent.get(Column::ActorName)), (Some("editor"), Some("editor")));
    assert_eq!(detail(intent, "/client"), &json!({"name": "editor", "version": "1.2"}));
    assert_eq!(detail(intent, "/server"), &json!({"name": "files", "version": "3"}));
    let end = conversation.ends(Exit::Code(0), Cause::Client);
    assert_eq!(detail(&end[1], "/server/name"), "files");
}

#[test]
fn without_a_handshake_every_message_names_its_side() {
    let mut conversation = conversation();
    let call = r#"{"id":1,"method":"tools/call","params":{"name":"t","arguments":{},"_meta":{
        "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"agent"},
        "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}}"#;
    let intent = &conversation.client(0, call)[0];
    assert_eq!(intent.get(Column::Client), Some("agent"));
    assert_eq!(intent.get(Column::Traceparent), Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    // The names of the protocol are none of the call's arguments.
    assert_eq!(detail(intent, "/arguments"), &json!({}));
    let answer = r#"{"id":1,"result":{"resultType":"complete","content":[],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"srv","version":"2"}}}}"#;
    assert_eq!(detail(&conversation.server(0, answer)[0], "/server"), &json!({"name": "srv", "version": "2"}));
    // And so does the answer to the question for it.
    conversation.client(0, r#"{"id":"d","method":"server/discover"}"#);
    conversation.server(0, r#"{"id":"d","result":{"supportedVersions":["2026-07-28"],"serverInfo":{"name":"other"}}}"#);
    assert_eq!(detail(&conversation.client(0, CALL)[0], "/server"), &json!({"name": "other"}));
    // A trace in another form is left out, since the event would be refused.
    for bad in ["", "00-00-00-00", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"] {
        let line =
            format!(r#"{{"id":2,"method":"tools/call","params":{{"name":"t","_meta":{{"traceparent":"{bad}"}}}}}}"#);
        assert_eq!(conversation.client(0, &line)[0].get(Column::Traceparent), None);
    }
}

#[test]
fn a_question_in_a_result_is_a_call_below_the_one_that_it_answers() {
    let mut conversation = conversation();
    conversation.client(0, CALL);
    let asks = r#"{"id":1,"result":{"resultType":"input_required","requestState":"s1","inputRequests":{
        "sure":{"method":"elicitation/create","params":{"message":"overwrite?"}},
        "roots":{"method":"roots/list"},
        "think":{"method":"sampling/createMessage","params":{"messages":[]}}}}}"#;
    let events = conversation.server(10, asks);
    assert_eq!(
        brief(&events),
        ["tool.invoked outcome success op-1", "approval.requested intent op-2", "actor.invoked intent op-3",]
    );
    assert!(events[1..].iter().all(|event| event.get(Column::ParentId) == Some("op-1")));
    // Another call with an answer of the same name, which belongs to no question.
    let other = r#"{"id":2,"method":"tools/call","params":{"name":"t","requestState":"s2","inputResponses":{"sure":{"action":"accept"}}}}"#;
    assert_eq!(brief(&conversation.client(20, other)), ["tool.invoked intent op-4"]);
    let again = r#"{"id":3,"method":"tools/call","params":{"name":"write","requestState":"s1","inputResponses":{
        "sure":{"action":"decline"},"think":{"content":{"type":"text","text":"hm"}}}}}"#;
    let events = conversation.client(40, again);
    assert_eq!(
        brief(&events),
        ["approval.requested outcome denied op-2", "actor.invoked outcome success op-3", "tool.invoked intent op-5",]
    );
    assert_eq!(events[0].duration_ms_value(), Some(30));
}
