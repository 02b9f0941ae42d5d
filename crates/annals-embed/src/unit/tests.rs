//! Tests of vectors of length 1.

use super::bring_to_unit;

#[test]
fn a_vector_gets_length_one_however_large_or_small_it_is() {
    for factor in [1e-22_f32, 1.0, 1e22] {
        let mut vector = [3.0 * factor, 4.0 * factor];
        assert!(bring_to_unit(&mut vector));
        assert!((vector[0] - 0.6).abs() < 1e-6 && (vector[1] - 0.8).abs() < 1e-6, "{vector:?}");
    }
}

#[test]
fn what_has_no_direction_is_refused() {
    for vector in [&[][..], &[0.0, -0.0], &[1.0, f32::NAN], &[f32::INFINITY, 1.0]] {
        assert!(!bring_to_unit(&mut vector.to_vec()), "{vector:?}");
    }
}
