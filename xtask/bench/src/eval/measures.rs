//! What is measured of a question's ranks, and how sure its average is.
//!
//! Pure: ranks in, figures out. An interval is a percentile bootstrap over the questions from a fixed seed, so that one file of results gives one figure.

use crate::numbers::float;
use crate::sample::Random;

/// How often the questions are drawn anew.
const N_RESAMPLES: usize = 1_000;
/// From where they are drawn.
const SEED: u64 = 95;

/// How much of what answers a question there is, and where it came on the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ranks {
    pub(super) n_evidence: usize,
    /// The ranks of what was found of it, from 1, the best first.
    pub(super) found: Vec<usize>,
}

/// An average over questions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Average {
    pub(super) value: f64,
    /// Between which it lies with a confidence of 95 %.
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Ranks {
    /// Which ranks of a page hold evidence; what is found twice counts once.
    pub(super) fn of<'a>(evidence: &[String], page: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut found: Vec<(&str, usize)> = Vec::new();
        for (key, rank) in page.zip(1..) {
            let Some(key) = key.filter(|key| evidence.iter().any(|one| one == key)) else { continue };
            if found.iter().all(|(known, _)| *known != key) {
                found.push((key, rank));
            }
        }
        Self { n_evidence: evidence.len(), found: found.into_iter().map(|(_, rank)| rank).collect() }
    }

    /// The share of the evidence among the first `k`.
    pub(super) fn recall(&self, k: usize) -> f64 {
        let n_found = self.found.iter().filter(|rank| **rank <= k).count();
        float(n_found as u64) / float(self.n_evidence.max(1) as u64)
    }

    /// One over the rank of the first evidence; 0 where none was found.
    pub(super) fn reciprocal(&self) -> f64 {
        self.found.first().map_or(0.0, |rank| 1.0 / float(*rank as u64))
    }

    /// The normalised discounted cumulative gain of the first `k` (Järvelin and Kekäläinen 2002, with `1 / log2(rank + 1)`), evidence being as good as other evidence.
    pub(super) fn gain(&self, k: usize) -> f64 {
        let gain = |rank: usize| 1.0 / float(rank as u64 + 1).log2();
        let best: f64 = (1..=self.n_evidence.min(k)).map(gain).sum();
        // A sum of nothing is negative zero, and would be shown with its sign.
        let found = self.found.iter().copied().filter(|rank| *rank <= k).map(gain).sum::<f64>() + 0.0;
        if best > 0.0 { found / best } else { 0.0 }
    }
}

impl Average {
    /// Of at least one value; of none, nothing is a number.
    pub(super) fn of(values: &[f64]) -> Self {
        let n = values.len() as u64;
        if n == 0 {
            return Self { value: f64::NAN, low: f64::NAN, high: f64::NAN };
        }
        let mut random = Random::seeded(SEED);
        let mut draw = || values[usize::try_from(random.below(n)).unwrap_or_default()];
        let mut means: Vec<f64> = (0..N_RESAMPLES).map(|_| (0..n).map(|_| draw()).sum::<f64>() / float(n)).collect();
        means.sort_by(f64::total_cmp);
        let cut = N_RESAMPLES / 40;
        Self { value: values.iter().sum::<f64>() / float(n), low: means[cut], high: means[N_RESAMPLES - 1 - cut] }
    }
}

#[cfg(test)]
mod tests;
