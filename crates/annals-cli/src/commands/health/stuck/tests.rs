//! When a file of events is certainly not durable.

use annals::Timestamp;

use super::age_ms;

#[test]
fn only_what_was_written_after_the_last_commit_and_long_ago_is_stuck() {
    let at = |ms: i64| Timestamp::from_nanos(ms * 1_000_000);
    for (written_at, recorded_at, now, age) in [
        (10_000, Some(9_000), 15_001, Some(5_001)),
        (10_000, Some(9_000), 15_000, None),
        (10_000, Some(10_000), 99_000, None),
        (10_000, Some(11_000), 99_000, None),
        (10_000, None, 99_000, Some(89_000)),
        (10_000, None, 9_000, None),
    ] {
        assert_eq!(age_ms(at(written_at), recorded_at.map(at), at(now)), age);
    }
}
