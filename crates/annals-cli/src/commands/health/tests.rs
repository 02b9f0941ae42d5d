//! When the log's end counts as later than the clock.

use annals::Timestamp;

use super::ahead_ms;

#[test]
fn only_more_than_clocks_differ_is_ahead() {
    let at = |ms: i64| Timestamp::from_nanos(ms * 1_000_000);
    for (recorded_at, now, ahead) in [
        (0, 0, None),
        (0, 90_000, None),
        (5_000, 0, None),
        (5_001, 0, Some(5_001)),
        (86_400_000, 1_000, Some(86_399_000)),
    ] {
        assert_eq!(ahead_ms(at(recorded_at), at(now)), ahead);
    }
}
