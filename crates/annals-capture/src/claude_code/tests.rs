//! What becomes of a payload.

use annals_event::{
    Capture, Column, DEFAULT_MAX_DETAILS, Decision, EventId, Outcome, Phase, Redactor, Rules, Stamp, Timestamp, Types,
    encode,
};
use serde_json::json;

use super::hooks::HOOKS;
use super::*;
use crate::Project;

mod golden;
mod law;
mod table;

pub(super) fn policy(level: Capture) -> Policy {
    Policy { level, max_details: DEFAULT_MAX_DETAILS, redactor: Redactor::standard() }
}

pub(super) fn surroundings() -> Surroundings {
    Surroundings {
        user: Some("ada".to_owned()),
        host: Some("analytical".to_owned()),
        project: Some(Project { name: "shop".to_owned(), root: "/home/ada/shop".to_owned() }),
    }
}

/// The bytes of the event, or why it is refused.
pub(super) fn encoded(event: &Event, policy: &Policy) -> Result<Vec<u8>, String> {
    let rules = Rules { types: Types::standard(), redactor: policy.redactor.clone(), max_details: policy.max_details };
    let stamp = Stamp {
        id: EventId::from_bytes([7; 16]),
        created_at: Timestamp::from_nanos(0),
        space: "default",
        credential: "uid:1000",
        begun: false,
    };
    let mut out = Vec::new();
    encode(event, &rules, &stamp, &mut out).map_err(|error| error.to_string())?;
    Ok(out)
}

fn event_of(payload: &Value, level: Capture) -> Event {
    let event = Payload::parse(payload.to_string().as_bytes()).event(&surroundings(), &policy(level));
    encoded(&event, &policy(level)).expect("every event is accepted");
    event
}

#[test]
fn both_ends_of_a_call_are_one_operation() {
    let before = json!({"session_id": "s", "hook_event_name": "PreToolUse", "tool_name": "Read", "tool_use_id": "toolu_1", "tool_input": {"file_path": "/home/ada/shop/src/cart.rs"}});
    let after = json!({"session_id": "s", "hook_event_name": "PostToolUse", "tool_name": "Read", "tool_use_id": "toolu_1", "duration_ms": 12, "tool_input": {"file_path": "/home/ada/shop/src/cart.rs"}, "tool_response": {"type": "text"}});
    let (intent, outcome) = (event_of(&before, Capture::Arguments), event_of(&after, Capture::Arguments));
    assert_eq!(intent.get(Column::OperationId), outcome.get(Column::OperationId));
    assert_eq!((intent.event_type(), intent.phase_value()), ("tool.invoked", Phase::Intent));
    assert_eq!((outcome.event_type(), outcome.phase_value()), ("tool.invoked", Phase::Outcome));
    assert_eq!(outcome.outcome_value(), Some(Outcome::Success));
    assert_eq!(outcome.duration_ms_value(), Some(12));
    assert_eq!(outcome.get(Column::Resource), Some("src/cart.rs"));
}

#[test]
fn a_denied_call_and_an_interrupted_one_end_as_that() {
    let denied = json!({"session_id": "s", "hook_event_name": "PermissionDenied", "tool_name": "Bash", "tool_use_id": "t", "tool_input": {"command": "rm -rf /"}, "reason": "not this"});
    let denied = event_of(&denied, Capture::Arguments);
    assert_eq!(denied.outcome_value(), Some(Outcome::Denied));
    assert_eq!(denied.get(Column::Decision), Some(Decision::Deny.as_str()));
    assert_eq!(denied.details_value().unwrap()["reason"], "not this");
    let interrupted = json!({"session_id": "s", "hook_event_name": "PostToolUseFailure", "tool_name": "Bash", "tool_use_id": "t", "error": "stopped", "is_interrupt": true});
    assert_eq!(event_of(&interrupted, Capture::Arguments).outcome_value(), Some(Outcome::Cancelled));
}

#[test]
fn a_batch_tells_the_end_of_calls_that_have_no_other() {
    let begun = json!({"session_id": "s", "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "git push"}});
    let batch = json!({"session_id": "s", "hook_event_name": "PostToolBatch", "agent_id": "a1", "agent_type": "Explore", "tool_calls": [
        {"tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "git push"}, "tool_response": "This command requires approval"},
        {"tool_name": "Edit", "tool_use_id": "t2", "tool_input": {"file_path": "/home/ada/shop/a.rs", "old_string": "one line"}, "tool_response": "<tool_use_error>String to replace not found.\nString: one line</tool_use_error>"},
        {"tool_name": "Nameless"},
    ]});
    let calls = Payload::parse(batch.to_string().as_bytes()).batch();
    assert_eq!(calls.len(), 2);
    let policy = policy(Capture::Arguments);
    let denied = calls[0].end(Intent::Recorded, &surroundings(), &policy);
    assert_eq!(denied.get(Column::OperationId), event_of(&begun, Capture::Arguments).get(Column::OperationId));
    assert_eq!(denied.get(Column::OperationId), Some(calls[0].operation_id()));
    assert_eq!((denied.phase_value(), denied.outcome_value()), (Phase::Outcome, Some(Outcome::Denied)));
    let details = denied.details_value().unwrap();
    assert_eq!(details["reason"], "This command requires approval");
    assert_eq!((&details["inferred"], &details["arguments"]["command"]), (&json!(true), &json!("git push")));
    assert_eq!((details.get("tool_calls"), denied.get(Column::ActorName)), (None, Some("Explore")));
    let refused = calls[1].end(Intent::Missing, &surroundings(), &policy);
    assert_eq!((refused.outcome_value(), refused.get(Column::Resource)), (Some(Outcome::Failure), Some("a.rs")));
    assert_eq!(refused.details_value().unwrap()["error"]["cut"], "String to replace not found.");
    // What ran has lost its events: a call that was answered something else, without ever having begun.
    let lost = calls[0].end(Intent::Missing, &surroundings(), &policy);
    assert_eq!((lost.outcome_value(), lost.get(Column::Decision)), (Some(Outcome::Unknown), None));
    assert_eq!(lost.details_value().unwrap()["result"]["bytes"], 30);
    for call in &calls {
        for level in Capture::ALL {
            let policy = super::tests::policy(*level);
            encoded(&call.end(Intent::Missing, &surroundings(), &policy), &policy).expect("every event is accepted");
        }
    }
    assert!(Payload::parse(begun.to_string().as_bytes()).batch().is_empty());
}

#[test]
fn a_subagents_calls_hang_below_its_run() {
    let start =
        json!({"session_id": "s", "hook_event_name": "SubagentStart", "agent_id": "a1", "agent_type": "Explore"});
    let call = json!({"session_id": "s", "hook_event_name": "PreToolUse", "agent_id": "a1", "agent_type": "Explore", "tool_name": "Glob", "tool_use_id": "t", "tool_input": {"pattern": "**/*.rs"}});
    let (start, call) = (event_of(&start, Capture::Arguments), event_of(&call, Capture::Arguments));
    assert_eq!(start.get(Column::OperationId), call.get(Column::ParentId));
    assert_eq!(start.get(Column::ParentId), None);
    assert_eq!(call.get(Column::ActorName), Some("Explore"));
    assert_eq!(call.get(Column::Client), Some("claude-code"));
}

#[test]
fn what_is_no_payload_is_recorded_as_such() {
    for (bytes, problem) in
        [(&b""[..], "empty"), (b"[1]", "no JSON object"), (b"{", "not JSON"), (b"\xff\xfe", "not JSON")]
    {
        let payload = Payload::parse(bytes);
        let event = payload.event(&surroundings(), &policy(Capture::Arguments));
        assert_eq!(event.event_type(), "session.notified");
        assert_eq!(event.details_value().unwrap()["problem"], problem);
        assert_eq!(payload.cwd(), None);
    }
    let secret = Payload::parse(b"cat .env: K=1").event(&surroundings(), &policy(Capture::Arguments));
    assert!(secret.details_value().unwrap().get("sha256").is_none());
}

#[test]
fn half_a_smiley_loses_no_event() {
    let bytes = br#"{"hook_event_name":"PreToolUse","session_id":"a\ud83d","tool_name":"x\\ud83d\ud83d\ude00"}"#;
    let event = Payload::parse(bytes).event(&surroundings(), &policy(Capture::Arguments));
    assert_eq!(event.get(Column::SessionId), Some("a\u{fffd}"));
    assert_eq!(event.get(Column::Tool), Some("x\\ud83d\u{1f600}"));
}

#[test]
fn the_documentation_names_every_hook_event() {
    let table = include_str!("../../../../docs/hooks.md");
    for (hook, meaning) in HOOKS {
        let row = table.lines().find(|line| line.starts_with(&format!("| `{hook}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/hooks.md has no row for `{hook}`"));
        let event_type = match meaning {
            hooks::Meaning::Intent | hooks::Meaning::Ended(_) | hooks::Meaning::Batch => "tool.invoked",
            hooks::Meaning::Asked => "approval.requested",
            hooks::Meaning::AgentStarts | hooks::Meaning::AgentStops => "actor.invoked",
            hooks::Meaning::Other(event_type, _) => event_type,
        };
        assert!(row.contains(&format!("`{event_type}`")), "{row}");
    }
}

#[test]
fn who_speaks_of_a_guarded_file_does_not_reach_for_it() {
    for (hook, key) in [
        ("UserPromptSubmit", "prompt"),
        ("Stop", "last_assistant_message"),
        ("Notification", "message"),
        ("PostCompact", "compact_summary"),
    ] {
        for text in ["put src/.env on the list", "rotate server.key"] {
            let event = event_of(&json!({"hook_event_name": hook, key: text}), Capture::Full);
            assert_eq!(event.get(Column::Resource), None);
            assert_eq!(event.details_value().unwrap()[key], text);
        }
    }
    let start = event_of(&json!({"hook_event_name": "SessionStart", "source": "startup"}), Capture::Full);
    assert_eq!(start.get(Column::Resource), None);
}
