//! What a question asks of the index of words.
//!
//! Each word begins with the number of its space, so that what other spaces say is neither found nor weighed. The index knows which words an entry has, and not where: whether those of a phrase
//! stand one after the other is looked at in the words themselves, of entries that have them all.

use std::collections::{BTreeMap, BTreeSet};

use annals_store::awareness::{Forms, Phrase, Question};
use annals_store::backend::rank::Word;
use tokio_postgres::Row;

use super::bags::Version;
use crate::conditions::Sql;
use crate::failure::Trouble;
use crate::row::counted;

/// More words than this are no question.
const MAX_WORDS: usize = 64;
/// A phrase is asked for in at most so many combinations; beyond that, further forms of its last words are left out.
const MAX_COMBINATIONS: usize = 32;
/// So many rows are weighed at first.
pub(super) const MAX_WEIGHED: u64 = 512;
/// A word's rows are counted up to here; how many more there are is judged by how close together these lie.
pub(super) const MAX_COUNTED: u64 = 512;
/// The index takes no word of more bytes than some 2 000, and what begins alike for this long is one word to it.
const MAX_BYTES: usize = 500;

/// Nor does it take an entry of more bytes of words: whoever says so much is found by what it says first.
const MAX_WORDS_BYTES: usize = 900_000;

/// A question in the words of one space's index.
pub(super) struct Asked {
    /// Words that some row has, the rarest first, and behind them those that none has.
    pub(super) words: Vec<Word>,
    /// The rows that have each of the words; `None` for a word that too many have.
    having: Vec<Option<Having>>,
    /// When the server was started that says so.
    pub(super) started: i64,
    /// How many live entries the space has, as they were counted last: some may have expired.
    pub(super) n_live: u64,
    /// What a row must have, each a condition on `entry_text AS t`.
    needed: Vec<Phrased>,
    /// What it must not have.
    refused: Vec<Phrased>,
    /// The greatest number of a row.
    last: i64,
}

/// Rows, each with its version.
pub(super) type Having = Vec<(i64, Version)>;

/// A phrase of the question.
struct Phrased {
    /// Its words, as the index is asked for them; none where nothing has this phrase.
    words: String,
    /// That a row has it: a condition on `entry_text AS t`.
    condition: Sql,
}

/// Rows that are weighed before others.
pub(super) struct First {
    pub(super) rows: Rows,
    /// Whether these are all that fit.
    pub(super) are_all: bool,
}

/// Rows that fit.
pub(super) enum Rows {
    /// These, as the words say, each once.
    Known(Having),
    /// Those that are yet to be looked up.
    Matching(Match),
}

/// Which rows are looked up.
pub(super) struct Match {
    /// The words that they have, as the index is asked for them.
    words: String,
    /// Not before this row.
    since: i64,
    /// What else is asked of `entry_text AS t`, beginning with ` AND `.
    rest: Sql,
    /// Only the newest so many.
    pub(super) newest: Option<u64>,
}

impl Asked {
    /// The forms of a question's words as `words-found.sql` is asked for them. `space` is the row of `space.sql`.
    pub(super) fn forms(space: &Row, question: &Question) -> Result<Vec<String>, Trouble> {
        let number = space.try_get(0)?;
        let forms = words(question).flat_map(|(forms, _)| forms.iter().filter(|form| is_word(form)));
        Ok(forms.map(|form| quoted(&named(number, form))).collect())
    }

    /// Judges the words of a question by how many rows of the space have each: `found` are the rows of `words-found.sql`.
    pub(super) fn judge(space: &Row, question: &Question, found: &[Row]) -> Result<Self, Trouble> {
        let (number, n_live, last): (i64, u64, i64) = (space.try_get(0)?, counted(space, 1)?, space.try_get(2)?);
        let started = space.try_get(3)?;
        let mut found = found.iter();
        let mut judged: Vec<(Word, Option<Having>)> = Vec::new();
        for (forms, is_asked) in words(question) {
            let (mut had, mut bare, mut n_having, mut having) = (Vec::new(), Vec::new(), 0, Some(Vec::new()));
            for (form, row) in forms.iter().filter(|form| is_word(form)).zip(&mut found) {
                let (n_counted, newest) = (counted(row, 0)?, row.try_get::<_, Option<i64>>(1)?);
                let Some(newest) = newest else { continue };
                n_having += if n_counted < MAX_COUNTED { n_counted } else { spread(n_counted, last, newest) };
                let rows = row.try_get::<_, Option<Vec<i64>>>(2)?.zip(row.try_get::<_, Option<Vec<Version>>>(3)?);
                match (&mut having, rows) {
                    (Some(having), Some((numbers, versions))) => having.extend(numbers.into_iter().zip(versions)),
                    _ => having = None,
                }
                had.push(named(number, form));
                bare.push(form.clone());
            }
            if !had.is_empty() || is_asked {
                judged.push((Word::new(had, &bare, n_having, n_live, is_asked), having));
            }
        }
        judged.sort_by(|(one, _), (other, _)| {
            let order = |word: &Word| (word.forms.is_empty(), word.n_rows);
            order(one).cmp(&order(other)).then_with(|| one.forms.cmp(&other.forms))
        });
        let (words, having) = judged.into_iter().unzip();
        let phrases = |phrases: &[Phrase]| phrases.iter().map(|phrase| has_phrase(number, phrase)).collect();
        let (needed, refused) = (phrases(&question.phrases), phrases(&question.without));
        Ok(Self { words, having, started, n_live, needed, refused, last })
    }

    /// Whether no row can be found by it.
    pub(super) fn is_hopeless(&self) -> bool {
        self.had().is_empty()
    }

    /// The words that some row has.
    fn had(&self) -> &[Word] {
        let n_had = self.words.iter().take_while(|word| !word.forms.is_empty()).count();
        &self.words[..n_had]
    }

    /// All rows that fit.
    pub(super) fn all(&self) -> Match {
        self.matching(self.had())
    }

    /// The rows that are weighed first.
    pub(super) fn first(&self) -> First {
        let had = self.had();
        if !self.needed.is_empty() || had.iter().map(|word| word.n_rows).sum::<u64>() <= MAX_WEIGHED {
            return First { rows: self.rows(had), are_all: true };
        }
        let mut n_weighed = 0;
        let rare = had.iter().take_while(|word| {
            n_weighed += word.n_rows;
            n_weighed <= MAX_WEIGHED
        });
        let n_rare = rare.count();
        if n_rare > 0 {
            return First { rows: self.rows(&had[..n_rare]), are_all: false };
        }
        // Without a rare word, the newest that have the rarest: twice as far back as they reach where they lie evenly.
        let rarest = &had[0];
        let reach =
            u128::from(self.last.unsigned_abs()) * u128::from(MAX_WEIGHED) * 2 / u128::from(rarest.n_rows.max(1));
        let since = self.last.saturating_sub(i64::try_from(reach).unwrap_or(i64::MAX));
        let matching = self.matching(std::slice::from_ref(rarest));
        First { rows: Rows::Matching(Match { since, newest: Some(MAX_WEIGHED), ..matching }), are_all: false }
    }

    /// The rows that have any of the first words.
    fn rows(&self, first: &[Word]) -> Rows {
        let having = self.having[..first.len()].iter();
        let known: Option<Vec<&Having>> = having.map(|having| having.as_ref().filter(|_| self.is_plain())).collect();
        match known {
            Some(known) => {
                let rows: BTreeMap<i64, Version> = known.into_iter().flatten().copied().collect();
                Rows::Known(rows.into_iter().collect())
            }
            None => Rows::Matching(self.matching(first)),
        }
    }

    /// Whether nothing is asked of a row but words.
    pub(super) fn is_plain(&self) -> bool {
        self.needed.is_empty() && self.refused.is_empty()
    }

    /// Whether a row must have more than some of the words.
    pub(super) fn needs_phrases(&self) -> bool {
        !self.needed.is_empty()
    }

    /// Adds what a row must not have, each piece beginning with ` AND `.
    pub(super) fn push_refusal(&self, condition: &mut Sql) {
        for refused in &self.refused {
            condition.push(" AND NOT ");
            condition.append(&refused.condition);
        }
    }

    fn matching(&self, words: &[Word]) -> Match {
        let mut rest = Sql::default();
        let words = if self.needed.is_empty() {
            let any = words.iter().flat_map(|word| &word.forms).map(|form| quoted(form));
            any.collect::<Vec<_>>().join(" | ")
        } else {
            for phrase in &self.needed {
                rest.push(" AND ");
                rest.append(&phrase.condition);
            }
            self.needed.iter().map(|phrase| format!("({})", phrase.words)).collect::<Vec<_>>().join(" & ")
        };
        self.push_refusal(&mut rest);
        Match { words, since: i64::MIN, rest, newest: None }
    }
}

/// The words of a question, those that may be left out last.
fn words(question: &Question) -> impl Iterator<Item = (&Forms, bool)> {
    let asked = question.words.iter().map(|forms| (forms, true));
    asked.chain(question.wholes.iter().map(|forms| (forms, false))).take(MAX_WORDS)
}

impl Match {
    /// The rows, as `t`: with all their columns only where the rest asks about them.
    pub(super) fn push_rows(&self, statement: &mut Sql) {
        let rows = if self.rest.text.is_empty() { "entry_bags(?::TSQUERY" } else { "entry_having(?::TSQUERY" };
        statement.push_with(rows, self.words.as_str());
        statement.push_with(", ?) AS t", self.since);
    }

    /// What else is asked of them, each piece beginning with ` AND `.
    pub(super) fn push_rest(&self, statement: &mut Sql) {
        statement.append(&self.rest);
    }
}

/// How many rows have a word when so many do up to the newest of them that was counted.
fn spread(n_counted: u64, last: i64, newest: i64) -> u64 {
    let (last, newest) = (u128::from(last.unsigned_abs()), u128::from(newest.unsigned_abs()));
    u64::try_from(u128::from(n_counted) * last / newest.max(1)).unwrap_or(u64::MAX).max(n_counted)
}

/// That a row has the phrase in one of its fields.
fn has_phrase(number: i64, phrase: &Phrase) -> Phrased {
    let words: Vec<Vec<&str>> =
        phrase.iter().map(|forms| forms.iter().filter(|form| is_word(form)).map(String::as_str).collect()).collect();
    if words.is_empty() || words.iter().any(Vec::is_empty) {
        // A word that can't be in the index: nothing has this phrase.
        return Phrased { words: "''".to_owned(), condition: Sql::new("FALSE") };
    }
    let any = |forms: &Vec<&str>| forms.iter().map(|form| quoted(&named(number, form))).collect::<Vec<_>>().join(" | ");
    let all = words.iter().map(|forms| format!("({})", any(forms))).collect::<Vec<_>>().join(" & ");
    let mut condition = Sql::new("(");
    condition.push_with("t.words @@ ?::TSQUERY", all.as_str());
    if words.len() > 1 {
        let mut combined = vec![" ".to_owned()];
        for forms in &words {
            let n_kept = (MAX_COMBINATIONS / combined.len()).max(1);
            let extend =
                |begun: &String| forms.iter().take(n_kept).map(|form| format!("{begun}{form} ")).collect::<Vec<_>>();
            combined = combined.iter().flat_map(extend).collect();
        }
        for (nth, text) in combined.iter().enumerate() {
            condition.push_with(
                if nth == 0 {
                    " AND (strpos(' ' || t.title || ' ', ?) > 0"
                } else {
                    " OR strpos(' ' || t.title || ' ', ?) > 0"
                },
                text.as_str(),
            );
            condition.push_with(" OR strpos(' ' || t.body || ' ', ?) > 0", text.as_str());
            condition.push_with(" OR strpos(' ' || t.labels || ' ', ?) > 0", text.as_str());
        }
        condition.push(")");
    }
    condition.push(")");
    Phrased { words: all, condition }
}

/// The words of an entry as the index has them, each once and but for the number of its space.
pub(crate) fn indexed(fields: [&str; 3]) -> BTreeSet<&str> {
    let mut n_bytes = 0;
    let words = fields.into_iter().flat_map(str::split_ascii_whitespace).map(lexeme);
    words
        .take_while(|word| {
            // With room for the space's number.
            n_bytes += word.len() + 12;
            n_bytes <= MAX_WORDS_BYTES
        })
        .collect()
}

/// A word as the index has it, but for the number of its space.
fn lexeme(word: &str) -> &str {
    &word[..word.floor_char_boundary(MAX_BYTES)]
}

fn named(number: i64, word: &str) -> String {
    format!("{number}_{}", lexeme(word))
}

/// A word in a `tsquery`, so that it is no operator.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

/// Whether an entry can have it: text without blanks, quotes or other punctuation.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii())
}
