//! What counts as the same output, and what does not.

use super::alike;

#[track_caller]
fn check(shown: &str, real: &str, expected: bool) {
    assert_eq!(alike(&[shown.to_owned()], &[real.to_owned()]), expected, "{shown} | {real}");
}

#[test]
fn ids_and_times_may_differ() {
    check("0199f1c2-7a3e-7bb4-9d55-0123456789ab 0", "0199f1c2-7a3e-7bb4-9d55-ba9876543210 0", true);
    check("0199f1c2 ok", "0299f1c2 ok", true);
    check("2026-11-20T10:11:12.123456789Z tool.invoked", "2027-01-02T03:04:05.000000001Z tool.invoked", true);
    check("10:11  bash", "03:04     bash", true);
    check("────", "──────", true);
    check("2 events in 69ms, 10:11", "2 events in 1.2s, 10:12", true);
    check(
        "{\"id\":\"0199f1c2-7a3e-7bb4-9d55-0123456789ab\",\"seq\":1}",
        "{\"id\":\"0199f1c2-7a3e-7bb4-9d55-ba9876543210\",\"seq\":1}",
        true,
    );
}

#[test]
fn an_elision_stands_for_any_number_of_lines() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let real = lines("a\nb\nc\nd");
    for shown in ["…", "a\n…", "…\nd", "a\n…\nd", "a\n…\nb\nc\nd", "…\nb\n…"] {
        assert!(alike(&lines(shown), &real), "{shown}");
    }
    for shown in ["a\n…\nc", "…\ne", "b\n…", "a … d"] {
        assert!(!alike(&lines(shown), &real), "{shown}");
    }
}

#[test]
fn words_and_numbers_may_not() {
    check("3 events", "4 events", false);
    check("tool.invoked", "tool.errored", false);
    check("0199f1c2", "10:11", false);
    check("120ms", "120", false);
    check("2s bars", "bars", false);
    check("deadbeef-cafe", "deadbeef-beef", false);
    check("a", "", false);
    assert!(!alike(&["a".to_owned()], &[]));
}
