//! How many rows have the words that very many have, counted once for many questions.
//!
//! Counting takes a walk along a part of the index for each word. A word that a few hundred rows have is counted anew each time, since it may be gone a moment later; of one that more have, the number
//! moves slowly, and only says how much the word is worth. So it is kept until the database has grown or shrunk by a part.
//!
//! Nothing of a word is kept but a digest, so that what is erased is not left here.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// More words than this are not kept.
const MAX_WORDS: usize = 8_192;
/// Words are counted anew when the last number has moved by this part of it.
const PART: u64 = 64;

/// The counts of one store, of all its spaces.
#[derive(Default)]
pub(crate) struct Common {
    digests: RandomState,
    /// Held for moments.
    known: Mutex<HashMap<u64, Counted>>,
}

#[derive(Clone, Copy)]
struct Counted {
    n_rows: u64,
    /// The last number of an entry when it was counted.
    last: i64,
}

impl Common {
    /// How many rows have a word, if that was counted when the database was nearly as it is.
    pub(super) fn known(&self, word: &str, last: i64) -> Option<u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = known.get(&self.digests.hash_one(word))?;
        (last.abs_diff(counted.last) <= last.unsigned_abs() / PART).then_some(counted.n_rows)
    }

    /// Keeps how many rows have a word.
    pub(super) fn keep(&self, word: &str, n_rows: u64, last: i64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if MAX_WORDS <= known.len() {
            known.clear();
        }
        known.insert(self.digests.hash_one(word), Counted { n_rows, last });
    }
}

#[cfg(test)]
mod tests;
