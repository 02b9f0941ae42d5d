//! Wide and long text, as tables.

use super::{Cell, cut, quoted, width};

#[test]
fn words_are_quoted_for_a_shell_where_they_must_be() {
    for (text, word) in
        [("S-1", "S-1"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("$(x)", "'$(x)'"), ("", "''"), ("日本", "日本")]
    {
        assert_eq!(quoted(text), word);
    }
}

#[test]
fn text_is_measured_in_columns() {
    for (text, columns) in [("", 0), ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("é", 1), ("✓", 1)] {
        assert_eq!(width(text), columns, "{text}");
    }
}

#[test]
fn long_text_is_cut_with_an_ellipsis() {
    for (text, columns, shown) in [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ] {
        let found = cut(text, columns);
        assert_eq!(found, shown);
        assert!(width(&found) <= columns);
    }
}

#[test]
fn a_path_loses_its_beginning_and_a_url_keeps_its_host() {
    for (before, path, columns, shown) in [
        ("", "src/auth.rs", 11, "src/auth.rs"),
        ("", "/home/ada/shop/src/auth.rs", 12, "…src/auth.rs"),
        ("", "日本語/日本語/main.rs", 12, "…語/main.rs"),
        ("Read  ", "/home/ada/shop/src/auth.rs", 18, "Read  …src/auth.rs"),
        ("Read  ", "/home/ada/shop/src/auth.rs", 9, "Read  /h…"),
        ("", "https://docs.rs/annals/latest/struct.Audit.html", 34, "https://docs.rs/…struct.Audit.html"),
        ("", "https://docs.rs", 8, "…docs.rs"),
    ] {
        assert_eq!(Cell::with_path(before, path).cut(columns), shown, "{before}{path} {columns}");
    }
    assert_eq!(Cell::with_path("", "/home/ada/shop/src/auth.rs").behind("└─ ").cut(15), "└─ …src/auth.rs");
}
