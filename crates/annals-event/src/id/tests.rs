//! Ids as text and as bytes, and that they sort by the moment in them.

use super::*;

#[test]
fn an_id_is_a_uuid_of_version_seven_with_its_time_in_front() {
    let id = EventId::v7(Timestamp::from_nanos(1_700_000_000_123_500_000), u64::MAX);
    // 1 700 000 000 123 ms is 0x018bcfe5687b; half a millisecond is 0x800 of 0x1000.
    assert_eq!(id.to_string(), "018bcfe5-687b-7800-bfff-ffffffffffff");
    assert_eq!(EventId::v7(Timestamp::from_nanos(-5), 0).to_string(), "00000000-0000-7000-8000-000000000000");
}

#[test]
fn ids_sort_by_time_down_to_a_quarter_of_a_microsecond() {
    let at = |nanos: i64| EventId::v7(Timestamp::from_nanos(1_700_000_000_000_000_000 + nanos), 0);
    assert!(at(0) < at(250));
    assert!(at(999_999) < at(1_000_000));
}

#[test]
fn ids_are_read_back() {
    let id = EventId::v7(Timestamp::from_nanos(1_700_000_000_123_456_789), 0x1234_5678_9abc_def0);
    assert_eq!(id.to_string().parse::<EventId>(), Ok(id));
    assert_eq!(id.to_string().to_uppercase().parse::<EventId>(), Ok(id));
    let producer = ProducerId::from_bytes(*id.as_bytes());
    assert_eq!(producer.to_string().parse::<ProducerId>(), Ok(producer));
    assert_eq!(producer.to_string(), id.to_string().replace('-', ""));
}

#[test]
fn what_is_no_id_is_refused_with_a_hint() {
    for (text, hint) in [
        ("", "looks like 0192"),
        ("018bcfe5687b7800bfffffffffffffff", "looks like 0192"),
        ("018bcfe5-687b-7800-bfff-fffffffffffg", "looks like 0192"),
        ("018bcfe5-687b-7800-bfff-ffffffffffff0", "looks like 0192"),
        ("018bcfe56-87b-7800-bfff-ffffffffffff", "looks like 0192"),
        ("ü18bcfe-687b-7800-bfff-ffffffffffff", "looks like 0192"),
        ("2026-11-20", "`since` and `until`"),
        ("2026-11-20T10:00:00.000000000Z", "`since` and `until`"),
        ("20.11.2026", "`since` and `until`"),
    ] {
        let error = text.parse::<EventId>().expect_err(text);
        assert_eq!((error.field(), error.kind()), ("id", InvalidKind::Malformed));
        assert!(error.to_string().contains(hint), "{text}: {error}");
    }
    for text in ["", "abc", "018bcfe5687b7800bffffffffffffff", "018bcfe5-687b-7800-bfff-ffffffffffff"] {
        assert_eq!(text.parse::<ProducerId>().expect_err(text).field(), "producer");
    }
}
