//! A declared loss says the same when it is read back.

use super::*;

const PRODUCER: ProducerId = ProducerId::from_bytes([0xab; 16]);

fn check(gap: &Gap, details: &str) {
    let event = gap.event();
    assert_eq!(event.event_type(), "audit.gap");
    let written = event.details_value().expect("a gap has details").to_string();
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), serde_json::from_str::<Value>(details).unwrap());
    assert_eq!(Gap::from_details(&written).as_ref(), Ok(gap));
}

#[test]
fn a_gap_is_read_back_from_its_event() {
    let gap = |reason, span, n_events| Gap { producer: PRODUCER, reason, span, n_events };
    let producer = "abababababababababababababababab";
    check(
        &gap(GapReason::Damaged, GapSpan::Range { first: 3, last: 9 }, Some(7)),
        &format!(r#"{{"producer":"{producer}","reason":"damaged","first_pseq":3,"last_pseq":9,"count":7}}"#),
    );
    check(
        &gap(GapReason::TargetLost, GapSpan::From { first: 0 }, None),
        &format!(r#"{{"producer":"{producer}","reason":"target_lost","first_pseq":0}}"#),
    );
    check(
        &gap(GapReason::Shed, GapSpan::After { pseq: Some(4) }, Some(100)),
        &format!(r#"{{"producer":"{producer}","reason":"shed","after_pseq":4,"count":100}}"#),
    );
    check(
        &gap(GapReason::Shed, GapSpan::After { pseq: None }, Some(1)),
        &format!(r#"{{"producer":"{producer}","reason":"shed","after_pseq":null,"count":1}}"#),
    );
}

#[test]
fn what_is_no_gap_is_refused_by_field() {
    let producer = "abababababababababababababababab";
    for (details, field) in [
        ("[".to_owned(), "details"),
        ("{}".to_owned(), "details"),
        (r#"{"first_pseq":1}"#.to_owned(), "producer"),
        (format!(r#"{{"producer":"{producer}","first_pseq":1}}"#), "reason"),
        (format!(r#"{{"producer":"{producer}","first_pseq":1,"reason":"lost"}}"#), "reason"),
        (format!(r#"{{"producer":"{producer}","first_pseq":-1,"reason":"shed"}}"#), "first_pseq"),
        (format!(r#"{{"producer":"{producer}","first_pseq":9,"last_pseq":8,"reason":"shed"}}"#), "details"),
        (format!(r#"{{"producer":"{producer}","first_pseq":9,"after_pseq":8,"reason":"shed"}}"#), "details"),
    ] {
        assert_eq!(Gap::from_details(&details).expect_err(&details).field(), field, "{details}");
    }
}
