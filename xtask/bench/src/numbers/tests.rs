//! Figures, checked on values whose answer is known.

use super::*;

#[test]
fn quantiles_are_those_of_all_threads_together() {
    let (mut one, mut other) = (Times::new(), Times::new());
    for micros in 1..=900 {
        one.add(Duration::from_micros(micros));
    }
    for micros in 901..=1_000 {
        other.add(Duration::from_micros(micros));
    }
    one.merge(&other);
    let is_near = |value: f64, expected: f64| (value / expected - 1.0).abs() < 0.002;
    assert!(is_near(one.micros(0.5), 500.0), "p50 is {}", one.micros(0.5));
    assert!(is_near(one.millis(0.99), 0.99), "p99 is {}", one.millis(0.99));
    assert!(is_near(one.longest_micros(), 1_000.0));
}

#[test]
fn a_time_beyond_the_bounds_is_kept_as_the_longest() {
    let mut times = Times::new();
    times.add(Duration::from_mins(10));
    assert!(times.longest_micros() >= 59e6);
}

#[test]
fn the_median_does_not_mind_the_order() {
    assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    assert!(median(&[]).is_nan());
}

#[test]
fn numbers_keep_four_digits() {
    for (value, expected) in [(1.234_56, 1.235), (123_456.0, 123_500.0), (0.012_345_6, 0.01235), (0.0, 0.0)] {
        assert!((rounded(value) - expected).abs() < 1e-9, "{value} became {}", rounded(value));
    }
}
