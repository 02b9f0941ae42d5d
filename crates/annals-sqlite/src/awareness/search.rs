//! Searching by words: the words find rows in their order, and the rows are looked at one by one until there are enough.
//!
//! The index of words is the outer loop by `CROSS JOIN`; left to itself SQLite would begin with the entries. What a word finds of other spaces is kept out by a word that stands for the space.

use annals_event::Timestamp;
use annals_store::awareness::{Hit, Question, WEIGHTS};
use rusqlite::{Connection, params_from_iter};

use super::choice::{push_rest, push_standing};
use super::{row, sql};
use crate::conditions::Sql;
use crate::row::stored;

/// More words than this are no question.
const MAX_WORDS: usize = 64;
/// Where the score stands behind the columns of an entry.
const SCORE: usize = 15;

/// See [`annals_store::awareness::Shelf::search`].
pub(super) fn read(
    connection: &Connection,
    space: &str,
    now: Timestamp,
    question: &Question,
) -> rusqlite::Result<Vec<Hit>> {
    let Some(statement) = statement(space, now, question) else { return Ok(Vec::new()) };
    connection
        .prepare_cached(&statement.text)?
        .query_map(params_from_iter(&statement.values), |row| {
            Ok(Hit { entry: row::entry(row)?, score: -row.get::<_, f64>(SCORE)? })
        })?
        .collect()
}

pub(super) fn statement(space: &str, now: Timestamp, question: &Question) -> Option<Sql> {
    let words = matching(space, question)?;
    let mut statement = Sql::default();
    statement.push("SELECT ");
    statement.push(sql::ENTRY_COLUMNS);
    statement.push(
        ", entry_text.rank FROM entry_text CROSS JOIN entry AS e ON e.n = entry_text.rowid WHERE entry_text MATCH ",
    );
    statement.push_with("?", words);
    let [title, body, labels] = WEIGHTS;
    statement.push_with(" AND entry_text.rank MATCH ?", format!("bm25({title:.1}, {body:.1}, {labels:.1}, 0.0)"));
    statement.push_with(" AND e.space = ?", space.to_owned());
    statement.push(" AND ");
    push_standing(&mut statement, question.choice.shelved, now);
    push_rest(&mut statement, &question.choice, None);
    statement.push_with(" ORDER BY entry_text.rank LIMIT ?", stored(question.limit));
    statement.push_with(" OFFSET ?", stored(question.offset));
    Some(statement)
}

/// What FTS5 is asked: any of the words, within the space. Each word stands in quotes, so that none is an operator.
fn matching(space: &str, question: &Question) -> Option<String> {
    let mut words: Vec<&str> = question.words.iter().map(String::as_str).filter(|word| is_word(word)).collect();
    words.sort_unstable();
    words.dedup();
    words.truncate(MAX_WORDS);
    if words.is_empty() {
        return None;
    }
    let mut text = format!("shelf : \"{}\" AND {{title body labels}} : (", shelf_word(space));
    for (nth, word) in words.into_iter().enumerate() {
        text.push_str(if nth == 0 { "\"" } else { " OR \"" });
        text.push_str(word);
        text.push('"');
    }
    text.push(')');
    Some(text)
}

/// Whether the index keeps it as one word.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii())
}

/// The word that stands for a space.
pub(super) fn shelf_word(space: &str) -> String {
    use std::fmt::Write as _;
    space.bytes().fold(String::from("s"), |mut word, byte| {
        let _ = write!(word, "{byte:02x}");
        word
    })
}
