//! The lists are what they say they are.

use super::*;
use crate::language;

#[test]
fn words_that_say_nothing_are_known_in_their_language_alone() {
    assert!(is_stop("the", "en"));
    assert!(is_stop("über", "de"));
    assert!(!is_stop("backup", "en"));
    assert!(!is_stop("the", "de"));
    assert!(!is_stop("the", "zh"));
    // `die` is an article here and a verb there.
    assert!(is_stop("die", "de") && !is_stop("die", "en"));
}

#[test]
fn each_list_is_of_a_known_language_and_in_lower_case() {
    for (code, words) in LISTS {
        assert_eq!(language::known(code), Some(code));
        assert_eq!(words, words.to_lowercase(), "{code}");
    }
}
