//! Format 1, byte by byte: a journal of today is read by every later version, so these never change.

use serde_json::json;

use super::*;
use crate::{Encoded, Event, Outcome, Phase};

const STAMP: Stamp<'_> = Stamp {
    id: EventId::from_bytes([
        0x01, 0x92, 0xf0, 0xc1, 0x2b, 0x3d, 0x7e, 0x4f, 0x8a, 0x5b, 0x6c, 0x7d, 0x8e, 0x9f, 0x0a, 0x1b,
    ]),
    created_at: Timestamp::from_nanos(1_700_000_000_123_456_789),
    space: "default",
    credential: "uid:1000",
    begun: false,
};

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    crate::hex::push(&mut text, bytes);
    text
}

/// An event and the bytes it must have; spaces in the hex set the fields apart.
fn check(event: &Event, begun: bool, golden: &str) {
    let mut bytes = Vec::new();
    encode(event, &Rules::default(), &Stamp { begun, ..STAMP }, &mut bytes).unwrap();
    assert_eq!(hex(&bytes), golden.replace(char::is_whitespace, ""), "format {PAYLOAD_FORMAT} has changed");
    Encoded::decode(&bytes).unwrap();
}

#[test]
fn the_smallest_event() {
    check(
        &Event::new("auth_success"),
        false,
        "0192f0c12b3d7e4f8a5b6c7d8e9f0a1b 15cd853dfe9c9717 00 00 00000000
         0207 64656661756c74 0308 7569643a31303030 010c 617574685f73756363657373",
    );
}

#[test]
fn an_event_with_every_kind_of_field() {
    let event = Event::new("tool.invoked")
        .operation("op-1")
        .phase(Phase::Outcome)
        .outcome(Outcome::Unknown)
        .duration_ms(300)
        .occurred_at(Timestamp::from_nanos(-1))
        .details(json!({"a": [1, -2.5, true, null, "ü\n"], "token": "x"}));
    check(
        &event,
        false,
        "0192f0c12b3d7e4f8a5b6c7d8e9f0a1b 15cd853dfe9c9717 02 06 01000000
         0207 64656661756c74 0308 7569643a31303030 0408 ffffffffffffffff 0508 2c01000000000000
         010c 746f6f6c2e696e766f6b6564 1004 6f702d31
         0634 7b2261223a5b312c2d322e352c747275652c6e756c6c2c22c3bc5c6e225d2c22746f6b656e223a225b52454441435445445d227d",
    );
}

#[test]
fn every_column_by_its_tag() {
    let mut event = Event::new("guard.asked").phase(Phase::Intent);
    let mut golden = String::from(
        "0192f0c12b3d7e4f8a5b6c7d8e9f0a1b 15cd853dfe9c9717 81 00 00000000
         0207 64656661756c74 0308 7569643a31303030 010b 67756172642e61736b6564",
    );
    let names = [
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
    assert_eq!(Column::ALL.iter().map(|column| column.name()).collect::<Vec<_>>(), names);
    for (tag, name) in (16_u8..).zip(names) {
        let text = match name {
            "traceparent" => "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "decision" => "ask",
            _ => "x",
        };
        event = event.text(Column::from_name(name).unwrap(), text);
        golden += &hex(&[tag, u8::try_from(text.len()).unwrap()]);
        golden += &hex(text.as_bytes());
    }
    check(&event, true, &golden);
}

#[test]
fn long_values_have_long_lengths() {
    let head = "0192f0c12b3d7e4f8a5b6c7d8e9f0a1b 15cd853dfe9c9717 00 00 00000000
         0207 64656661756c74 0308 7569643a31303030 010c 617574685f73756363657373";
    let long = "x".repeat(128);
    check(&Event::new("auth_success").host(&long), false, &format!("{head} 238001 {}", hex(long.as_bytes())));
    let long = "x".repeat(20_000);
    let golden = format!("{head} 06a89c01 {}", hex(format!("{{\"a\":\"{long}\"}}").as_bytes()));
    check(&Event::new("auth_success").details(json!({ "a": long })), false, &golden);
}
