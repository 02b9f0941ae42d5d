//! Events as a journal holds them, which a process that died may have left damaged.
//!
//! What is read is written again by the page that specifies the format and not by the product's own writer, so that the page is held against the reader, too.

use annals_event::{Column, Commitments, Encoded, LeafRow, Outcome, Phase, ProducerId};

/// The text columns in the order of their tags, from 16 on.
const COLUMNS: [&str; 20] = [
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
    "session_id",
    "correlation_id",
    "parent_id",
    "traceparent",
    "tool",
    "resource",
    "policy",
    "decision",
    "approver",
    "host",
];

pub(crate) fn run(bytes: &[u8]) {
    let Ok(event) = Encoded::decode(bytes) else { return };
    let written = written(&event);
    assert!(written.len() <= bytes.len(), "more was read than was there");
    let again = Encoded::decode(&written).expect("what the format's page says is read");
    // The debug form shows every field.
    assert_eq!(format!("{event:?}"), format!("{again:?}"));
    leaf(&event);
}

/// The event by the format's page: every field that it has, by rising tags.
fn written(event: &Encoded<'_>) -> Vec<u8> {
    let phase = match event.phase() {
        Phase::Single => 0,
        Phase::Intent => 1,
        Phase::Outcome => 2,
        other => panic!("the format's page has no phase {other:?}"),
    };
    let outcome = match event.outcome() {
        None => 0,
        Some(Outcome::Success) => 1,
        Some(Outcome::Failure) => 2,
        Some(Outcome::Denied) => 3,
        Some(Outcome::Timeout) => 4,
        Some(Outcome::Cancelled) => 5,
        Some(Outcome::Unknown) => 6,
        Some(other) => panic!("the format's page has no outcome {other:?}"),
    };
    let mut out = event.id().as_bytes().to_vec();
    out.extend(event.created_at().as_nanos().to_le_bytes());
    out.extend([phase | if event.begun() { 128 } else { 0 }, outcome]);
    out.extend(event.n_redacted().to_le_bytes());
    field(1, event.event_type().as_bytes(), &mut out);
    field(2, event.space().as_bytes(), &mut out);
    field(3, event.credential().as_bytes(), &mut out);
    if let Some(at) = event.occurred_at() {
        field(4, &at.as_nanos().to_le_bytes(), &mut out);
    }
    if let Some(millis) = event.duration_ms() {
        field(5, &millis.to_le_bytes(), &mut out);
    }
    if let Some(details) = event.details() {
        field(6, details.as_bytes(), &mut out);
    }
    for (tag, name) in (16..).zip(COLUMNS) {
        let column = Column::from_name(name).expect("a column's name");
        if let Some(text) = event.get(column) {
            field(tag, text.as_bytes(), &mut out);
        }
    }
    out
}

fn field(tag: u8, value: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    let mut rest = value.len();
    while rest > 127 {
        out.push(u8::try_from(rest & 127).expect("seven bits") | 128);
        rest >>= 7;
    }
    out.push(u8::try_from(rest).expect("seven bits"));
    out.extend_from_slice(value);
}

/// A leaf can be made of whatever was read, and is one line without control characters.
fn leaf(event: &Encoded<'_>) {
    let row = LeafRow::of_encoded(event, event.created_at(), ProducerId::from_bytes([7; 16]), 7);
    let commitments: Commitments = row.commitments(&[9; 32], &mut Vec::new());
    let mut entry = Vec::new();
    row.entry(&commitments, &mut entry);
    let entry = String::from_utf8(entry).expect("an entry is text");
    assert!(!entry.contains(|c: char| c < ' '), "an entry is one line: {entry:?}");
    serde_json::from_str::<std::collections::BTreeMap<String, String>>(&entry).expect("an entry is an object of texts");
}
