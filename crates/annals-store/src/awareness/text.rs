//! Searching by words.
//!
//! The service makes words of a text: it knows languages, stems and how to cut text without blanks. A store keeps them as they come and compares them exactly. A word is text without blanks,
//! quotes or ASCII punctuation other than `_`; ASCII letters are lower case.

use super::{Choice, Direction, Entry, EntryId};

/// How much a word counts in the title, the body and the labels of an entry.
pub const WEIGHTS: [f64; 3] = [4.0, 1.0, 2.0];

/// The words of an entry, each field's joined by single blanks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    /// What names it: description, goal, message.
    pub title: String,
    /// What it says.
    pub body: String,
    /// What it is labelled with: tags, source, key, dates.
    pub labels: String,
    /// The language whose stems these are, by its code; `en` where nobody knows.
    pub language: &'static str,
}

/// The forms of one word, any of which is the word. One without forms is no word.
pub type Forms = Vec<String>;

/// Words that stand one after the other in a field.
pub type Phrase = Vec<Forms>;

/// What is looked for.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Question {
    /// The words, each of which may be missing in an entry; the more, the rarer and the more weighty of them it has, the earlier it comes.
    pub words: Vec<Forms>,
    /// Words that are made of others, such as an identifier beside its parts: who has one comes earlier, and nobody lacks it.
    pub wholes: Vec<Forms>,
    /// An entry must have each of these…
    pub phrases: Vec<Phrase>,
    /// … and none of these.
    pub without: Vec<Phrase>,
    /// Which way it points: entries whose vectors point the same way come too, and earlier.
    pub direction: Option<Direction>,
    /// Whether entries that have no word themselves come for the sake of those that the same source wrote right before and behind them.
    pub neighbours: bool,
    /// Whether entries that say the same come as one.
    pub folds: bool,
    /// Which entries are looked at: exactly these. `unread` is not asked for here.
    pub choice: Choice,
    /// So many are passed over.
    pub offset: u64,
    /// No more than this.
    pub limit: u64,
    /// None behind the entry with which there are more bytes than this by [`Entry::weight`]: whoever is given more than it knows that it may have been given too few.
    pub max_bytes: Option<usize>,
}

impl Question {
    /// Whether these hits ended for their bytes, so that there may be more behind them.
    pub fn is_cut(&self, hits: &[Hit]) -> bool {
        let n_bytes = hits.iter().fold(0_usize, |n_bytes, hit| n_bytes.saturating_add(hit.entry.weight()));
        self.max_bytes.is_some_and(|max_bytes| max_bytes < n_bytes)
    }

    /// Takes hits until there are enough, or enough bytes of them.
    pub fn fill<E>(&self, hits: impl Iterator<Item = Result<Hit, E>>) -> Result<Vec<Hit>, E> {
        let most = self.max_bytes.unwrap_or(usize::MAX);
        let (mut filled, mut n_bytes) = (Vec::new(), 0_usize);
        for hit in hits.take(usize::try_from(self.limit).unwrap_or(usize::MAX)) {
            let hit = hit?;
            n_bytes = n_bytes.saturating_add(hit.entry.weight());
            filled.push(hit);
            if most < n_bytes {
                break;
            }
        }
        Ok(filled)
    }
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Found {
    /// The entries of the page, best first.
    pub hits: Vec<Hit>,
    /// How much of what is asked the best of all pages has, from 0 to 1: see [`Hit::relevance`].
    pub relevance: f64,
    /// Whether vectors were compared: a direction was given, and its model serves.
    pub by_vectors: bool,
}

/// An entry that has some of the words.
#[derive(Clone, PartialEq, Debug)]
pub struct Hit {
    /// The entry.
    pub entry: Entry,
    /// How well it fits: the greater, the better. Comparable within one answer alone.
    pub score: f64,
    /// How much of what is asked it and those right beside it have, from 0 to 1, rare words counting more. Comparable between answers.
    pub relevance: f64,
    /// Entries that say the same and come behind it, where the question folds them.
    pub alike: Vec<EntryId>,
}

impl Hit {
    /// An entry that fits so well by itself.
    pub fn new(entry: Entry, score: f64, relevance: f64) -> Self {
        Self { entry, score, relevance, alike: Vec::new() }
    }
}

impl Terms {
    /// The words of all fields.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        [&self.title, &self.body, &self.labels].into_iter().flat_map(|field| field.split_ascii_whitespace())
    }
}
