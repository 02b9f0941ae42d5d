//! The few operations of which an encoder is made, on matrices with a row for each word.

use std::f32::consts::FRAC_1_SQRT_2;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2};

/// A row times a matrix, plus a row.
pub(super) struct Linear {
    /// One row for each number that comes out.
    pub(super) weight: Array2<f32>,
    pub(super) bias: Array1<f32>,
}

impl Linear {
    pub(super) fn apply(&self, rows: &Array2<f32>) -> Array2<f32> {
        // The product is added to what is there.
        let mut out = Array2::zeros((rows.nrows(), self.bias.len()));
        out.rows_mut().into_iter().for_each(|mut row| row.assign(&self.bias));
        general_mat_mul(1.0, rows, &self.weight.t(), 1.0, &mut out);
        out
    }
}

/// Brings each row to the mean 0 and the variance 1, and then to what was learned.
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) epsilon: f32,
}

impl Norm {
    pub(super) fn apply(&self, rows: &mut Array2<f32>) {
        for mut row in rows.rows_mut() {
            let n_numbers = count(row.len());
            let mean = row.sum() / n_numbers;
            let variance = row.iter().map(|number| (number - mean).powi(2)).sum::<f32>() / n_numbers;
            let factor = 1.0 / (variance + self.epsilon).sqrt();
            for ((number, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
                *number = (*number - mean) * factor * weight + bias;
            }
        }
    }
}

/// Makes the numbers of each row positive and their sum 1.
pub(super) fn softmax(rows: &mut Array2<f32>) {
    for mut row in rows.rows_mut() {
        let largest = row.fold(f32::NEG_INFINITY, |largest, number| largest.max(*number));
        row.mapv_inplace(|number| (number - largest).exp());
        let sum = row.sum();
        row.mapv_inplace(|number| number / sum);
    }
}

/// The activation of BERT, by the error function and not by the tangent that others put in its place.
pub(super) fn gelu(rows: &mut Array2<f32>) {
    rows.mapv_inplace(|number| 0.5 * number * (1.0 + erf(number * FRAC_1_SQRT_2)));
}

/// The error function, to 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26).
fn erf(number: f32) -> f32 {
    let size = number.abs();
    let step = 1.0 / (1.0 + 0.327_591_1 * size);
    let sum = [1.061_405_4, -1.453_152, 1.421_413_8, -0.284_496_74, 0.254_829_6_f32]
        .into_iter()
        .fold(0.0, |sum, factor| sum * step + factor);
    (1.0 - sum * step * (-size * size).exp()).copysign(number)
}

#[expect(clippy::cast_precision_loss, reason = "no row and no text has as many as 2^24")]
pub(super) fn count(n: usize) -> f32 {
    n as f32
}

#[cfg(test)]
mod tests;
