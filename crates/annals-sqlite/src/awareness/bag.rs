//! The words of one entry as a search weighs them: how often each stands in each field, by digests in their order.
//!
//! An entry is weighed for a question by looking a few words up, so it has them in a form that is looked up in. The text itself, as the index of words keeps it, would be read whole and cut again for
//! each question, which for a few hundred entries takes most of a search's time.
//!
//! A bag begins with the number of all its words (4 bytes), and has for each word its digest (4 bytes) and how often it stands in the title, the body and the labels (a byte each, 255 for more),
//! all little-endian, ordered by digest. Two words with one digest are one: that happens to one pair in four thousand million, and moves an entry a little in its order.
//!
//! A long text is about many things, so what counts of it is whether one passage has what is asked. Its number of words has the highest bit set, and behind the words come, in the same order, 8 bytes each:
//! in which of at most 64 parts of the text the word stands. Its labels stand for all of it.

use annals_store::awareness::{Terms, WEIGHTS};
use rusqlite::{Connection, Row, params};

use super::sql;

/// The last of the fields.
const LABELS: usize = 2;
/// Bytes before the first word.
const HEAD: usize = 4;
/// Bytes a word.
const WIDTH: usize = 7;
/// More words than this are a long text.
const LONG: usize = 150;
/// Words a part, if the text has not more of them than there can be parts.
const PART: usize = 20;
/// Bytes a word's parts.
const PARTS: usize = 8;
/// Set in the number of words of a long text.
const IS_LONG: u32 = 1 << 31;
/// Two entries say the same where so much of their words is shared.
const ALIKE: f64 = 0.9;

/// A bag as it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bag<'b>(&'b [u8]);

/// A few marks of a bag. Two that are alike have nearly as many words, and but for one pair in a hundred share the first or the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Sketch {
    n_words: u32,
    first: u32,
    last: u32,
}

impl Sketch {
    /// Whether the bags may be alike.
    pub(super) fn may_be_like(self, other: Self) -> bool {
        let (few, many) = (self.n_words.min(other.n_words), self.n_words.max(other.n_words));
        f64::from(many) * ALIKE <= f64::from(few) && (self.first == other.first || self.last == other.last)
    }
}

/// A bag of these words.
pub(super) fn pack(terms: &Terms) -> Vec<u8> {
    pack_fields([&terms.title, &terms.body, &terms.labels])
}

/// A bag of the words in these fields.
pub(super) fn pack_fields(fields: [&str; 3]) -> Vec<u8> {
    // Each with its digest, its field and its place in the text.
    let mut words: Vec<(u32, usize, usize)> = Vec::new();
    for (field, text) in fields.into_iter().enumerate() {
        words.extend(text.split_ascii_whitespace().map(|word| (digest(word), field)).zip(words.len()..).map(flat));
    }
    let (n_words, is_long) = (words.len(), LONG < words.len());
    words.sort_unstable();
    let mut packed = Vec::with_capacity(HEAD + n_words * (WIDTH + if is_long { PARTS } else { 0 }));
    let length = u32::try_from(n_words).unwrap_or(u32::MAX).min(IS_LONG - 1);
    packed.extend((length | if is_long { IS_LONG } else { 0 }).to_le_bytes());
    let of_words = || words.chunk_by(|one, other| one.0 == other.0);
    for of_word in of_words() {
        let mut counts = [0_u8; 3];
        for (_, field, _) in of_word {
            counts[*field] = counts[*field].saturating_add(1);
        }
        packed.extend(of_word[0].0.to_le_bytes());
        packed.extend(counts);
    }
    if is_long {
        let part = PART.max(n_words.div_ceil(64));
        for of_word in of_words() {
            let parts = of_word.iter().map(|(_, field, at)| if *field == LABELS { u64::MAX } else { 1 << (at / part) });
            packed.extend(parts.fold(0, |all, of_one| all | of_one).to_le_bytes());
        }
    }
    packed
}

fn flat(((digest, field), at): ((u32, usize), usize)) -> (u32, usize, usize) {
    (digest, field, at)
}

/// By what a word is looked up. FNV-1a of 64 bits, folded; see the draft `draft-eastlake-fnv`.
pub(super) fn digest(word: &str) -> u32 {
    let folded = word
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let halves = folded ^ folded >> 32;
    u32::try_from(halves & u64::from(u32::MAX)).unwrap_or_default()
}

impl<'b> Bag<'b> {
    /// What a row holds. Whatever it is, it is no panic: what is cut off at its end is no word.
    pub(super) fn new(packed: &'b [u8]) -> Self {
        Self(packed)
    }

    /// The number of all its words.
    pub(super) fn length(self) -> f64 {
        f64::from(self.n_words())
    }

    /// Whether it is of so many words that its passages count.
    pub(super) fn is_long(self) -> bool {
        self.head() & IS_LONG != 0
    }

    /// In which passages a word stands, the first the lowest bit: a passage is two parts that follow each other. Of a text that is not long none.
    pub(super) fn passages(self, digest: u32) -> u64 {
        let (words, parts) = self.halves();
        let found = words.binary_search_by(|word| digest_of(*word).cmp(&digest));
        let parts = found.ok().and_then(|at| parts.get(at)).map_or(0, |parts| u64::from_le_bytes(*parts));
        parts | parts >> 1
    }

    /// How often a word is there, weighted by field.
    pub(super) fn weight(self, digest: u32) -> f64 {
        let words = self.words();
        let found = words.binary_search_by(|word| digest_of(*word).cmp(&digest));
        found.map_or(0.0, |at| {
            let [.., title, body, labels] = words[at];
            [title, body, labels].into_iter().zip(WEIGHTS).map(|(n, weight)| f64::from(n) * weight).sum()
        })
    }

    /// Whether two entries say the same, whatever they are labelled with: nearly all of their words are shared.
    pub(super) fn is_like(self, other: Self) -> bool {
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
    pub(super) fn sketch(self) -> Sketch {
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

    fn n_words(self) -> u32 {
        self.head() & !IS_LONG
    }

    fn head(self) -> u32 {
        self.0.first_chunk().map_or(0, |head| u32::from_le_bytes(*head))
    }

    fn words(self) -> &'b [[u8; WIDTH]] {
        self.halves().0
    }

    /// Its words, and of a long text the parts of each.
    fn halves(self) -> (&'b [[u8; WIDTH]], &'b [[u8; PARTS]]) {
        let rest = self.0.get(HEAD..).unwrap_or_default();
        if !self.is_long() {
            return (rest.as_chunks().0, &[]);
        }
        let (words, parts) = rest.split_at(rest.len() / (WIDTH + PARTS) * WIDTH);
        (words.as_chunks().0, parts.as_chunks().0)
    }
}

/// Gives a bag to each entry of a database from before there were any, by the words that its index keeps.
pub(crate) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let (mut texts, mut put) = (connection.prepare(sql::ALL_TEXTS)?, connection.prepare(sql::PUT_BAG)?);
    let mut rows = texts.query([])?;
    while let Some(row) = rows.next()? {
        put.execute(params![row.get::<_, i64>(0)?, of_row(row, 1)?])?;
    }
    Ok(())
}

/// The bag of the words that the index keeps, whose fields stand at this column and the next.
pub(super) fn of_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Vec<u8>> {
    let field = |at: usize| -> rusqlite::Result<String> {
        let words = row.get_ref(first + at)?.as_str_or_null()?.unwrap_or_default().split_ascii_whitespace();
        // Each begins with the number of its space.
        let bare = words.map(|word| word.split_once('_').map_or(word, |(_, bare)| bare));
        Ok(bare.collect::<Vec<_>>().join(" "))
    };
    Ok(pack_fields([&field(0)?, &field(1)?, &field(2)?]))
}

/// Whether a row holds the bag of its words, as it is made now or, of a long text, as it was before there were parts.
pub(super) fn is_of_words(kept: &[u8], words: &[u8]) -> bool {
    let bag = Bag::new(words);
    kept == words
        || bag.is_long() && kept.split_first_chunk() == Some((&bag.n_words().to_le_bytes(), bag.words().as_flattened()))
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
