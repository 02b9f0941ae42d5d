//! How well a text fits a question: BM25 over the three fields, each word's occurrences weighted by the field.
//!
//! FTS5 has the same function, but counts every row of every word anew for each question, which for common words of a large store takes longer than all the rest. Here the counts come from
//! outside, where they are bounded, and a row is weighed by its text alone. See Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.

use annals_store::awareness::WEIGHTS;

/// How soon more occurrences of a word count less.
const K1: f64 = 1.2;
/// How much a longer text must have more of them.
const B: f64 = 0.75;

/// A word of a question.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Word {
    /// As the index has it.
    pub(super) text: String,
    /// How many rows have it.
    pub(super) n_rows: u64,
    /// What one occurrence is worth: the rarer the word, the more.
    worth: f64,
}

/// What a row has of the words.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Occurrences {
    /// Of each word, weighted by field.
    of_words: Vec<f64>,
    /// The number of all its words.
    length: f64,
}

/// What lengths are compared with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Scale {
    usual_length: f64,
}

impl Word {
    /// A word that so many of so many rows have.
    pub(super) fn new(text: &str, n_rows: u64, n_all: u64) -> Self {
        let (having, all) = (float(n_rows), float(n_all));
        let worth = (1.0 + (all - having + 0.5) / (having + 0.5)).ln();
        Self { text: text.to_owned(), n_rows, worth }
    }

    /// As FTS5 is asked for it, so that it is no operator.
    pub(super) fn quoted(&self) -> String {
        format!("\"{}\"", self.text)
    }
}

/// Counts the words in the fields of a row.
pub(super) fn occurrences(words: &[Word], fields: [&str; 3]) -> Occurrences {
    let (mut of_words, mut length) = (vec![0.0; words.len()], 0.0);
    for (field, weight) in fields.into_iter().zip(WEIGHTS) {
        for known in field.split_ascii_whitespace() {
            length += 1.0;
            // The words of a question are few, and most differ in length or in their first bytes behind the space's number.
            if let Some(at) = words.iter().position(|word| word.text == known) {
                of_words[at] += weight;
            }
        }
    }
    Occurrences { of_words, length }
}

impl Scale {
    /// The usual length of these.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a Occurrences>) -> Self {
        let (n_rows, length) = rows.fold((0.0, 0.0), |(n, length), row| (n + 1.0, length + row.length));
        Self { usual_length: if length > 0.0 { length / n_rows } else { 1.0 } }
    }

    /// The greater, the better it fits.
    pub(super) fn score(self, words: &[Word], row: &Occurrences) -> f64 {
        let damping = K1 * (1.0 - B + B * row.length / self.usual_length);
        let worths = words.iter().zip(&row.of_words);
        worths.map(|(word, n)| word.worth * n * (K1 + 1.0) / (n + damping)).sum()
    }
}

/// Numbers of rows are far below 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
