//! What is near, also after much has changed.

use proptest::prelude::*;

use super::*;

/// A vector of length 1 that differs for each number.
fn vector(seed: u64, dimension: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let numbers: Vec<f32> = (0..dimension)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            f32::from(u16::try_from(state >> 48).expect("sixteen bits are left")) / 32_768.0 - 1.0
        })
        .collect();
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    numbers.into_iter().map(|number| number / length).collect()
}

/// Every row, in no order.
fn all(matrix: &Matrix, question: &[f32]) -> Vec<Near> {
    matrix.cosines(question).into_iter().enumerate().map(|(at, cosine)| matrix.row(at, cosine)).collect()
}

fn exact(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

#[test]
fn steps_say_nearly_what_the_vectors_say() {
    let mut matrix = Matrix::new(384);
    let vectors: Vec<Vec<f32>> = (1..200).map(|seed| vector(seed, 384)).collect();
    for (v, vector) in (1..).zip(&vectors) {
        matrix.add(v, v, true, vector);
    }
    let question = vector(1_000, 384);
    for near in all(&matrix, &question) {
        let at = usize::try_from(near.v - 1).unwrap();
        assert!((near.cosine - exact(&question, &vectors[at])).abs() < 0.01, "{near:?}");
    }
    assert_eq!(matrix.last(), 199);
}

#[test]
fn the_nearest_come_in_order() {
    let cosines = [0.1, 0.9, 0.5, -0.2, 0.9];
    assert_eq!(nearest(&cosines, 3), [4, 1, 2]);
    assert_eq!(nearest(&cosines, 1), [4]);
    assert_eq!(nearest(&cosines, 9).len(), 5);
    assert_eq!(nearest(&[], 9).len(), 0);
}

#[test]
fn a_walk_that_threads_share_says_the_same_of_each_row() {
    let (dimension, n_rows) = (1_001, 4_501);
    assert!(SHARED < dimension * n_rows);
    let mut matrix = Matrix::new(dimension);
    for v in 1..=i64::try_from(n_rows).unwrap() {
        matrix.add(v, v, true, &vector(v.unsigned_abs(), dimension));
    }
    let question = vector(77, dimension);
    let (codes, step) = steps(&question);
    let alone: Vec<f32> = (matrix.rows.iter().zip(matrix.codes.chunks(dimension)))
        .map(|(row, own)| row.step * step * product(own, &codes))
        .collect();
    assert_eq!(matrix.cosines(&question), alone);
}

#[test]
fn a_vector_of_another_width_and_one_of_nothing_are_no_neighbours() {
    let mut matrix = Matrix::new(4);
    matrix.add(1, 1, true, &[1.0, 0.0]);
    matrix.add(2, 2, true, &[0.0; 4]);
    let all = all(&matrix, &[1.0, 0.0, 0.0, 0.0]);
    assert_eq!(all.len(), 1);
    assert!(all[0].cosine.abs() < 1e-9);
    assert_eq!(matrix.last(), 2);
}

proptest! {
    #[test]
    fn the_nearest_are_those_of_all_in_their_order(
        cosines in proptest::collection::vec(prop_oneof![-1.0_f32..1.0, Just(0.5)], 0..300),
        most in 0_usize..40,
    ) {
        let mut places: Vec<usize> = (0..cosines.len()).collect();
        places.sort_by(|one, other| cosines[*other].total_cmp(&cosines[*one]).then(other.cmp(one)));
        places.truncate(most);
        prop_assert_eq!(nearest(&cosines, most), places);
    }

    /// Entries come, are changed and go in any order; what is left are the passages that each has now.
    #[test]
    fn what_is_forgotten_or_changed_leaves_no_trace(steps in proptest::collection::vec((0_i64..6, 0_usize..4), 1..40)) {
        let mut matrix = Matrix::new(8);
        let mut model: HashMap<i64, Vec<i64>> = HashMap::new();
        let mut v = 0;
        for (n, n_passages) in steps {
            model.remove(&n);
            if n_passages == 0 {
                matrix.forget(n);
            }
            for nth in 0..n_passages {
                v += 1;
                matrix.add(v, n, nth == 0, &vector(v.unsigned_abs(), 8));
                model.entry(n).or_default().push(v);
            }
        }
        let question = vector(99, 8);
        let mut expected: Vec<i64> = model.values().flatten().copied().collect();
        let mut all_rows: Vec<i64> = all(&matrix, &question).iter().map(|near| near.v).collect();
        let mut by_entry: Vec<i64> = matrix.of(0..6, &question).iter().map(|near| near.v).collect();
        expected.sort_unstable();
        all_rows.sort_unstable();
        by_entry.sort_unstable();
        prop_assert_eq!(&all_rows, &expected);
        prop_assert_eq!(&by_entry, &expected);
        for near in all(&matrix, &question) {
            prop_assert!((near.cosine - exact(&question, &vector(near.v.unsigned_abs(), 8))).abs() < 0.05);
        }
    }
}
