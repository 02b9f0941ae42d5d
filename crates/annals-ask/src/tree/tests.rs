//! Trees drawn from hand-made events.

use annals_event::{Column, EventId, Outcome, Phase, ProducerId, StoredEvent, Timestamp};

use super::Tree;

/// An event with this tool, and texts in some columns.
fn event(seq: u64, tool: &str, phase: Phase, texts: &[(Column, &str)]) -> StoredEvent {
    let at = Timestamp::from_nanos(0);
    StoredEvent {
        seq,
        id: EventId::from_bytes([u8::try_from(seq).unwrap(); 16]),
        event_type: "tool.invoked".to_owned(),
        created_at: at,
        recorded_at: at,
        occurred_at: None,
        space: "default".to_owned(),
        credential: None,
        producer: ProducerId::from_bytes([0; 16]),
        pseq: seq,
        phase,
        outcome: (phase == Phase::Outcome).then_some(Outcome::Success),
        duration_ms: (phase == Phase::Outcome).then_some(7),
        n_redacted: 0,
        texts: texts.iter().copied().chain([(Column::Tool, tool)]).collect(),
        details: None,
        erased_by: None,
    }
}

#[track_caller]
fn check(events: &[StoredEvent], expected: &[&str]) {
    let mut tree = Tree::default();
    for event in events {
        tree.push(event);
    }
    let lines: Vec<String> = tree
        .walk()
        .map(|(branch, node)| format!("{branch}{} {}", node.label.text, node.ending.word).trim_end().to_owned())
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn an_outcome_completes_its_intent_and_what_happened_between_hangs_below() {
    use Column::{OperationId, ParentId};
    check(
        &[
            event(1, "deploy", Phase::Intent, &[(OperationId, "op-1")]),
            event(2, "build", Phase::Intent, &[(OperationId, "op-2"), (ParentId, "op-1")]),
            event(3, "guard", Phase::Single, &[(OperationId, "op-2")]),
            event(4, "build", Phase::Outcome, &[(OperationId, "op-2")]),
            event(5, "upload", Phase::Single, &[(ParentId, "op-1")]),
            event(6, "deploy", Phase::Outcome, &[(OperationId, "op-1")]),
            event(7, "other", Phase::Single, &[]),
        ],
        &["deploy success", "├─ build success", "│  └─ guard", "└─ upload", "other"],
    );
}

#[test]
fn parents_are_found_by_event_and_by_span() {
    use Column::{ParentId, Traceparent};
    let first = EventId::from_bytes([1; 16]).to_string();
    check(
        &[
            event(1, "a", Phase::Single, &[(Traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]),
            event(2, "b", Phase::Single, &[(ParentId, &first)]),
            event(3, "c", Phase::Single, &[(ParentId, "00f067aa0ba902b7")]),
        ],
        &["a", "├─ b", "└─ c"],
    );
}

#[test]
fn nothing_is_left_out() {
    use Column::{OperationId, ParentId};
    check(
        &[
            event(1, "a", Phase::Single, &[(OperationId, "a"), (ParentId, "b")]),
            event(2, "b", Phase::Single, &[(OperationId, "b"), (ParentId, "a")]),
            event(3, "self", Phase::Single, &[(OperationId, "c"), (ParentId, "c")]),
            event(4, "lost", Phase::Single, &[(ParentId, "nobody")]),
            event(5, "late", Phase::Outcome, &[(OperationId, "elsewhere")]),
        ],
        &["a", "└─ b", "self", "lost", "late success"],
    );
}

#[test]
fn an_operation_that_ends_twice_shows_both_ends() {
    use Column::OperationId;
    let failed =
        StoredEvent { outcome: Some(Outcome::Failure), ..event(3, "deploy", Phase::Outcome, &[(OperationId, "op-1")]) };
    let other = StoredEvent {
        event_type: "plan_applied".to_owned(),
        ..event(4, "deploy", Phase::Outcome, &[(OperationId, "op-1")])
    };
    let intent = event(1, "deploy", Phase::Intent, &[(OperationId, "op-1")]);
    let first = event(2, "deploy", Phase::Outcome, &[(OperationId, "op-1")]);
    let all = ["deploy success", "├─ tool.invoked failure", "└─ plan_applied success"];
    check(&[intent.clone(), first.clone(), failed, other.clone()], &all);
    check(&[intent, other, first], &["deploy success", "└─ plan_applied success"]);
}
