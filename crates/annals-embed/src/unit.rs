//! Vectors of length 1.

/// Brings a vector to length 1, and says whether that was possible: not for one with something that is no number, or of zeros alone.
pub(crate) fn bring_to_unit(vector: &mut [f32]) -> bool {
    let square: f64 = vector.iter().map(|number| f64::from(*number).powi(2)).sum();
    // An infinity or what is no number makes the sum one too.
    if !square.is_finite() || square <= 0.0 {
        return false;
    }
    let length = square.sqrt();
    for number in vector.iter_mut() {
        *number = narrow(f64::from(*number) / length);
    }
    true
}

#[expect(clippy::cast_possible_truncation, reason = "it is at most 1, and the nearest number that fits is wanted")]
fn narrow(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests;
