//! The vectors of one space and model in memory, as they are compared with a question's.
//!
//! Each number is kept as one of 255 steps, which is a quarter of the memory, so that 100 000 vectors of 384 dimensions are 38 MB and one walk through them takes milliseconds. What the steps say
//! is near enough to choose a few hundred; which of these are nearest is then said by the vectors themselves, read from the database.

#[cfg(all(feature = "wide", target_arch = "x86_64"))]
mod wide;

use std::collections::HashMap;
use std::sync::OnceLock;
use std::thread;

/// From so many numbers on, a walk is shared among threads: it takes a millisecond, and to start one takes a part of a tenth of that.
const SHARED: usize = 4 << 20;
/// More threads than these wait for the memory.
const MAX_HANDS: usize = 4;
/// Steps of one sign.
const STEPS: f32 = 127.0;

/// The vectors of one space and model.
#[derive(Debug)]
pub(super) struct Matrix {
    dimension: usize,
    rows: Vec<Row>,
    /// `dimension` numbers for each row.
    codes: Vec<i8>,
    /// The rows of each entry.
    of_entry: HashMap<i64, Vec<usize>>,
    /// The greatest `v` that was read.
    last: i64,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    v: i64,
    n: i64,
    /// The size of a step.
    step: f32,
}

/// A row that may be near.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Near {
    pub(super) v: i64,
    pub(super) n: i64,
    /// About the cosine.
    pub(super) cosine: f32,
}

impl Matrix {
    pub(super) fn new(dimension: usize) -> Self {
        Self { dimension, rows: Vec::new(), codes: Vec::new(), of_entry: HashMap::new(), last: 0 }
    }

    /// The greatest `v` that was read.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// Bytes in memory, about.
    pub(super) fn n_bytes(&self) -> usize {
        self.codes.capacity() + self.rows.capacity() * size_of::<Row>() + self.of_entry.len() * 64
    }

    /// Adds what was read behind the last, by `v`: the passages of an entry take the place of those that it had.
    pub(super) fn add(&mut self, v: i64, n: i64, is_first: bool, vector: &[f32]) {
        if is_first {
            self.forget(n);
        }
        self.last = self.last.max(v);
        if vector.len() != self.dimension {
            return;
        }
        let (codes, step) = steps(vector);
        self.of_entry.entry(n).or_default().push(self.rows.len());
        self.rows.push(Row { v, n, step });
        self.codes.extend(codes);
    }

    /// Removes the rows of an entry.
    pub(super) fn forget(&mut self, n: i64) {
        let Some(mut places) = self.of_entry.remove(&n) else { return };
        // From the back, so that no place that is left to remove is moved.
        places.sort_unstable();
        for at in places.into_iter().rev() {
            self.rows.swap_remove(at);
            let (from, width) = (self.rows.len(), self.dimension);
            self.codes.copy_within(from * width..(from + 1) * width, at * width);
            self.codes.truncate(from * width);
            if let Some(moved) = self.rows.get(at)
                && let Some(places) = self.of_entry.get_mut(&moved.n)
                && let Some(place) = places.iter_mut().find(|place| **place == from)
            {
                *place = at;
            }
        }
    }

    /// How near each row is: cosines, about, in the order of [`Self::row`].
    pub(super) fn cosines(&self, question: &[f32]) -> Vec<f32> {
        let (codes, step) = steps(question);
        let scales = || self.rows.iter().map(|row| row.step * step).collect::<Vec<f32>>();
        let n_hands = if self.codes.len() < SHARED { 1 } else { n_hands() };
        let mut cosines = scales();
        if !self.multiply(&codes, &mut cosines, n_hands) {
            cosines = scales();
            self.multiply(&codes, &mut cosines, 1);
        }
        cosines
    }

    /// Multiplies all rows, shared among so many threads. Where the system starts no more, a part is left undone, and this answers `false`.
    fn multiply(&self, question: &[i8], cosines: &mut [f32], n_hands: usize) -> bool {
        let n_rows = self.rows.len().div_ceil(n_hands).max(1);
        let n_codes = n_rows.saturating_mul(self.dimension).max(1);
        let parts = self.codes.chunks(n_codes).zip(cosines.chunks_mut(n_rows));
        let mut parts = parts.map(|(rows, cosines)| Products { rows, question, cosines });
        let own = parts.next();
        thread::scope(|scope| {
            let mut all_started = true;
            for part in parts {
                all_started &= thread::Builder::new().spawn_scoped(scope, || part.multiply()).is_ok();
            }
            if let Some(part) = own {
                part.multiply();
            }
            all_started
        })
    }

    /// The row at this place.
    pub(super) fn row(&self, at: usize, cosine: f32) -> Near {
        Near { v: self.rows[at].v, n: self.rows[at].n, cosine }
    }

    /// How near the rows of these entries are.
    pub(super) fn of(&self, entries: impl Iterator<Item = i64>, question: &[f32]) -> Vec<Near> {
        let (codes, step) = steps(question);
        let places = entries.filter_map(|n| self.of_entry.get(&n)).flatten();
        places
            .map(|at| {
                let (row, own) = (self.rows[*at], &self.codes[at * self.dimension..(at + 1) * self.dimension]);
                Near { v: row.v, n: row.n, cosine: product(own, &codes) * row.step * step }
            })
            .collect()
    }
}

/// How many threads share a walk.
fn n_hands() -> usize {
    static HANDS: OnceLock<usize> = OnceLock::new();
    *HANDS.get_or_init(|| thread::available_parallelism().map_or(1, usize::from).min(MAX_HANDS))
}

/// The places of the nearest so many, the nearest first, and of all where there are no more. One walk: what is further than so many that were met is passed by.
pub(super) fn nearest(cosines: &[f32], most: usize) -> Vec<usize> {
    let order = |one: &usize, other: &usize| cosines[*other].total_cmp(&cosines[*one]).then(other.cmp(one));
    let n_kept = most.saturating_mul(4);
    let mut places: Vec<usize> = Vec::new();
    let mut least = f32::NEG_INFINITY;
    for (at, cosine) in cosines.iter().enumerate() {
        if *cosine < least {
            continue;
        }
        places.push(at);
        if n_kept <= places.len() && 0 < most {
            let (_, furthest, _) = places.select_nth_unstable_by(most - 1, order);
            least = cosines[*furthest];
            places.truncate(most);
        }
    }
    places.sort_unstable_by(order);
    places.truncate(most);
    places
}

/// Multiplies each row with a question, by instructions as wide as the machine has.
struct Products<'a> {
    rows: &'a [i8],
    question: &'a [i8],
    /// What a product of steps is worth, and then the product.
    cosines: &'a mut [f32],
}

impl Products<'_> {
    fn multiply(self) {
        #[cfg(all(feature = "wide", target_arch = "x86_64"))]
        if let Some(machine) = pulp::x86::V3::try_new() {
            machine.vectorize(wide::Wide { machine, products: self });
            return;
        }
        for (row, cosine) in self.rows.chunks_exact(self.question.len().max(1)).zip(self.cosines) {
            *cosine *= product(row, self.question);
        }
    }
}

/// A vector in steps, and the size of one.
fn steps(vector: &[f32]) -> (Vec<i8>, f32) {
    let longest = vector.iter().fold(0.0_f32, |longest, number| longest.max(number.abs()));
    if longest == 0.0 {
        return (vec![0; vector.len()], 0.0);
    }
    let step = longest / STEPS;
    (vector.iter().map(|number| step_of(number / step)).collect(), step)
}

#[expect(clippy::cast_possible_truncation, reason = "the longest number is 127 steps")]
fn step_of(steps: f32) -> i8 {
    steps.round() as i8
}

/// The product of two vectors in steps. A vector has too few numbers for the sum to grow beyond 31 bits.
#[expect(clippy::cast_precision_loss, reason = "rounding in the eighth digit says nothing about steps")]
fn product(one: &[i8], other: &[i8]) -> f32 {
    let mut sum = 0_i32;
    for (one, other) in one.iter().zip(other) {
        sum += i32::from(*one) * i32::from(*other);
    }
    sum as f32
}

#[cfg(test)]
mod tests;
