//! The words of one entry as a search weighs them: how often each stands in each field, by digests in their order.
//!
//! An entry is weighed for a question by looking a few words up, so it has them in a form that is looked up in. The text itself, as the index of words keeps it, would be read whole and cut again for
//! each question, which for a few hundred entries takes most of a search's time.
//!
//! A bag begins with the number of all its words (4 bytes), and has for each word its digest (4 bytes) and how often it stands in the title, the body and the labels (a byte each, 255 for more),
//! all little-endian, ordered by digest. Two words with one digest are one: that happens to one pair in four thousand million, and moves an entry a little in its order.

use crate::awareness::{Terms, WEIGHTS};

/// Bytes before the first word.
const HEAD: usize = 4;
/// Bytes a word.
const WIDTH: usize = 7;
/// Two entries say the same where so much of their words is shared.
const ALIKE: f64 = 0.9;

/// A bag as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Bag<'b>(&'b [u8]);

/// A few marks of a bag. Two that are alike have nearly as many words, and but for one pair in a hundred share the first or the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sketch {
    n_words: u32,
    first: u32,
    last: u32,
}

impl Sketch {
    /// Whether the bags may be alike.
    pub fn may_be_like(self, other: Self) -> bool {
        let (few, many) = (self.n_words.min(other.n_words), self.n_words.max(other.n_words));
        f64::from(many) * ALIKE <= f64::from(few) && (self.first == other.first || self.last == other.last)
    }
}

/// A bag of these words.
pub fn pack(terms: &Terms) -> Vec<u8> {
    pack_fields([&terms.title, &terms.body, &terms.labels])
}

/// A bag of the words in these fields.
pub fn pack_fields(fields: [&str; 3]) -> Vec<u8> {
    let mut words: Vec<(u32, usize)> = Vec::new();
    for (at, field) in fields.into_iter().enumerate() {
        words.extend(field.split_ascii_whitespace().map(|word| (digest(word), at)));
    }
    words.sort_unstable();
    let mut packed = Vec::with_capacity(HEAD + words.len() * WIDTH);
    packed.extend(u32::try_from(words.len()).unwrap_or(u32::MAX).to_le_bytes());
    for of_word in words.chunk_by(|one, other| one.0 == other.0) {
        let mut counts = [0_u8; 3];
        for (_, at) in of_word {
            counts[*at] = counts[*at].saturating_add(1);
        }
        packed.extend(of_word[0].0.to_le_bytes());
        packed.extend(counts);
    }
    packed
}

/// By what a word is looked up. FNV-1a of 64 bits, folded; see the draft `draft-eastlake-fnv`.
pub fn digest(word: &str) -> u32 {
    let folded = word
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let halves = folded ^ folded >> 32;
    u32::try_from(halves & u64::from(u32::MAX)).unwrap_or_default()
}

impl<'b> Bag<'b> {
    /// What a row holds. Whatever it is, it is no panic: what is cut off at its end is no word.
    pub fn new(packed: &'b [u8]) -> Self {
        Self(packed)
    }

    /// The number of all its words.
    pub fn length(self) -> f64 {
        self.0.first_chunk().map_or(0.0, |length| f64::from(u32::from_le_bytes(*length)))
    }

    /// How often a word is there, weighted by field.
    pub fn weight(self, digest: u32) -> f64 {
        let words = self.words();
        let found = words.binary_search_by(|word| digest_of(*word).cmp(&digest));
        found.map_or(0.0, |at| {
            let [.., title, body, labels] = words[at];
            [title, body, labels].into_iter().zip(WEIGHTS).map(|(n, weight)| f64::from(n) * weight).sum()
        })
    }

    /// Whether two entries say the same, whatever they are labelled with: nearly all of their words are shared.
    pub fn is_like(self, other: Self) -> bool {
        let (one, other) = (self.words(), other.words());
        let says = |word: &&[u8; WIDTH]| says(**word);
        let (mut one, mut other) = (one.iter().filter(says).peekable(), other.iter().filter(says).peekable());
        let (mut n_shared, mut n_all) = (0_u32, 0_u32);
        loop {
            let order = match (one.peek(), other.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(one), Some(other)) => digest_of(**one).cmp(&digest_of(**other)),
            };
            n_all += 1;
            n_shared += u32::from(order.is_eq());
            if order.is_le() {
                one.next();
            }
            if order.is_ge() {
                other.next();
            }
        }
        0 < n_all && f64::from(n_all) * ALIKE <= f64::from(n_shared)
    }

    /// What tells most pairs apart that are not alike.
    pub fn sketch(self) -> Sketch {
        let mut sketch = Sketch::default();
        for word in self.words().iter().filter(|word| says(**word)) {
            sketch.last = digest_of(*word);
            if sketch.n_words == 0 {
                sketch.first = sketch.last;
            }
            sketch.n_words += 1;
        }
        sketch
    }

    fn words(self) -> &'b [[u8; WIDTH]] {
        self.0.get(HEAD..).unwrap_or_default().as_chunks().0
    }
}

/// Whether a word stands elsewhere than in the labels.
fn says(word: [u8; WIDTH]) -> bool {
    0 < word[4] || 0 < word[5]
}

fn digest_of(word: [u8; WIDTH]) -> u32 {
    let [a, b, c, d, ..] = word;
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests;
