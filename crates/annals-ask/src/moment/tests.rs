//! Everything that a time, a width or a span may look like, as tables.

use annals_store::SeqRange;
use jiff::Zoned;

use super::{moment_at, seqs, width};

/// Two hours east, so that local and UTC cannot be confused.
fn now() -> Zoned {
    "2026-11-20T01:30:00+02:00[+02:00]".parse().unwrap()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(moment_at(text, &now()).map(|at| at.to_string()), Ok(expected.to_owned()), "{text}");
}

#[track_caller]
fn check_refused(text: &str) {
    let message = moment_at(text, &now()).unwrap_err();
    assert!(message.contains("is no time") && message.contains("hint: give 2h"), "{text}: {message}");
}

#[test]
fn moments() {
    check("now", "2026-11-19T23:30:00.000000000Z");
    check("today", "2026-11-19T22:00:00.000000000Z");
    check("yesterday", "2026-11-18T22:00:00.000000000Z");
    check("90s", "2026-11-19T23:28:30.000000000Z");
    check("30m", "2026-11-19T23:00:00.000000000Z");
    check("2h", "2026-11-19T21:30:00.000000000Z");
    check("1d", "2026-11-18T23:30:00.000000000Z");
    check("1w", "2026-11-12T23:30:00.000000000Z");
    check("2026-11-20", "2026-11-19T22:00:00.000000000Z");
    check("2026-11-20T14:30", "2026-11-20T12:30:00.000000000Z");
    check("2026-11-20 14:30:05", "2026-11-20T12:30:05.000000000Z");
    check("2026-11-20T14:30:00Z", "2026-11-20T14:30:00.000000000Z");
    check("2026-11-20T14:30:00.123456789-01:00", "2026-11-20T15:30:00.123456789Z");
}

#[test]
fn what_is_no_moment() {
    for text in [
        "",
        "h",
        "2",
        "-2h",
        "2x",
        "tomorrow",
        "20.11.2026",
        "2026-13-01",
        "2026-02-30",
        "2026-11-20T25:00",
        "é",
        "99999999999999999999d",
    ] {
        check_refused(text);
    }
    // Beyond what 64 bits of nanoseconds reach.
    for text in ["1500-01-01", "9999-01-01", "900000000h"] {
        assert!(moment_at(text, &now()).unwrap_err().contains("lies outside"), "{text}");
    }
}

#[test]
fn widths() {
    for (text, seconds) in
        [("1m", 60), ("minute", 60), ("15m", 900), ("hour", 3_600), ("1d", 86_400), ("week", 604_800)]
    {
        assert_eq!(width(text).unwrap().seconds(), seconds, "{text}");
    }
    for text in ["", "0h", "h", "1y", "9999999999s", "-1h"] {
        assert!(width(text).unwrap_err().contains("hint: give 1m"), "{text}");
    }
}

#[test]
fn spans_of_sequence_numbers() {
    let end = SeqRange::ALL.end;
    for (text, start, end) in
        [("10..20", 10, 20), ("10..=20", 10, 21), ("10..", 10, end), ("..20", 0, 20), ("10", 10, 11), ("5..5", 5, 5)]
    {
        assert_eq!(seqs(text), Ok(SeqRange { start, end }), "{text}");
    }
    for text in ["", "..", "a..b", "20..10", "-1..2", "1..2..3", "3..=", "99999999999999999999"] {
        assert!(seqs(text).unwrap_err().contains("hint: give 10..20"), "{text}");
    }
}
