//! How well an entry fits a question: BM25 over the three fields, each word's occurrences weighted by the field, times how much of the question it has.
//!
//! A database's own ranking counts every row of every word anew for each question, which for common words of a large store takes longer than all the rest. Here the counts come from
//! outside, where they are bounded, and a row is weighed by its bag alone. See Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
//!
//! BM25 alone prefers a row that says one rare word often to one that has all that is asked: a question put in a sentence has words that are rare by chance. The coverage mends that.

use super::bag::{Bag, digest};

/// How soon more occurrences of a word count less.
const K1: f64 = 1.2;
/// How much a longer text must have more of them. Entries are short, and a longer one mostly says more.
const B: f64 = 0.3;
/// Of fewer rows than this, how few have a word says little about it.
const FEWEST_ROWS: u64 = 1_000;

/// A word of a question.
#[derive(Clone, PartialEq, Debug)]
pub struct Word {
    /// Its forms as the index has them, of which some row has each.
    pub forms: Vec<String>,
    /// The same as bags have them.
    digests: Vec<u32>,
    /// How many rows have it.
    pub n_rows: u64,
    /// What one occurrence is worth: the rarer the word, the more.
    worth: f64,
    /// Whether who lacks it lacks something.
    is_asked: bool,
}

/// What a row has of the words.
#[derive(Clone, PartialEq, Debug)]
pub struct Occurrences {
    /// Of each word, weighted by field.
    of_words: Vec<f64>,
    /// The number of all its words.
    length: f64,
}

/// What lengths are compared with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scale {
    usual_length: f64,
}

impl Word {
    /// A word whose forms so many of so many rows have.
    pub fn new(forms: Vec<String>, bare: &[String], n_rows: u64, n_all: u64, is_asked: bool) -> Self {
        let (having, all) = (float(n_rows), float(n_all.max(FEWEST_ROWS).max(n_rows)));
        let worth = (1.0 + (all - having + 0.5) / (having + 0.5)).ln();
        Self { forms, digests: bare.iter().map(|form| digest(form)).collect(), n_rows, worth, is_asked }
    }
}

/// Looks the words up in a bag.
pub fn occurrences(words: &[Word], bag: Bag<'_>) -> Occurrences {
    let of_word = |word: &Word| word.digests.iter().map(|digest| bag.weight(*digest)).sum();
    Occurrences { of_words: words.iter().map(of_word).collect(), length: bag.length() }
}

impl Occurrences {
    /// Whether it has any of the words.
    pub fn has_any(&self) -> bool {
        self.of_words.iter().any(|n| 0.0 < *n)
    }

    /// Adds what another has, for what two have together.
    pub fn join(&mut self, other: &Self) {
        for (own, others) in self.of_words.iter_mut().zip(&other.of_words) {
            *own += others;
        }
    }

    /// How much of what is asked it has, from 0 to 1, each word by its worth.
    pub fn coverage(&self, words: &[Word]) -> f64 {
        let asked = || words.iter().zip(&self.of_words).filter(|(word, _)| word.is_asked);
        let all: f64 = asked().map(|(word, _)| word.worth).sum();
        let had: f64 = asked().filter(|(_, n)| 0.0 < **n).map(|(word, _)| word.worth).sum();
        if 0.0 < all { had / all } else { f64::from(u8::from(self.has_any())) }
    }
}

impl Scale {
    /// The usual length of these.
    pub fn of<'a>(rows: impl Iterator<Item = &'a Occurrences>) -> Self {
        let (n_rows, length) = rows.fold((0.0, 0.0), |(n, length), row| (n + 1.0, length + row.length));
        Self { usual_length: if length > 0.0 { length / n_rows } else { 1.0 } }
    }

    /// The greater, the better it fits.
    pub fn score(self, words: &[Word], row: &Occurrences) -> f64 {
        let damping = K1 * (1.0 - B + B * row.length / self.usual_length);
        let worths = words.iter().zip(&row.of_words);
        let score: f64 = worths.map(|(word, n)| word.worth * n * (K1 + 1.0) / (n + damping)).sum();
        score * row.coverage(words)
    }
}

/// Numbers of rows are far below 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
