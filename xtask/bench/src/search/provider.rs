//! A provider of vectors that needs no time: the direction of a text's first word, and as much of its own.

use std::sync::Arc;
use std::time::Duration;

use annals_embed::{Embedder, Failure};

use crate::sample::Random;

/// As many numbers as the vectors of small models have.
pub(crate) const DIMENSION: usize = 384;

/// See the module.
pub(crate) struct Instant;

impl Embedder for Instant {
    fn model(&self) -> &'static str {
        "bench"
    }

    fn dimension(&self) -> Option<usize> {
        Some(DIMENSION)
    }

    fn other(&self, _: &str) -> Option<Arc<dyn Embedder>> {
        None
    }

    fn embed(&self, texts: &[&str], _: Duration) -> Result<Vec<Vec<f32>>, Failure> {
        Ok(texts.iter().map(|text| vector(text)).collect())
    }
}

/// The vector of a text.
pub(super) fn vector(text: &str) -> Vec<f32> {
    let first = text.split_whitespace().next().unwrap_or_default();
    let (cluster, own) = (direction(first), direction(text));
    unit(cluster.into_iter().zip(own).map(|(cluster, own)| cluster + own).collect())
}

fn direction(text: &str) -> Vec<f32> {
    let seed = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mut random = Random::seeded(seed);
    // The sum of some even throws is nearly normal.
    let mut throw =
        || (0..4).map(|_| f32::from(u16::try_from(random.below(2_001)).unwrap_or_default()) - 1_000.0).sum();
    unit((0..DIMENSION).map(|_| throw()).collect())
}

fn unit(vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    vector.into_iter().map(|number| number / length).collect()
}
