//! Hostile text, as tables.

use super::harmless;

#[test]
fn what_does_something_is_written_out() {
    for (text, shown) in [
        ("plain ✓ 日本", "plain ✓ 日本"),
        ("a\u{1b}[31mred", "a\\u{1b}[31mred"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\u{9b}31m", "\\u{9b}31m"),
        ("\u{202e}fdp.exe", "\\u{202e}fdp.exe"),
        ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
        ("zero\u{200b}width", "zero\\u{200b}width"),
        ("\u{e0041}", "\\u{e0041}"),
        ("\u{7f}\u{0}", "\\u{7f}\\u{0}"),
    ] {
        assert_eq!(harmless(text), shown);
    }
}

#[test]
fn joiners_that_languages_need_stay() {
    assert_eq!(harmless("می\u{200c}خواهم"), "می\u{200c}خواهم");
}

#[test]
fn fillers_are_shown() {
    assert_eq!(harmless("\u{3164}\u{115f}\u{1160}\u{ffa0}"), "\\u{3164}\\u{115f}\\u{1160}\\u{ffa0}");
}
