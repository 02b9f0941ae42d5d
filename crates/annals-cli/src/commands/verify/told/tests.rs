//! Lines that fit.

use super::wrap;

#[test]
fn lines_break_between_words_and_hold_all_of_them() {
    let text = "the row of event 12 says something else than its leaf in the tree, and so do some others further down";
    let mut lines = Vec::new();
    wrap(text, 40, 2, &mut lines);
    assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= 40), "{lines:?}");
    let words: Vec<&str> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
    assert_eq!(words, text.split(' ').collect::<Vec<_>>());
}
