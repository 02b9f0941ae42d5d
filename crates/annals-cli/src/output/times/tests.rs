//! How times look beside a given present.

use annals::Timestamp;

use super::{day_and_clock_at, span_text};

#[test]
fn a_time_shows_what_of_its_date_is_needed() {
    let now = "2026-11-20T01:30:00+02:00[+02:00]".parse().unwrap();
    for (at, shown) in [
        ("2026-11-19T22:00:05Z", "00:00:05"),
        ("2026-11-19T21:59:05Z", "11-19 23:59:05"),
        ("2025-11-19T21:59:05Z", "2025-11-19 23:59"),
    ] {
        assert_eq!(day_and_clock_at(at.parse().unwrap(), &now), shown);
    }
}

#[test]
fn spans() {
    for (ms, shown) in [
        (0, "0ms"),
        (850, "850ms"),
        (12_345, "12s"),
        (185_000, "3m 05s"),
        (7_800_000, "2h 10m"),
        (356_400_000, "4d 3h"),
    ] {
        assert_eq!(span_text(Timestamp::from_nanos(0), Timestamp::from_nanos(ms * 1_000_000)), shown);
    }
    assert_eq!(span_text(Timestamp::from_nanos(5), Timestamp::from_nanos(0)), "0ms");
}
