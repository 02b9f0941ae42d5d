//! What is repeated of a text.

use super::{nearest, shortened, without_secrets};

#[test]
fn a_secret_is_out_before_the_text_is_cut() {
    let text = format!("postgres://ada:{}@db/x", "s3cret".repeat(9));
    assert!(!shortened(&text).contains("s3cret"), "{}", shortened(&text));
    assert_eq!(shortened(&"x".repeat(99)).len(), 40);
}

#[test]
fn only_a_likely_word_is_proposed() {
    assert_eq!(nearest("tol", ["tool", "plan"]), Some("tool"));
    assert_eq!(nearest("zzz", ["tool", "plan"]), None);
}

#[test]
fn logins_are_left_out_and_nothing_else() {
    for (text, shown) in [
        ("could not open `//u:PW@h/x`", "could not open `//[REDACTED]@h/x`"),
        ("`/tmp/ada:PW@h/x` and ada:p@q@h", "`/tmp/[REDACTED]@h/x` and [REDACTED]@h"),
        ("u:p@h", "[REDACTED]@h"),
        (
            "see https://example.org/a@b (hint: ask ada@example.org)",
            "see https://example.org/a@b (hint: ask ada@example.org)",
        ),
        ("`a:b` and `@file`", "`a:b` and `@file`"),
        ("", ""),
    ] {
        assert_eq!(without_secrets(text), shown);
    }
}

#[test]
fn what_does_something_to_a_terminal_is_escaped() {
    assert_eq!(shortened("a\u{1b}[2Jb\nc\u{202e}"), "a\\u{1b}[2Jb\\nc\\u{202e}");
}
