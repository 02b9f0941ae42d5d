//! What an error may not repeat of a body.

use super::*;

#[track_caller]
fn check(text: &str, body: &str, left: &str) {
    assert_eq!(without(text, &[Cow::Borrowed(body)]), left);
}

#[test]
fn whole_bodies_lines_and_words_are_taken_out() {
    check("cannot write 'first line'", "first line\nsecond line", "cannot write '[withheld]'");
    check("bad token tok_9f3a2 at 3", "x = 'tok_9f3a2'", "bad token [withheld] at 3");
    check(r#"got "one\ntwo \"quoted\"" instead"#, "one\ntwo \"quoted\"", r#"got "[withheld]" instead"#);
    check("no `hunter` in it", "the pass is hunter today", "no `[withheld]` in it");
    check("found: the quick brown fox jumps", "a lazy dog, the quick brown fox, sleeps", "found:[withheld] jumps");
}

#[test]
fn what_a_sentence_has_in_common_with_a_body_stays() {
    check("file not found", "if not found { return }", "file not found");
    check("no such file", "", "no such file");
}

#[test]
fn a_character_is_taken_out_as_a_whole() {
    check("bad: ünïcödé tëxt hérè!", "ünïcödé tëxt hérè", "bad: [withheld]!");
}
