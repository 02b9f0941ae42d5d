//! What the same source wrote right before and behind an entry.
//!
//! Memory comes in runs: a question in one entry is answered in the next, which need not name what it is about. So the best entries lend a part of their score to those beside them, and how
//! relevant an entry is, is asked of it together with those beside it.
//!
//! An entry of many words says what it is about itself: it lends to none and is lent nothing.
//!
//! A source may write several runs at once, such as two sessions of one agent. Where some of those around an entry have its very tags, they are its run, and the others are not beside it.

use std::collections::BTreeMap;

/// So many of the best lend.
pub const N_LENDERS: usize = 24;
/// What lies further apart, in nanoseconds, belongs to another occasion.
pub const MAX_NANOS: i64 = 3_600_000_000_000;
/// What the first, second and third beside an entry are lent of its score.
const SHARES: [f64; 3] = [0.4, 0.25, 0.12];
/// How far the relevance of an entry looks.
const IN_SIGHT: usize = 2;

/// The numbers of those beside an entry, the nearest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Beside {
    before: Vec<i64>,
    behind: Vec<i64>,
}

impl Beside {
    /// Of those around it, the nearest first, each with whether it has the same tags.
    pub fn of(before: Vec<(i64, bool)>, behind: Vec<(i64, bool)>) -> Self {
        let is_run = before.iter().chain(&behind).any(|(_, is_same)| *is_same);
        let nearest = |side: Vec<(i64, bool)>| {
            let run = side.into_iter().filter(|(_, is_same)| *is_same || !is_run);
            run.map(|(n, _)| n).take(SHARES.len()).collect()
        };
        Self { before: nearest(before), behind: nearest(behind) }
    }

    /// Those that an entry's relevance is asked of beside it.
    pub fn in_sight(&self) -> impl Iterator<Item = i64> {
        [&self.before, &self.behind].into_iter().flat_map(|side| side.iter().take(IN_SIGHT)).copied()
    }

    /// Lends parts of this score to those beside it.
    pub fn lend(&self, score: f64, lent: &mut BTreeMap<i64, f64>) {
        for side in [&self.before, &self.behind] {
            for (to, share) in side.iter().zip(SHARES) {
                *lent.entry(*to).or_default() += score * share;
            }
        }
    }
}
