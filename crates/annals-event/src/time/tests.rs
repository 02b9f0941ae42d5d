//! Times as text: RFC 3339 in every form that is allowed, and laws that hold for every time.

use proptest::prelude::*;

use super::*;

fn check(text: &str, nanos: i64) {
    assert_eq!(text.parse::<Timestamp>().map(Timestamp::as_nanos), Ok(nanos), "{text}");
}

#[test]
fn text_is_rfc_3339_with_any_offset() {
    check("1970-01-01T00:00:00Z", 0);
    check("1970-01-01T00:00:00.000000001Z", 1);
    check("1969-12-31T23:59:59.999999999Z", -1);
    check("2000-02-29T12:00:00z", 951_825_600 * NANOS);
    check("2026-11-20t14:30:00.5+02:00", 1_795_177_800 * NANOS + NANOS / 2);
    check("2026-11-20 14:30:00-05:30", 1_795_204_800 * NANOS);
    check("2026-11-20T14:30:00.1234567899Z", 1_795_185_000 * NANOS + 123_456_789);
    check("2016-12-31T23:59:60Z", 1_483_228_800 * NANOS);
    check("2262-04-11T23:47:16.854775807Z", i64::MAX);
    check("1677-09-21T00:12:43.145224192Z", i64::MIN);
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "2026-11-20",
        "2026-11-20T14:30Z",
        "2026-11-20T14:30:00",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-10T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00Zx",
        "+026-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2262-04-11T23:47:16.854775808Z",
        "２026-01-01T00:00:00Z",
        "1795185000",
    ] {
        let error = text.parse::<Timestamp>().expect_err(text);
        assert_eq!(error.field(), "time");
        assert!(error.to_string().contains("2026-11-20T14:30:00Z"), "{error}");
    }
}

#[test]
fn system_time_is_kept_to_the_nanosecond_on_both_sides_of_1970() {
    let span = Duration::new(5, 7);
    assert_eq!(Timestamp::from(SystemTime::UNIX_EPOCH + span).as_nanos(), 5_000_000_007);
    assert_eq!(Timestamp::from(SystemTime::UNIX_EPOCH - span).as_nanos(), -5_000_000_007);
}

proptest! {
    #[test]
    fn every_time_is_read_back_from_its_text(nanos: i64) {
        let text = Timestamp::from_nanos(nanos).to_string();
        prop_assert_eq!(text.len(), 30);
        prop_assert_eq!(text.parse(), Ok(Timestamp::from_nanos(nanos)));
    }

    #[test]
    fn text_sorts_like_time(a: i64, b: i64) {
        let (a, b) = (Timestamp::from_nanos(a), Timestamp::from_nanos(b));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn reading_never_panics(text in "\\PC{0,40}") {
        let _ = text.parse::<Timestamp>();
    }
}
