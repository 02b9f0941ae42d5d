//! What a question asks of the index of words.
//!
//! Each word begins with the number of its space, so that what other spaces say is neither found nor weighed. The index has no alternatives inside a phrase, so a phrase is asked for in each
//! combination of its words' forms, up to a bound.

use annals_store::awareness::{Forms, Phrase, Question};
use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::common::Common;
use super::rank::{Word, quoted};
use super::sql;
use crate::row::{counted, stored};

/// More words than this are no question.
const MAX_WORDS: usize = 64;
/// A phrase is asked for in at most so many combinations; beyond that, further forms of its last words are left out.
const MAX_COMBINATIONS: usize = 32;
/// So many rows are weighed at first.
pub(super) const MAX_WEIGHED: u64 = 384;
/// A word's rows are counted up to here; how many more there are is judged by how close together these lie.
const MAX_COUNTED: u64 = 512;

/// A question in the words of one space's index.
pub(super) struct Asked {
    /// Words that some row has, the rarest first, and behind them those that none has.
    pub(super) words: Vec<Word>,
    /// What a row must have, as FTS5 is asked for it.
    needed: Vec<String>,
    /// What it must not have.
    refused: Vec<String>,
}

/// What FTS5 is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Match {
    pub(super) words: String,
    /// Only rows from this number on.
    pub(super) from: Option<i64>,
}

impl Asked {
    /// Judges the words of a question by how many rows have each.
    pub(super) fn judge(
        connection: &Connection,
        space: &str,
        number: i64,
        question: &Question,
        common: Option<&Common>,
    ) -> rusqlite::Result<Self> {
        let n_rows: u64 = connection.prepare_cached(sql::COUNT_OF_SPACE)?.query_row([space], |row| counted(row, 0))?;
        let last: i64 = connection.prepare_cached(sql::LAST_NUMBER)?.query_row([], |row| row.get(0))?;
        let mut count = connection.prepare_cached(sql::COUNT_WORD)?;
        let asked = question.words.iter().map(|forms| (forms, true));
        let wholes = question.wholes.iter().map(|forms| (forms, false));
        let mut words = Vec::new();
        for (forms, is_asked) in asked.chain(wholes).take(MAX_WORDS) {
            let (mut had, mut bare, mut n_having) = (Vec::new(), Vec::new(), 0);
            for form in forms.iter().filter(|form| is_word(form)) {
                let named = format!("{number}_{form}");
                let n_rows = match common.and_then(|common| common.known(&named, last)) {
                    Some(n_rows) => n_rows,
                    None => count_rows(&mut count, &named, last, common)?,
                };
                if n_rows == 0 {
                    continue;
                }
                n_having += n_rows;
                had.push(named);
                bare.push(form.clone());
            }
            if !had.is_empty() || is_asked {
                words.push(Word::new(had, &bare, n_having, n_rows, is_asked));
            }
        }
        words.sort_by(|one, other| {
            let order = |word: &Word| (word.forms.is_empty(), word.n_rows);
            order(one).cmp(&order(other)).then_with(|| one.forms.cmp(&other.forms))
        });
        let phrases = |phrases: &[Phrase]| phrases.iter().map(|phrase| combinations(number, phrase)).collect();
        Ok(Self { words, needed: phrases(&question.phrases), refused: phrases(&question.without) })
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
        self.matching(self.had(), None)
    }

    /// The rows that are weighed first; `None` where all are few enough.
    pub(super) fn bounded(&self, connection: &Connection) -> rusqlite::Result<Option<Match>> {
        let had = self.had();
        if !self.needed.is_empty() || had.iter().map(|word| word.n_rows).sum::<u64>() <= MAX_WEIGHED {
            return Ok(None);
        }
        let mut n_weighed = 0;
        let rare = had.iter().take_while(|word| {
            n_weighed += word.n_rows;
            n_weighed <= MAX_WEIGHED
        });
        let n_rare = rare.count();
        if n_rare > 0 {
            return Ok(Some(self.matching(&had[..n_rare], None)));
        }
        // Without a rare word, the newest that have the rarest.
        let Some(rarest) = had.first() else { return Ok(None) };
        let matching = self.matching(std::slice::from_ref(rarest), None);
        let mut newest = connection.prepare_cached(sql::NEWEST_WITH_WORD)?;
        let from = newest.query_row(params![matching.words, stored(MAX_WEIGHED - 1)], |row| row.get(0)).optional()?;
        Ok(Some(Match { from, ..matching }))
    }

    /// Whether a row must have more than some of the words.
    pub(super) fn needs_phrases(&self) -> bool {
        !self.needed.is_empty()
    }

    /// What a row must not have, where there is any of it.
    pub(super) fn refused(&self) -> Option<String> {
        (!self.refused.is_empty()).then(|| self.refused.join(" OR "))
    }

    fn matching(&self, words: &[Word], from: Option<i64>) -> Match {
        let mut text = if self.needed.is_empty() {
            words.iter().map(|word| quoted(&word.forms)).collect::<Vec<_>>().join(" OR ")
        } else {
            self.needed.iter().map(|phrase| format!("({phrase})")).collect::<Vec<_>>().join(" AND ")
        };
        if let Some(refused) = self.refused() {
            text = format!("({text}) NOT ({refused})");
        }
        Match { words: text, from }
    }
}

/// Counts the rows that have a word, and keeps the number where many do.
fn count_rows(count: &mut Statement<'_>, named: &str, last: i64, common: Option<&Common>) -> rusqlite::Result<u64> {
    let (n_counted, oldest): (u64, Option<i64>) = count
        .query_row(params![format!("\"{named}\""), stored(MAX_COUNTED)], |row| Ok((counted(row, 0)?, row.get(1)?)))?;
    match oldest {
        Some(oldest) if MAX_COUNTED <= n_counted => {
            let n_rows = spread(n_counted, last, oldest);
            if let Some(common) = common {
                common.keep(named, n_rows, last);
            }
            Ok(n_rows)
        }
        _ => Ok(n_counted),
    }
}

/// How many rows have a word when so many do from the oldest of them to the last row.
fn spread(n_counted: u64, last: i64, oldest: i64) -> u64 {
    let (last, width) = (u128::from(last.unsigned_abs()), u128::from((last - oldest).unsigned_abs()) + 1);
    u64::try_from(u128::from(n_counted) * last / width).unwrap_or(u64::MAX).max(n_counted)
}

/// A phrase in each combination of its words' forms.
pub(crate) fn combinations(number: i64, phrase: &Phrase) -> String {
    let mut combined = vec![String::new()];
    for forms in phrase {
        let forms: Forms = forms.iter().filter(|form| is_word(form)).map(|form| format!("{number}_{form}")).collect();
        let n_kept = (MAX_COMBINATIONS / combined.len()).max(1);
        let extend = |begun: &String| {
            let forms = forms.iter().take(n_kept);
            forms.map(|form| format!("{begun}{form} ")).collect::<Vec<_>>()
        };
        combined = combined.iter().flat_map(extend).collect();
        if combined.is_empty() {
            // A word that can't be in the index: nothing has this phrase.
            combined.push(format!("{number}_ "));
        }
    }
    quoted(&combined)
}

/// Whether the index keeps it as one word.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii())
}
