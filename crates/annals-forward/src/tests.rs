//! What is written is read, and what is wrong is named.

use annals_event::{
    Column, Encoded, Event, EventId, Gap, GapReason, GapSpan, Outcome, Phase, ProducerId, Rules, Stamp, Timestamp,
    encode,
};
use annals_store::{LogId, Sheds};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const PRODUCER: ProducerId = ProducerId::from_bytes([7; 16]);

fn encoded(event: &Event, begun: bool) -> Vec<u8> {
    let created_at = Timestamp::from_nanos(1_700_000_000_123_456_789);
    let stamp = Stamp { id: EventId::v7(created_at, 99), created_at, space: "default", credential: "uid:1000", begun };
    let mut bytes = Vec::new();
    encode(event, &Rules::default(), &stamp, &mut bytes).unwrap();
    bytes
}

fn line(event: &Event, begun: bool) -> String {
    let bytes = encoded(event, begun);
    let mut out = String::new();
    write_event(&Encoded::decode(&bytes).unwrap(), 5, &mut out);
    out
}

#[test]
fn an_event_comes_out_as_it_was_encoded() {
    let mut event = Event::new("tool.invoked")
        .phase(Phase::Outcome)
        .outcome(Outcome::Denied)
        .duration_ms(17)
        .occurred_at(Timestamp::from_nanos(-3))
        .details(json!({"text": "größe \n \" \u{1f980}", "token": "x", "f": 0.1, "n": [1, null, {}]}));
    for column in Column::ALL.iter().filter(|column| !matches!(column, Column::Traceparent | Column::Decision)) {
        event = event.text(*column, format!("{} \n\"größe", column.name()));
    }
    let (before, text) = (encoded(&event, false), line(&event, false));
    assert_eq!(text.matches('\n').count(), 1, "one line: {text}");
    let read = read_line(text.trim_end()).unwrap();
    assert_eq!((read.pseq, read.begun, read.n_redacted), (5, false, 1));
    let stamp =
        Stamp { id: read.id, created_at: read.created_at, space: "default", credential: "uid:1000", begun: read.begun };
    let mut after = Vec::new();
    annals_event::encode_forwarded(&read.event.unwrap(), &Rules::default(), &stamp, read.n_redacted, &mut after)
        .unwrap();
    let (before, after) = (Encoded::decode(&before).unwrap(), Encoded::decode(&after).unwrap());
    assert_eq!(format!("{before:?}"), format!("{after:?}"), "with the one secret that was taken out, counted once");
}

#[test]
fn only_an_intent_has_an_owner() {
    let intent = Event::new("tool.invoked").phase(Phase::Intent).operation("o");
    assert!(read_line(line(&intent, true).trim_end()).unwrap().begun);
    let claimed = line(&Event::new("tool.invoked"), true);
    assert!(claimed.contains("\"begun\":true") && !read_line(claimed.trim_end()).unwrap().begun);
}

#[test]
fn what_a_batch_cannot_be_without_is_named() {
    let good = json!({"id": "018bcfe5-687b-7fff-bfff-ffffffffffff", "pseq": 0, "created_at": "2026-01-01T00:00:00Z", "event_type": "tool.invoked"});
    let with = |name: &str, value: serde_json::Value| {
        let mut line = good.clone();
        line[name] = value;
        read_line(&line.to_string()).map_err(|bad| bad.field().to_owned()).map(|line| line.event.is_ok())
    };
    assert_eq!(with("tool", json!("x")), Ok(true));
    for (name, value) in [
        ("id", json!("018bcfe5-687b-4fff-bfff-ffffffffffff")),
        ("id", json!(7)),
        ("id", json!("zzz")),
        ("pseq", json!(-1)),
        ("pseq", json!("0")),
        ("pseq", json!(1_u64 << 53)),
        ("created_at", json!("yesterday")),
        ("created_at", json!("9999-01-01T00:00:00Z")),
        ("created_at", json!(null)),
        ("begun", json!(1)),
        ("n_redacted", json!(-1)),
    ] {
        assert_eq!(with(name, value.clone()), Err(name.to_owned()), "{value}");
    }
    for text in ["", "[]", "nothing", "{\"id\"", "\"x\""] {
        assert_eq!(read_line(text).unwrap_err().field(), "event", "{text}");
    }
}

#[test]
fn an_event_that_is_none_keeps_its_place() {
    let bad = json!({"id": "018bcfe5-687b-7fff-bfff-ffffffffffff", "pseq": 3, "created_at": "2026-01-01T00:00:00Z", "event_type": "tool.invoked", "seq": 4});
    let read = read_line(&bad.to_string()).unwrap();
    let refused = read.event.unwrap_err();
    assert_eq!((read.pseq, refused.invalid.field(), refused.event_type.as_deref()), (3, "seq", Some("tool.invoked")));
}

#[test]
fn a_first_line_is_strict() {
    let good = r#"{"format":1,"producer":"07070707070707070707070707070707"}"#;
    assert_eq!(Top::read(good).unwrap(), Top::new(PRODUCER));
    for (text, field) in [
        ("", "batch"),
        ("[1]", "batch"),
        (r#"{"producer":"07070707070707070707070707070707"}"#, "format"),
        (r#"{"format":2,"producer":"07070707070707070707070707070707"}"#, "format"),
        (r#"{"format":1}"#, "producer"),
        (r#"{"format":1,"producer":"07"}"#, "producer"),
        (r#"{"format":1,"producer":"07070707070707070707070707070707","more":1}"#, "more"),
        (r#"{"format":1,"producer":"07070707070707070707070707070707","":1}"#, "batch"),
        (r#"{"format":1,"producer":"07070707070707070707070707070707","ended":1}"#, "ended"),
        (r#"{"format":1,"producer":"07070707070707070707070707070707","sheds":{}}"#, "sheds"),
        (r#"{"format":1,"producer":"07070707070707070707070707070707","gaps":{}}"#, "gaps"),
        (
            r#"{"format":1,"producer":"07070707070707070707070707070707","gaps":[{"reason":"shed","after_pseq":1}]}"#,
            "gaps[0]",
        ),
        (
            r#"{"format":1,"producer":"07070707070707070707070707070707","gaps":[{"reason":"damaged","first_pseq":5,"last_pseq":4}]}"#,
            "gaps[0]",
        ),
        (
            r#"{"format":1,"producer":"07070707070707070707070707070707","gaps":[{"reason":"damaged","first_pseq":1,"last_pseq":4},{"reason":"damaged","first_pseq":4,"last_pseq":4}]}"#,
            "gaps[1]",
        ),
    ] {
        assert_eq!(Top::read(text).unwrap_err().field(), field, "{text}");
    }
}

#[test]
fn an_answer_with_numbers_that_cannot_be_is_none() {
    let answer = |seq: u64| {
        let log = "07".repeat(16);
        format!(
            r#"{{"next_pseq":2,"n_shed":0,"n_taken":2,"seqs":[[0,{seq},2]],"buried":[],"n_gaps":0,"n_ended":0,"log_id":"{log}"}}"#
        )
    };
    assert_eq!(Answer::read(&answer(7), 2).expect("an answer").seqs, [Some(7), Some(8)]);
    assert_eq!(Answer::read(&answer(u64::MAX - 1), 2), None);
}

proptest! {
    #[test]
    fn a_first_line_comes_out_as_it_went_in(starts in proptest::collection::vec((1_u64..9, 0_u64..9, any::<bool>()), 0..5), total in 0_u64..99, after in proptest::option::of(0_u64..99), ended: bool) {
        let (mut gaps, mut next) = (Vec::new(), 0);
        for (before, length, is_known) in starts {
            let first = next + before;
            let span = if is_known { GapSpan::Range { first, last: first + length } } else { GapSpan::From { first } };
            next = if is_known { first + length + 1 } else { first + 1 };
            gaps.push(Gap { producer: PRODUCER, reason: GapReason::Damaged, span, n_events: is_known.then_some(length + 1) });
        }
        let top = Top { producer: PRODUCER, gaps, sheds: Sheds { total, after }, ended };
        let mut text = String::new();
        top.write(&mut text);
        prop_assert_eq!(Top::read(text.strip_suffix('\n').unwrap()).unwrap(), top);
    }

    #[test]
    fn an_answer_comes_out_as_it_went_in(seqs in proptest::collection::vec(proptest::option::of(0_u64..6), 0..30), buried in proptest::collection::vec(0_u64..99, 0..3), durable_seq in proptest::option::of(0_u64..99)) {
        let answer = Answer { next_pseq: 4, n_shed: 2, seqs, buried, n_gaps: 1, n_ended: 3, log: LogId::from_bytes([3; 16]), durable_seq };
        let read = Answer::read(&answer.to_json(), answer.seqs.len());
        prop_assert_eq!(read.as_ref(), Some(&answer));
        prop_assert_eq!(Answer::read(&answer.to_json(), answer.seqs.len() + 1), None);
    }

    #[test]
    fn reading_never_panics(text in "[{}\\[\\]\",:0-9a-z_\\\\ -]{0,80}") {
        let _ = read_line(&text);
        let _ = Top::read(&text);
        let _ = Answer::read(&text, 3);
    }
}
