//! The layout, and that nothing but white space changes.

use super::pretty;

#[track_caller]
fn check(json: &str, expected: &[&str]) {
    assert_eq!(pretty(json), expected);
}

#[test]
fn details_in_lines() {
    check("{}", &["{}"]);
    check("{\"a\":1}", &["{", "  \"a\": 1", "}"]);
    check(
        "{\"a\":[1,{\"b\":[]}],\"c\":1.0}",
        &["{", "  \"a\": [", "    1,", "    {", "      \"b\": []", "    }", "  ],", "  \"c\": 1.0", "}"],
    );
}

#[test]
fn strings_stay_as_they_are() {
    check("{\"a\":\"{,\\\"}: \\\\\",\"b\":2}", &["{", "  \"a\": \"{,\\\"}: \\\\\",", "  \"b\": 2", "}"]);
}
