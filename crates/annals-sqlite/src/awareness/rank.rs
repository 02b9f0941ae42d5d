//! How well an entry fits a question: BM25 over the three fields, each word's occurrences weighted by the field, times how much of the question it has.
//!
//! FTS5 has the first of these, but counts every row of every word anew for each question, which for common words of a large store takes longer than all the rest. Here the counts come from
//! outside, where they are bounded, and a row is weighed by its bag alone. See Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
//!
//! BM25 alone prefers a row that says one rare word often to one that has all that is asked: a question put in a sentence has words that are rare by chance. The coverage mends that.
//!
//! A long text has most words somewhere. Instead of how much of the question all of it has, the passage counts that has most of it.

use super::bag::{Bag, digest};

/// How soon more occurrences of a word count less.
const K1: f64 = 1.2;
/// How much a longer text must have more of them. Entries are short, and a longer one mostly says more.
const B: f64 = 0.3;
/// The same in a long text, which returns to what it is about.
const K1_LONG: f64 = 2.0;
/// Of fewer rows than this, how few have a word says little about it.
const FEWEST_ROWS: u64 = 1_000;

/// A word of a question.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Word {
    /// Its forms as the index has them, of which some row has each.
    pub(super) forms: Vec<String>,
    /// The same as bags have them.
    digests: Vec<u32>,
    /// How many rows have it.
    pub(super) n_rows: u64,
    /// What one occurrence is worth: the rarer the word, the more.
    worth: f64,
    /// Whether who lacks it lacks something.
    is_asked: bool,
}

/// What a row has of the words.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Occurrences {
    /// Of each word, weighted by field.
    of_words: Vec<f64>,
    /// The number of all its words.
    length: f64,
    /// Of each word in which passages it stands, where the text is long.
    passages: Option<Vec<u64>>,
}

/// What lengths are compared with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Scale {
    usual_length: f64,
}

impl Word {
    /// A word whose forms so many of so many rows have.
    pub(super) fn new(forms: Vec<String>, bare: &[String], n_rows: u64, n_all: u64, is_asked: bool) -> Self {
        let (having, all) = (float(n_rows), float(n_all.max(FEWEST_ROWS).max(n_rows)));
        let worth = (1.0 + (all - having + 0.5) / (having + 0.5)).ln();
        Self { forms, digests: bare.iter().map(|form| digest(form)).collect(), n_rows, worth, is_asked }
    }

    /// As FTS5 is asked for it, so that it is no operator.
    pub(super) fn quoted(&self) -> String {
        quoted(&self.forms)
    }
}

/// Any of these, as FTS5 is asked for it.
pub(super) fn quoted(forms: &[String]) -> String {
    forms.iter().map(|form| format!("\"{form}\"")).collect::<Vec<_>>().join(" OR ")
}

/// Looks the words up in a bag.
pub(super) fn occurrences(words: &[Word], bag: Bag<'_>) -> Occurrences {
    let of_word = |word: &Word| word.digests.iter().map(|digest| bag.weight(*digest)).sum();
    let places = |word: &Word| word.digests.iter().fold(0, |all, digest| all | bag.passages(*digest));
    let passages = bag.is_long().then(|| words.iter().map(places).collect());
    Occurrences { of_words: words.iter().map(of_word).collect(), length: bag.length(), passages }
}

impl Occurrences {
    /// Whether it is of so many words that it needs no neighbours to be understood.
    pub(super) fn is_long(&self) -> bool {
        self.passages.is_some()
    }

    /// Adds what another has, for what two have together.
    pub(super) fn join(&mut self, other: &Self) {
        for (own, others) in self.of_words.iter_mut().zip(&other.of_words) {
            *own += others;
        }
    }

    /// How much of what is asked it has, from 0 to 1, each word by its worth.
    pub(super) fn coverage(&self, words: &[Word]) -> f64 {
        share(words, self.of_words.iter().map(|n| 0.0 < *n))
    }

    /// What the best passage is worth, and how much of what is asked it has.
    fn best_passage(words: &[Word], passages: &[u64]) -> f64 {
        let places = passages.iter().fold(0, |all, of_word| all | of_word);
        let of_passage = |nth: u32| {
            let has = || passages.iter().map(move |of_word| of_word >> nth & 1 == 1);
            let worth: f64 = words.iter().zip(has()).filter(|(_, has)| *has).map(|(word, _)| word.worth).sum();
            worth * share(words, has())
        };
        (0..64).filter(|nth| places >> nth & 1 == 1).map(of_passage).fold(0.0, f64::max)
    }
}

impl Scale {
    /// The usual length of these.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a Occurrences>) -> Self {
        let (n_rows, length) = rows.fold((0.0, 0.0), |(n, length), row| (n + 1.0, length + row.length));
        Self { usual_length: if length > 0.0 { length / n_rows } else { 1.0 } }
    }

    /// The greater, the better it fits.
    pub(super) fn score(self, words: &[Word], row: &Occurrences) -> f64 {
        let by_all = |k1: f64| -> f64 {
            let damping = k1 * (1.0 - B + B * row.length / self.usual_length);
            words.iter().zip(&row.of_words).map(|(word, n)| word.worth * n * (k1 + 1.0) / (n + damping)).sum()
        };
        match &row.passages {
            None => by_all(K1) * row.coverage(words),
            // Two things that both say how well it fits.
            Some(passages) => f64::midpoint(by_all(K1_LONG), Occurrences::best_passage(words, passages)),
        }
    }
}

/// How much of what is asked is had, from 0 to 1, each word by its worth.
fn share(words: &[Word], has: impl Iterator<Item = bool>) -> f64 {
    let (mut all, mut had, mut any) = (0.0, 0.0, false);
    for (word, has) in words.iter().zip(has) {
        any |= has;
        if word.is_asked {
            all += word.worth;
            had += if has { word.worth } else { 0.0 };
        }
    }
    if 0.0 < all { had / all } else { f64::from(u8::from(any)) }
}

/// Numbers of rows are far below 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
