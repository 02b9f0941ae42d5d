//! Conversations as they are had, and as they go wrong.

use annals_event::{Capture, Phase, Redactor};

use super::*;

mod eras;
mod foreign;
mod trouble;

/// A conversation whose operations are numbered, at a level.
pub(super) fn at_level(level: Capture) -> Conversation {
    let policy = Policy { level, max_details: 64 << 10, redactor: Redactor::standard().clone() };
    let mut n_ids = 0;
    let fresh = move || {
        n_ids += 1;
        format!("op-{n_ids}")
    };
    Conversation::new(policy, Surroundings::default(), "session".to_owned(), fresh)
}

pub(super) fn conversation() -> Conversation {
    at_level(Capture::Arguments)
}

impl Conversation {
    /// Hears a line of the client's at this millisecond.
    pub(super) fn client(&mut self, millis: u64, line: &str) -> Vec<Event> {
        self.hear(Side::Client, &Line::Whole(line.as_bytes().to_vec()), Duration::from_millis(millis)).events
    }

    pub(super) fn server(&mut self, millis: u64, line: &str) -> Vec<Event> {
        self.hear(Side::Server, &Line::Whole(line.as_bytes().to_vec()), Duration::from_millis(millis)).events
    }

    pub(super) fn ends(&mut self, exit: Exit, cause: Cause) -> Vec<Event> {
        self.end(&Ending { exit, cause }, Duration::from_secs(9))
    }
}

/// Type, phase, outcome and operation in a line.
pub(super) fn brief(events: &[Event]) -> Vec<String> {
    let brief = |event: &Event| {
        let outcome = event.outcome_value().map(|outcome| format!(" {outcome}")).unwrap_or_default();
        let id = event.get(Column::OperationId).map(|id| format!(" {id}")).unwrap_or_default();
        format!("{} {}{outcome}{id}", event.event_type(), event.phase_value())
    };
    events.iter().map(brief).collect()
}

pub(super) fn detail<'e>(event: &'e Event, path: &str) -> &'e Value {
    event.details_value().and_then(|details| details.pointer(path)).unwrap_or(&Value::Null)
}

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"path":"a.txt","content":"body"}}}"#;

#[test]
fn a_call_is_an_intent_and_an_outcome_with_its_duration() {
    let mut conversation = conversation();
    let intent = conversation.client(10, CALL);
    assert_eq!(brief(&intent), ["tool.invoked intent op-1"]);
    let outcome =
        conversation.server(35, r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"done"}]}}"#);
    assert_eq!(brief(&outcome), ["tool.invoked outcome success op-1"]);
    for event in intent.iter().chain(&outcome) {
        assert_eq!(event.get(Column::Tool), Some("write"));
        assert_eq!(event.get(Column::Resource), Some("a.txt"));
        assert_eq!(event.get(Column::SessionId), Some("session"));
        assert_eq!(detail(event, "/method"), "tools/call");
        assert_eq!(detail(event, "/arguments/path"), "a.txt");
        assert_eq!(detail(event, "/arguments/content/bytes"), 4);
        assert_eq!(detail(event, "/request_bytes"), CALL.len());
    }
    assert_eq!(outcome[0].duration_ms_value(), Some(25));
    assert_eq!(detail(&outcome[0], "/response_bytes"), 77);
    assert!(detail(&outcome[0], "/result/sha256").is_string());
    assert!(!format!("{:?}", outcome[0].details_value()).contains("done"));
}

#[test]
fn each_method_has_its_type_and_resource() {
    let mut conversation = conversation();
    let mut check = |side, method: &str, params: &str, event_type: &str, resource: Option<&str>| {
        let line = format!(r#"{{"jsonrpc":"2.0","id":"x","method":"{method}","params":{params}}}"#);
        let line = Line::Whole(line.into_bytes());
        let events = conversation.hear(side, &line, Duration::ZERO).events;
        assert_eq!(events[0].event_type(), event_type);
        assert_eq!(events[0].phase_value(), Phase::Intent);
        assert_eq!(events[0].get(Column::Resource), resource, "{method}");
    };
    check(Side::Client, "resources/read", r#"{"uri":"db://a/b"}"#, "resource.accessed", Some("db://a/b"));
    check(
        Side::Client,
        "prompts/get",
        r#"{"name":"review","arguments":{"lang":"de"}}"#,
        "context.built",
        Some("review"),
    );
    check(Side::Client, "tools/list", "{}", "context.built", Some("tools/list"));
    check(Side::Server, "sampling/createMessage", r#"{"messages":[]}"#, "actor.invoked", None);
    check(Side::Server, "elicitation/create", r#"{"message":"ok?"}"#, "approval.requested", None);
    // Not recorded: what only greets, and what the other side would have to say.
    for (side, method) in [(Side::Client, "ping"), (Side::Server, "tools/call"), (Side::Client, "elicitation/create")] {
        let line = Line::Whole(format!(r#"{{"id":"y","method":"{method}"}}"#).into_bytes());
        let heard = conversation.hear(side, &line, Duration::ZERO);
        assert!(heard.is_message && heard.events.is_empty(), "{method}");
    }
}

#[test]
fn a_failure_keeps_the_first_line_of_its_error() {
    let mut conversation = conversation();
    conversation.client(0, CALL);
    let failed = conversation.server(
        1,
        r#"{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"type":"text","text":"no such file\nsecond"}]}}"#,
    );
    assert_eq!(brief(&failed), ["tool.invoked outcome failure op-1"]);
    assert_eq!(detail(&failed[0], "/error/cut"), "no such file");
    conversation.client(2, CALL);
    let failed = conversation.server(3, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"unknown tool"}}"#);
    assert_eq!(brief(&failed), ["tool.invoked outcome failure op-2"]);
    assert_eq!((detail(&failed[0], "/error"), detail(&failed[0], "/code")), (&json!("unknown tool"), &json!(-32602)));
}

#[test]
fn the_level_decides_what_is_kept() {
    let secret = r#"{"id":1,"method":"tools/call","params":{"name":"read","arguments":{"path":"/home/u/.env"}}}"#;
    let answer = r#"{"id":1,"result":{"content":[{"type":"text","text":"hunter2-body"}]}}"#;
    for level in [Capture::Metadata, Capture::Arguments, Capture::Full] {
        let mut conversation = at_level(level);
        conversation.client(0, CALL);
        let events = conversation.server(0, answer);
        let text = format!("{:?}", events[0].details_value());
        assert_eq!(text.contains("hunter2-body"), level == Capture::Full, "{text}");
        assert_eq!(detail(&events[0], "/arguments/path") == "a.txt", level != Capture::Metadata);
        // What is in a file of secrets is kept at no level.
        conversation.client(0, secret);
        let events = conversation.server(0, answer);
        assert!(!format!("{:?}", events[0].details_value()).contains("hunter2-body"), "{level}");
        assert!(events[0].get(Column::Resource).is_some_and(|resource| resource.contains("/.env")));
    }
}

#[test]
fn a_person_s_answer_is_a_decision() {
    let check = |action: &str, outcome: &str, decision: Option<&str>| {
        let mut conversation = conversation();
        conversation.server(0, r#"{"id":5,"method":"elicitation/create","params":{"message":"sure?"}}"#);
        let events = conversation.client(9, &format!(r#"{{"id":5,"result":{{"action":"{action}"}}}}"#));
        assert_eq!(brief(&events), [format!("approval.requested outcome {outcome} op-1")]);
        assert_eq!(events[0].get(Column::Decision), decision);
    };
    check("accept", "success", Some("allow"));
    check("decline", "denied", Some("deny"));
    check("cancel", "cancelled", None);
}
