//! What is refused before it is queued, by which field and rule, and what comes through unchanged.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Encoded;

const STAMP: Stamp<'_> = Stamp {
    id: EventId::from_bytes([7; 16]),
    created_at: Timestamp::from_nanos(1),
    space: "default",
    credential: "uid:1000",
    begun: false,
};

/// An event that is refused, by field and kind, with a message that has `says` in it.
fn check(event: &Event, field: &str, kind: InvalidKind, says: &str) {
    let mut out = b"before".to_vec();
    let error = encode(event, &Rules::default(), &STAMP, &mut out).expect_err(field);
    assert_eq!((error.field(), error.kind()), (field, kind), "{error}");
    assert!(error.to_string().contains(says), "{error}");
    assert_eq!(out, b"before", "after an error the buffer is as it was");
}

fn event() -> Event {
    Event::new("tool.invoked")
}

#[test]
fn types_that_are_not_known_are_refused() {
    check(&Event::new("plan_aplied"), "event_type", InvalidKind::UnknownType, "did you mean `plan_applied`?");
    check(&Event::new(""), "event_type", InvalidKind::Missing, "needs a type");
    check(&Event::new("audit.gap"), "event_type", InvalidKind::Reserved, "Annals alone");
    check(&Event::new("token=hunter2"), "event_type", InvalidKind::UnknownType, "token=[REDACTED]");
}

#[test]
fn texts_that_no_column_takes_are_refused() {
    let long = "x".repeat(MAX_TEXT_BYTES + 1);
    check(&event().tool(&long), "tool", InvalidKind::TooLarge, "has 8193 bytes, more than the 8192");
    check(&event().actor(""), "actor_name", InvalidKind::Malformed, "leave the field out");
    check(&event().resource("a\0b"), "resource", InvalidKind::Malformed, "NUL");
    check(&event().text(Column::Decision, "maybe"), "decision", InvalidKind::Malformed, "allow, ask, deny");
    for bad in [
        "x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        check(&event().traceparent(bad), "traceparent", InvalidKind::Malformed, "it looks like 00-");
    }
}

#[test]
fn phases_that_fit_no_operation_are_refused() {
    check(&event().phase(Phase::Intent), "operation_id", InvalidKind::Missing, "`phase` is `intent`");
    let operation = event().operation("op");
    check(&operation.clone().phase(Phase::Outcome), "outcome", InvalidKind::Missing, "must be set");
    let both = operation.phase(Phase::Intent).outcome(Outcome::Success);
    check(&both, "outcome", InvalidKind::Malformed, "can't be set");
}

#[test]
fn details_that_no_reader_could_take_are_refused() {
    check(&event().details(json!([1])), "details", InvalidKind::Malformed, "not an array");
    check(
        &event().details(json!({"a": {"b": [0, 9_007_199_254_740_992_i64]}})),
        "details.a.b[1]",
        InvalidKind::OutOfRange,
        "9007199254740992",
    );
    check(&event().details(json!({"a": u64::MAX})), "details.a", InvalidKind::OutOfRange, "as a string");
    check(&event().details(json!({"a": i64::MIN})), "details.a", InvalidKind::OutOfRange, "2^53");
    check(&event().details(json!({"a": ["x\0"]})), "details.a[0]", InvalidKind::Malformed, "NUL");
    check(&event().details(json!({"a\0": 1})), "details.a\\0", InvalidKind::Malformed, "NUL");
    check(&event().details(json!({"a": "x".repeat(65_536)})), "details", InvalidKind::TooLarge, "65544 bytes");
    check(&event().details(json!({"a": "x".repeat(10_000_000)})), "details", InvalidKind::TooLarge, "65536");
    check(&event().duration_ms(1 << 53), "duration_ms", InvalidKind::OutOfRange, "2^53");
}

#[test]
fn details_may_be_just_as_large_as_allowed() {
    let mut out = Vec::new();
    let fits = event().details(json!({"a": "x".repeat(65_536 - 8)}));
    encode(&fits, &Rules::default(), &STAMP, &mut out).unwrap();
    assert_eq!(Encoded::decode(&out).unwrap().details().unwrap().len(), 65_536);
    let own = Rules { max_details: 10, ..Rules::default() };
    assert!(encode(&event().details(json!({"abc": 12})), &own, &STAMP, &mut out).is_ok());
    assert!(encode(&event().details(json!({"abc": 123})), &own, &STAMP, &mut out).is_err());
}

/// An object nested so deeply, built without `json!`, which would copy it at each level.
fn nested(levels: usize) -> Value {
    let object = |value| Value::Object([("a".to_owned(), value)].into_iter().collect());
    let mut value = object(Value::Null);
    for level in 1..levels {
        value = if level % 2 == 0 || level + 1 == levels { object(value) } else { Value::Array(vec![value]) };
    }
    value
}

#[test]
fn bombs_of_depth_are_refused_and_dropped_without_recursion() {
    for levels in [MAX_DEPTH + 1, 10_000, 200_000] {
        let bomb = event().details(nested(levels)).clone();
        check(&bomb, "details", InvalidKind::TooDeep, "deeper than 126 levels");
    }
    let mut out = Vec::new();
    encode(&event().details(nested(MAX_DEPTH)), &Rules::default(), &STAMP, &mut out).unwrap();
    let shown = format!("{{\"details\":{}}}", Encoded::decode(&out).unwrap().details().unwrap());
    assert!(serde_json::from_str::<Value>(&shown).is_ok(), "what is recorded can be read inside its event");
}

#[test]
fn own_events_need_no_check() {
    let mut out = Vec::new();
    encode_own(&Event::new("audit.gap").details(json!({"n": u64::MAX, "token": "kept"})), &STAMP, &mut out);
    let event = Encoded::decode(&out).unwrap();
    assert_eq!(
        (event.event_type(), event.details()),
        ("audit.gap", Some(r#"{"n":18446744073709551615,"token":"kept"}"#))
    );
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[^\0]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map("[^\0]{0,8}", inner, 0..5).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_again(
        texts in prop::collection::btree_map(0_usize..Column::COUNT, "[a-z ü€\"\\\\\n]{1,200}", 0..8),
        details in prop::option::of(prop::collection::btree_map("[q-z]{0,8}", value(), 0..6)),
        occurred_at: Option<i64>, duration in prop::option::of(0_u64..1 << 53), created_at: i64, begun: bool,
        outcome in prop::option::of(proptest::sample::select(Outcome::ALL)),
    ) {
        let mut event = Event::new("tool.invoked");
        let plain = |column: Column| !matches!(column, Column::Traceparent | Column::Decision);
        for (&at, text) in texts.iter().filter(|(at, _)| plain(Column::ALL[**at])) {
            event = event.text(Column::ALL[at], "first").text(Column::ALL[at], text);
        }
        let details = details.map(|members| members.into_iter().collect::<Value>());
        if let Some(details) = &details { event = event.details(details.clone()); }
        if let Some(at) = occurred_at { event = event.occurred_at(Timestamp::from_nanos(at)); }
        if let Some(millis) = duration { event = event.duration_ms(millis); }
        if let Some(outcome) = outcome { event = event.outcome(outcome); }
        let stamp = Stamp { created_at: Timestamp::from_nanos(created_at), begun, ..STAMP };
        let mut out = Vec::new();
        encode(&event, &Rules::default(), &stamp, &mut out).unwrap();
        let read = Encoded::decode(&out).unwrap();
        prop_assert_eq!((read.id(), read.event_type(), read.space(), read.credential()), (STAMP.id, "tool.invoked", "default", "uid:1000"));
        prop_assert_eq!((read.created_at().as_nanos(), read.begun(), read.phase()), (created_at, begun, Phase::Single));
        prop_assert_eq!((read.occurred_at().map(Timestamp::as_nanos), read.duration_ms(), read.outcome()), (occurred_at, duration, outcome));
        if read.n_redacted() == 0 {
            for &column in Column::ALL {
                prop_assert_eq!(read.get(column), event.get(column));
            }
            prop_assert_eq!(read.details().map(|text| serde_json::from_str::<Value>(text).unwrap()), details);
        }
    }

    #[test]
    fn details_are_written_as_serde_json_writes_them(members in prop::collection::btree_map("[q-z\"ü\n\u{1}]{0,6}", value(), 0..6)) {
        let value: Value = members.into_iter().collect();
        let mut out = Vec::new();
        details::write(&value, Secrets::Keep, &mut out).unwrap();
        prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
    }
}

#[test]
fn what_another_annals_took_out_is_counted_with_what_is_found_here() {
    let stamp = Stamp {
        id: EventId::from_bytes([1; 16]),
        created_at: Timestamp::from_nanos(5),
        space: "s",
        credential: "c",
        begun: true,
    };
    let event = Event::new("tool.invoked").details(json!({"password": "hunter2", "n": 1}));
    let mut bytes = b"before".to_vec();
    encode_forwarded(&event, &Rules::default(), &stamp, 2, &mut bytes).unwrap();
    let read = Encoded::decode(&bytes[6..]).unwrap();
    assert_eq!((read.n_redacted(), read.begun(), read.created_at()), (3, true, Timestamp::from_nanos(5)));
    assert!(encode_forwarded(&Event::new("no.such"), &Rules::default(), &stamp, 2, &mut bytes).is_err());
}
