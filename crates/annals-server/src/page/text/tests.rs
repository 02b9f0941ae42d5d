//! Hostile and long texts.

use super::{counted, cut, cut_front, number, told};

#[test]
fn what_does_something_is_seen_and_what_html_would_read_is_escaped() {
    for (text, shown) in [
        ("plain 日本", "<bdi>plain 日本</bdi>"),
        ("<b>&\"'", "<bdi>&lt;b&gt;&amp;&quot;'</bdi>"),
        ("a\u{202e}b", "<bdi>a<span class=\"escape\" title=\"U+202E\">\\u{202e}</span>b</bdi>"),
        ("\u{1b}[1m", "<bdi><span class=\"escape\" title=\"U+001B\">\\u{1b}</span>[1m</bdi>"),
        ("a\nb", "<bdi>a<span class=\"escape\" title=\"U+000A\">\\n</span>b</bdi>"),
        ("", "<bdi></bdi>"),
    ] {
        assert_eq!(told(text).into_string(), shown);
    }
}

#[test]
fn what_is_cut_says_so() {
    assert_eq!(cut("日本語", 2).into_string(), "<bdi>日本…</bdi>");
    assert_eq!(cut("日本語", 3).into_string(), "<bdi>日本語</bdi>");
    assert_eq!(cut_front("日本語", 2).into_string(), "<bdi>…本語</bdi>");
    assert_eq!(cut_front("日本語", 3).into_string(), "<bdi>日本語</bdi>");
}

#[test]
fn numbers_are_grouped() {
    assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
    assert_eq!(number(999), "999");
    assert_eq!(counted(1, "event"), "1 event");
}
