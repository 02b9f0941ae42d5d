//! Tests of the operations, against values from tables.

use ndarray::array;

use super::{erf, gelu, softmax};

#[test]
fn the_error_function_is_that_of_the_tables() {
    let cases =
        [(0.0, 0.0), (0.1, 0.112_462_92), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3), (4.0, 1.0)];
    for (number, value) in cases {
        assert!((erf(number) - value).abs() < 5e-7, "{number}: {}", erf(number));
        assert!((erf(-number) + value).abs() < 5e-7, "-{number}: {}", erf(-number));
    }
}

#[test]
fn the_activation_is_that_of_the_error_function_and_not_of_the_tangent() {
    let mut rows = array![[0.0, 1.0, -1.0, 2.0]];
    gelu(&mut rows);
    // By the tangent the second would be 0.841 192.
    for (found, value) in rows.iter().zip([0.0, 0.841_344_7, -0.158_655_25, 1.954_499_7]) {
        assert!((found - value).abs() < 1e-6, "{rows}");
    }
}

#[test]
fn large_numbers_do_not_overflow_in_a_softmax() {
    let mut rows = array![[1000.0, 1000.0], [-1000.0, 1000.0]];
    softmax(&mut rows);
    assert_eq!(rows, array![[0.5, 0.5], [0.0, 1.0]]);
}
