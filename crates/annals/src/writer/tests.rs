//! How long the writer lingers.

use std::time::Duration;

use super::linger;

#[test]
fn who_works_long_lingers_longer_up_to_a_bound_and_never_against_the_settings() {
    let millis = Duration::from_millis;
    for (usual, worked, expected) in [(2, 0, 2), (2, 1, 2), (2, 4, 8), (2, 500, 25), (40, 500, 40), (0, 500, 0)] {
        assert_eq!(linger(millis(usual), millis(worked)), millis(expected), "{usual} {worked}");
    }
}
