//! Searching by words: the words find rows in their order, and the rows are looked at one by one until there are enough.
//!
//! The index of words is the outer loop by `CROSS JOIN`; left to itself SQLite would begin with the entries. Each word begins with the number of its space, so that what other spaces say
//! is neither found nor weighed.
//!
//! Weighing a row costs some microseconds, so it is done for a bounded number of them: those that have the rarest of the words, and of very common ones the newest. The other words count in these. Where
//! that does not fill the page (few have the rare words, or the choice is narrow), all that have any of the words are weighed, so that nothing is missing for the sake of speed.

use annals_event::Timestamp;
use annals_store::awareness::{Hit, Question, WEIGHTS};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::choice::{push_rest, push_standing};
use super::{row, sql};
use crate::conditions::Sql;
use crate::row::{counted, stored};

/// More words than this are no question.
const MAX_WORDS: usize = 64;
/// So many rows are weighed at first.
const MAX_WEIGHED: u64 = 256;
/// A word that more rows have is not counted on, and does not count where a rarer one does.
const COMMON: u64 = 2_048;
/// Where the score stands behind the columns of an entry.
const SCORE: usize = 16;

/// What FTS5 is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Match {
    pub(super) words: String,
    /// Only rows from this number on.
    pub(super) from: Option<i64>,
}

/// See [`annals_store::awareness::Shelf::search`].
pub(super) fn read(
    connection: &Connection,
    space: &str,
    now: Timestamp,
    question: &Question,
) -> rusqlite::Result<Vec<Hit>> {
    let number: Option<i64> = connection.prepare_cached(sql::SPACE)?.query_row([space], |row| row.get(0)).optional()?;
    let Some(number) = number else { return Ok(Vec::new()) };
    let words = words(number, question);
    if words.is_empty() || question.limit == 0 {
        return Ok(Vec::new());
    }
    if question.offset.saturating_add(question.limit) < MAX_WEIGHED
        && let Some(first) = bounded(connection, &words)?
    {
        let hits = matched(connection, &statement(space, now, question, &first))?;
        if hits.len() as u64 == question.limit {
            return Ok(hits);
        }
    }
    matched(connection, &statement(space, now, question, &any_of(&words)))
}

fn matched(connection: &Connection, statement: &Sql) -> rusqlite::Result<Vec<Hit>> {
    connection
        .prepare_cached(&statement.text)?
        .query_map(params_from_iter(&statement.values), |row| {
            Ok(Hit { entry: row::entry(row)?, score: -row.get::<_, f64>(SCORE)? })
        })?
        .collect()
}

/// All that have any of the words.
pub(super) fn any_of(words: &[String]) -> Match {
    Match { words: words.join(" OR "), from: None }
}

/// The rows that are weighed first; `None` where all are few enough.
pub(super) fn bounded(connection: &Connection, words: &[String]) -> rusqlite::Result<Option<Match>> {
    let mut counts = Vec::with_capacity(words.len());
    {
        let mut statement = connection.prepare_cached(sql::COUNT_WORD)?;
        for word in words {
            let n = statement.query_row(params![word, stored(COMMON)], |row| counted(row, 0))?;
            counts.push((n, word));
        }
    }
    if counts.iter().map(|(n, _)| n).sum::<u64>() <= MAX_WEIGHED {
        return Ok(None);
    }
    counts.retain(|(n, _)| *n > 0);
    counts.sort_unstable();
    let mut n_weighed = 0;
    let rare = counts.iter().take_while(|(n, _)| {
        n_weighed += n;
        n_weighed <= MAX_WEIGHED
    });
    // Without a rare word, the newest that have the rarest.
    let (n_rare, from) = match rare.count() {
        0 => {
            let rarest = counts.first().map(|(_, word)| word);
            let mut newest = connection.prepare_cached(sql::NEWEST_WITH_WORD)?;
            let from = newest.query_row(params![rarest, stored(MAX_WEIGHED - 1)], |row| row.get(0)).optional()?;
            (1, from)
        }
        n_rare => (n_rare, None),
    };
    let (rare, others) = counts.split_at(n_rare);
    let joined = |words: &mut dyn Iterator<Item = &(u64, &String)>| -> String {
        words.map(|(_, word)| word.as_str()).collect::<Vec<_>>().join(" OR ")
    };
    let needed = joined(&mut rare.iter());
    let counting = joined(&mut rare.iter().chain(others.iter().filter(|(n, _)| *n < COMMON)));
    let words = if needed == counting { needed } else { format!("({needed}) AND ({counting})") };
    Ok(Some(Match { words, from }))
}

pub(super) fn statement(space: &str, now: Timestamp, question: &Question, matching: &Match) -> Sql {
    let mut statement = Sql::default();
    statement.push("SELECT ");
    statement.push(sql::ENTRY_COLUMNS);
    statement.push(
        ", entry_text.rank FROM entry_text CROSS JOIN entry AS e ON e.n = entry_text.rowid WHERE entry_text MATCH ",
    );
    statement.push_with("?", matching.words.clone());
    if let Some(from) = matching.from {
        statement.push_with(" AND entry_text.rowid >= ?", from);
    }
    let [title, body, labels] = WEIGHTS;
    statement.push_with(" AND entry_text.rank MATCH ?", format!("bm25({title:.1}, {body:.1}, {labels:.1})"));
    statement.push_with(" AND e.space = ?", space.to_owned());
    statement.push(" AND ");
    push_standing(&mut statement, question.choice.shelved, now);
    push_rest(&mut statement, &question.choice, None);
    statement.push_with(" ORDER BY entry_text.rank LIMIT ?", stored(question.limit));
    statement.push_with(" OFFSET ?", stored(question.offset));
    statement
}

/// The words as the index has them, each in quotes, so that none is an operator.
pub(super) fn words(number: i64, question: &Question) -> Vec<String> {
    let mut words: Vec<&str> = question.words.iter().map(String::as_str).filter(|word| is_word(word)).collect();
    words.sort_unstable();
    words.dedup();
    words.truncate(MAX_WORDS);
    words.into_iter().map(|word| format!("\"{number}_{word}\"")).collect()
}

/// Whether the index keeps it as one word.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii())
}
