//! Figures out of measurements: quantiles, medians, and numbers short enough to be read.

use std::time::Duration;

use hdrhistogram::Histogram;

/// A minute: no single call takes longer, or there is nothing to tell of it.
const LONGEST_NS: u64 = 60_000_000_000;

/// Times of single calls, three digits kept.
pub(crate) struct Times(Histogram<u64>);

impl Times {
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_NS, 3).expect("the bounds are constants"))
    }

    pub(crate) fn add(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(LONGEST_NS).max(1));
    }

    /// Takes over what another thread measured.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    /// A quantile in microseconds.
    pub(crate) fn micros(&self, quantile: f64) -> f64 {
        float(self.0.value_at_quantile(quantile)) / 1e3
    }

    /// A quantile in milliseconds.
    pub(crate) fn millis(&self, quantile: f64) -> f64 {
        self.micros(quantile) / 1e3
    }

    /// The longest in microseconds.
    pub(crate) fn longest_micros(&self) -> f64 {
        float(self.0.max()) / 1e3
    }
}

/// The middle one; of an even number the upper of the two.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// So many a second.
pub(crate) fn rate(n: u64, time: Duration) -> f64 {
    float(n) / time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "counts and nanoseconds here stay far below 2^53")]
pub(crate) fn float(n: u64) -> f64 {
    n as f64
}

/// Four digits that mean something.
pub(crate) fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powf(3.0 - value.abs().log10().floor());
    let rounded = (value * scale).round() / scale;
    // The division may leave a tail of binary digits; the shortest decimal form has none.
    format!("{rounded:.6}").parse().unwrap_or(rounded)
}

#[cfg(test)]
mod tests;
