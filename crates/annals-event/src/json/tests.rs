//! Events as flat JSON objects: what is read, what is refused and how it is told, what is written.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    Column, EventId, InvalidKind, Outcome, Phase, ProducerId, Rules, Stamp, StoredEvent, Texts, Timestamp, encode,
};

/// Text that is refused, by field and kind, with a message that has `says` in it.
fn check(text: &str, field: &str, kind: InvalidKind, says: &str) {
    let error = from_object(text).expect_err(text);
    assert_eq!((error.field(), error.kind()), (field, kind), "{error}");
    assert!(error.to_string().contains(says), "{error}");
}

fn with(member: &str) -> String {
    format!("{{\"event_type\":\"tool.invoked\",{member}}}")
}

#[test]
fn bad_input_is_refused_by_name() {
    use InvalidKind::{Malformed, Missing, OutOfRange, Reserved, TooDeep, TooLarge, UnknownField};
    check("", "event", Malformed, "is empty");
    check("  \n", "event", Malformed, "is empty");
    check("tool.invoked", "event", Malformed, "is not JSON");
    check("{\"event_type\":", "event", Malformed, "line 1 column");
    check("[1]", "event", Malformed, "must be a JSON object, not an array");
    check("{\"\":90071992547409930}", "event", OutOfRange, "90071992547409930");
    check("{}", "event_type", Missing, "needs a type");
    check("{\"event_type\":null}", "event_type", Missing, "needs a type");
    check("{\"event_type\":7}", "event_type", Malformed, "not the number 7");
    check(&with("\"tool\":[\"a\"]"), "tool", Malformed, "must be a string, not an array");
    check(&with("\"details\":\"x\""), "details", Malformed, "must be a JSON object, not a string");
    check(&with("\"outcome\":\"ok\""), "outcome", Malformed, "success, failure");
    check(&with("\"outcome\":\"sucess\""), "outcome", Malformed, "did you mean `success`?");
    check(&with("\"phase\":\"begin\""), "phase", Malformed, "single, intent, outcome");
    check(&with("\"occurred_at\":\"yesterday\""), "occurred_at", Malformed, "2026-11-20T14:30:00Z");
    check(&with("\"occurred_at\":1700000000"), "occurred_at", Malformed, "must be a string");
    check(&with("\"duration_ms\":-1"), "duration_ms", Malformed, "not the number -1");
    check(&with("\"duration_ms\":1.5"), "duration_ms", Malformed, "whole number");
    check(&with("\"duration_ms\":9007199254740992"), "duration_ms", OutOfRange, "9007199254740992");
    check(&with("\"tol\":\"x\""), "tol", UnknownField, "did you mean `tool`?");
    check(&with("\"user\":\"x\""), "user", UnknownField, "did you mean `user_identity`?");
    check(&with("\"zzzz\":\"x\""), "zzzz", UnknownField, "goes into `details`");
    for reserved in [
        "id",
        "seq",
        "created_at",
        "recorded_at",
        "space",
        "credential",
        "producer",
        "pseq",
        "n_redacted",
        "salt",
        "erased_by",
    ] {
        check(&with(&format!("\"{reserved}\":null")), reserved, Reserved, "is set by Annals");
    }
    check(&with("\"tool\":\"a\",\"tool\":\"b\""), "event", Malformed, "same key twice");
    check(&with("\"details\":{\"a\":{\"b\":1,\"\\u0062\":2}}"), "event", Malformed, "same key twice");
    check(&with("\"tool\":\"\u{0}\""), "event", Malformed, "NUL");
    check(&format!("{{\"event_type\":\"{}\"}}", "x".repeat(10_000_000)), "event", TooLarge, "10000017 bytes");
    check(&"[".repeat(10_000), "event", TooDeep, "126 levels");
    let deep = format!("\"details\":{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    check(&with(&deep), "details", TooDeep, "126 levels");
}

#[test]
fn integers_beyond_exactness_are_found_wherever_they_stand() {
    for literal in ["9007199254740992", "-9007199254740992", "18446744073709551616", "123456789012345678901234567890"] {
        let text = with(&format!("\"details\":{{\"a\":{{\"n\":[1,2,{literal}]}}}}"));
        check(&text, "details.a.n[2]", InvalidKind::OutOfRange, literal);
        let error = parse_details(&format!("{{\"n\":{literal}}}")).unwrap_err();
        assert_eq!((error.field(), error.kind()), ("details.n", InvalidKind::OutOfRange));
    }
    for literal in
        ["9007199254740991", "-9007199254740991", "1e300", "0.1", "\"9007199254740993\"", "12345678901234567.5"]
    {
        assert!(parse_details(&format!("{{\"n\":{literal}}}")).is_ok(), "{literal}");
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_refused() {
    let error = from_slice(b"{\"event_type\":\"\xff\"}").unwrap_err();
    assert_eq!((error.field(), error.kind()), ("event", InvalidKind::Malformed));
    assert!(error.to_string().contains("UTF-8 from byte 15 on"), "{error}");
}

#[test]
fn every_field_is_read() {
    let mut text = String::from(
        "\u{feff}{\"event_type\":\"tool.invoked\",\"phase\":\"outcome\",\"outcome\":\"denied\",\"duration_ms\":12,\
         \"occurred_at\":\"2026-11-20T14:30:00+02:00\",\"details\":{\"a\":[1]}",
    );
    for column in Column::ALL {
        text.extend([",\"", column.name(), "\":\"", column.name(), "!\""]);
    }
    let event = from_object(&(text + "}\n")).unwrap();
    assert_eq!((event.phase_value(), event.outcome_value()), (Phase::Outcome, Some(Outcome::Denied)));
    assert_eq!((event.duration_ms_value(), event.details_value()), (Some(12), Some(&json!({"a": [1]}))));
    assert_eq!(event.occurred_at_value().unwrap().to_string(), "2026-11-20T12:30:00.000000000Z");
    for &column in Column::ALL {
        assert_eq!(event.get(column).unwrap(), format!("{}!", column.name()));
    }
    let absent = from_object(&with("\"tool\":null,\"details\":null,\"outcome\":null")).unwrap();
    assert_eq!((absent.get(Column::Tool), absent.details_value()), (None, None));
}

fn stored() -> StoredEvent {
    StoredEvent {
        seq: 4,
        id: EventId::from_bytes([7; 16]),
        event_type: "tool.invoked".into(),
        created_at: Timestamp::from_nanos(0),
        recorded_at: Timestamp::from_nanos(1),
        occurred_at: None,
        space: "default".into(),
        credential: Some("uid:1000".into()),
        producer: ProducerId::from_bytes([0xab; 16]),
        pseq: 2,
        phase: Phase::Single,
        outcome: Some(Outcome::Success),
        duration_ms: Some(3),
        n_redacted: 0,
        texts: Texts::from_iter([(Column::Tool, "a \"b\"\n\u{1}"), (Column::ActorName, "bot")]),
        details: Some("{\"b\": 1.0, \"a\":[]}".into()),
        erased_by: None,
    }
}

#[test]
fn a_whole_number_may_be_written_with_a_point() {
    for (text, millis) in [("12.0", 12), ("0.0", 0), ("1e3", 1_000)] {
        let event = from_object(&format!("{{\"event_type\":\"tool.invoked\",\"duration_ms\":{text}}}"));
        assert_eq!(event.unwrap().duration_ms_value(), Some(millis), "{text}");
    }
    for text in ["12.5", "-1.0", "1e300", "9007199254740993.0"] {
        assert!(from_object(&format!("{{\"event_type\":\"tool.invoked\",\"duration_ms\":{text}}}")).is_err(), "{text}");
    }
}

#[test]
fn an_event_is_one_flat_object_in_a_fixed_order() {
    let mut out = String::new();
    write(&stored(), &mut out);
    assert_eq!(
        out,
        "{\"seq\":4,\"id\":\"07070707-0707-0707-0707-070707070707\",\"event_type\":\"tool.invoked\",\
         \"created_at\":\"1970-01-01T00:00:00.000000000Z\",\"recorded_at\":\"1970-01-01T00:00:00.000000001Z\",\
         \"space\":\"default\",\"credential\":\"uid:1000\",\"producer\":\"abababababababababababababababab\",\"pseq\":2,\
         \"phase\":\"single\",\"outcome\":\"success\",\"duration_ms\":3,\"n_redacted\":0,\"actor_name\":\"bot\",\
         \"tool\":\"a \\\"b\\\"\\n\\u0001\",\"details\":{\"b\": 1.0, \"a\":[]}}"
    );
}

#[test]
fn members_beside_the_event_are_handed_out_where_they_are_allowed() {
    let text = r#"{"event_type":"tool.invoked","pseq":7,"id":"x","tool":"t"}"#;
    let (event, apart) = from_object_with(text, &["id", "pseq", "created_at"]).unwrap();
    assert_eq!((event.get(Column::Tool), apart.len()), (Some("t"), 2));
    assert_eq!(apart["pseq"].as_u64(), Some(7));
    assert_eq!(from_object_with(text, &["id"]).unwrap_err().field(), "pseq");
    assert_eq!(from_object(text).unwrap_err().kind(), InvalidKind::Reserved);
}

proptest! {
    #[test]
    fn what_is_written_can_be_parsed(
        texts in prop::collection::btree_map(0_usize..Column::COUNT, "\\PC{0,20}|[\0-\u{ff}]{0,20}", 0..20), space in "\\PC{0,9}",
        seq: u32, at: i64,
    ) {
        let event = StoredEvent {
            seq: u64::from(seq),
            occurred_at: Some(Timestamp::from_nanos(at)),
            space,
            texts: texts.into_iter().map(|(at, text)| (Column::ALL[at], text)).collect(),
            ..stored()
        };
        let mut out = String::new();
        write(&event, &mut out);
        prop_assert!(!out.contains('\n'));
        let read: Value = serde_json::from_str(&out).unwrap();
        prop_assert_eq!(read["space"].as_str(), Some(event.space.as_str()));
        for (column, text) in event.texts.iter() {
            prop_assert_eq!(read[column.name()].as_str(), Some(text));
        }
    }

    #[test]
    fn reading_never_panics(text in "[{}\\[\\]\",:0-9a-z\\\\ -]{0,60}") {
        let _ = from_object(&text);
        let _ = parse_details(&text);
    }

    #[test]
    fn what_is_read_and_accepted_comes_out_the_same(tool in "[a-z\"ü\\\\]{1,9}", n in -9_007_199_254_740_991_i64..=9_007_199_254_740_991) {
        let given = json!({"event_type": "tool.invoked", "tool": tool, "details": {"n": n}});
        let stamp = Stamp { id: EventId::from_bytes([1; 16]), created_at: Timestamp::from_nanos(0), space: "s", credential: "c", begun: false };
        let mut bytes = Vec::new();
        encode(&from_object(&given.to_string()).unwrap(), &Rules::default(), &stamp, &mut bytes).unwrap();
        let read = crate::Encoded::decode(&bytes).unwrap();
        prop_assert_eq!(read.get(Column::Tool), Some(tool.as_str()));
        prop_assert_eq!(serde_json::from_str::<Value>(read.details().unwrap()).unwrap(), given["details"].clone());
    }
}
