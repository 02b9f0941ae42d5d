//! When a count is believed.

use super::*;

#[test]
fn a_count_is_believed_until_the_database_has_moved_by_a_part() {
    let common = Common::default();
    assert_eq!(common.known("1_disk", 6_400), None);
    common.keep("1_disk", 700, 6_400);
    for last in [6_350, 6_400, 6_500] {
        assert_eq!(common.known("1_disk", last), Some(700), "{last}");
        assert_eq!(common.known("2_disk", last), None, "another space's");
    }
    for last in [0, 6_200, 6_600, 640_000] {
        assert_eq!(common.known("1_disk", last), None, "{last}");
    }
    common.keep("1_disk", 900, 6_600);
    assert_eq!(common.known("1_disk", 6_600), Some(900));
}

#[test]
fn no_more_words_are_kept_than_its_bound() {
    let common = Common::default();
    for n in 0..3 * MAX_WORDS {
        common.keep(&format!("1_{n}"), 600, 1_000_000);
    }
    assert!(common.known.lock().unwrap().len() <= MAX_WORDS);
    assert_eq!(common.known(&format!("1_{}", 3 * MAX_WORDS - 1), 1_000_000), Some(600));
}
