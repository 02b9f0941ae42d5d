//! The object as the format's page has it; the CLI's tests hold it against the schema of the CNCF.

use annals_event::{EventId, Phase, ProducerId, Texts, Timestamp};

use super::*;

fn event(columns: &[(Column, &str)]) -> StoredEvent {
    StoredEvent {
        seq: 42,
        id: EventId::from_bytes([7; 16]),
        event_type: "tool.invoked".to_owned(),
        created_at: Timestamp::from_nanos(1),
        recorded_at: Timestamp::from_nanos(2),
        occurred_at: None,
        space: "default".to_owned(),
        credential: None,
        producer: ProducerId::from_bytes([3; 16]),
        pseq: 4,
        phase: Phase::Single,
        outcome: None,
        duration_ms: None,
        n_redacted: 0,
        texts: columns.iter().copied().collect::<Texts>(),
        details: Some("{\"a\":1}".to_owned()),
        erased_by: None,
    }
}

fn written(event: &StoredEvent) -> serde_json::Value {
    let mut out = String::new();
    write(event, "annals/1", &mut out);
    serde_json::from_str(&out).unwrap()
}

#[test]
fn an_event_has_the_required_attributes_and_the_extensions() {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let event = event(&[(Column::Resource, "src/a \"b\".rs"), (Column::Traceparent, trace)]);
    let object = written(&event);
    assert_eq!(object["specversion"], "1.0");
    assert_eq!(object["source"], "annals/1");
    assert_eq!(object["type"], "tool.invoked");
    assert_eq!(object["time"], "1970-01-01T00:00:00.000000001Z");
    assert_eq!(object["recordedtime"], "1970-01-01T00:00:00.000000002Z");
    assert_eq!(object["sequence"], "00000000000000000042");
    assert_eq!(object["subject"], "src/a \"b\".rs");
    assert_eq!(object["traceparent"], trace);
    assert_eq!(object["data"]["details"]["a"], 1);
    assert!(object.as_object().unwrap().keys().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric())));
}

#[test]
fn what_no_attribute_may_hold_stands_in_the_data_alone() {
    for resource in ["", "a\nb", "a\u{85}b", "a\u{fffe}b", "a\u{fdd0}"] {
        let object = written(&event(&[(Column::Resource, resource)]));
        assert!(object.get("subject").is_none(), "{resource:?}");
        assert_eq!(object["data"]["resource"], resource);
    }
}

#[test]
fn a_refusal_names_a_place_where_a_member_has_no_name() {
    let text = r#"{"specversion":"1.0","id":"a","source":"b","type":"session.created","":90071992547409930}"#;
    assert_eq!(super::read(text).unwrap_err().field(), "event");
}
