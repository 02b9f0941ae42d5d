//! Which parts of a message are left out.

use super::without_secrets;

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
