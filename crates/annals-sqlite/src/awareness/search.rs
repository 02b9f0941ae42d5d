//! Searching by words: the words find rows, their texts weigh them, and the entries of one page are read.
//!
//! The index of words is the outer loop by `CROSS JOIN`; left to itself SQLite would begin with the entries. Each word begins with the number of its space, so that what other spaces say
//! is neither found nor weighed.
//!
//! Weighing a row costs some microseconds, so it is done for a bounded number of them first: those that have the rarest of the words, and of very common ones the newest. All words count in these.
//! Which of them are chosen is looked at from the best on, until the page is full.
//! Where that does not fill the page (few have the rare words, or the choice is narrow), all others that have any of the words are weighed too and come behind them, so that nothing is missing
//! for the sake of speed, and a later page goes on where the one before ended.

use std::collections::HashSet;

use annals_event::Timestamp;
use annals_store::awareness::{Hit, Question};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params, params_from_iter};

use super::choice::{push_rest, push_standing};
use super::rank::{Scale, Word};
use super::{row, sql};
use crate::conditions::Sql;
use crate::row::{counted, stored};

/// More words than this are no question.
const MAX_WORDS: usize = 64;
/// So many rows are weighed at first.
pub(super) const MAX_WEIGHED: u64 = 256;
/// A word's rows are counted up to here; how many more there are is judged by how close together these lie.
const MAX_COUNTED: u64 = 512;

/// What FTS5 is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Match {
    pub(super) words: String,
    /// Only rows from this number on.
    pub(super) from: Option<i64>,
}

/// A row that was weighed.
struct Weighed {
    n: i64,
    score: f64,
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
    let words = judged(connection, space, &words(number, question))?;
    if words.is_empty() || question.limit == 0 {
        return Ok(Vec::new());
    }
    let mut scale = None;
    let bound = bounded(connection, &words)?;
    let found = weighed(connection, &texts(bound.as_ref().unwrap_or(&any_of(&words))), &words, &mut scale)?;
    let (offset, mut n_passed) = (usize::try_from(question.offset).unwrap_or(usize::MAX), 0);
    let hits = {
        let mut chosen = Chosen::new(connection, space, now, question)?;
        let mut rest = found.iter();
        while n_passed < offset {
            let Some(row) = rest.next() else { break };
            n_passed += usize::from(chosen.is(row)?);
        }
        question.fill(rest.filter_map(|row| chosen.hit(row).transpose()))?
    };
    if bound.is_none() || hits.len() as u64 == question.limit || question.is_cut(&hits) {
        return Ok(hits);
    }
    let known: HashSet<i64> = found.iter().map(|row| row.n).collect();
    let all = statement(space, now, question, &any_of(&words));
    let mut others = weighed(connection, &all, &words, &mut scale)?;
    others.retain(|row| !known.contains(&row.n));
    let mut entry = connection.prepare_cached(sql::BY_NUMBER)?;
    let others = others.into_iter().skip(offset - n_passed);
    let others = others.map(|found| Ok(Hit { entry: entry.query_row([found.n], row::entry)?, score: found.score }));
    question.fill(hits.into_iter().map(Ok).chain(others))
}

/// Reads the entries that are chosen, one by one: most rows that are weighed are on no page.
struct Chosen<'c> {
    statement: CachedStatement<'c>,
    /// The place of the row's number among the values.
    number_at: usize,
}

impl<'c> Chosen<'c> {
    fn new(connection: &'c Connection, space: &str, now: Timestamp, question: &Question) -> rusqlite::Result<Self> {
        let sql = chosen(space, now, question);
        let mut statement = connection.prepare_cached(&sql.text)?;
        for (nth, value) in sql.values.iter().enumerate() {
            statement.raw_bind_parameter(nth + 1, value)?;
        }
        Ok(Self { statement, number_at: sql.values.len() + 1 })
    }

    /// Whether a row is chosen; nothing is read of its entry, which may be long.
    fn is(&mut self, found: &Weighed) -> rusqlite::Result<bool> {
        self.statement.raw_bind_parameter(self.number_at, found.n)?;
        Ok(self.statement.raw_query().next()?.is_some())
    }

    /// The entry of a row, if it is chosen.
    fn hit(&mut self, found: &Weighed) -> rusqlite::Result<Option<Hit>> {
        self.statement.raw_bind_parameter(self.number_at, found.n)?;
        let mut rows = self.statement.raw_query();
        let entry = rows.next()?.map(row::entry).transpose()?;
        Ok(entry.map(|entry| Hit { entry, score: found.score }))
    }
}

/// The words that some row has, the rarest first.
pub(super) fn judged(connection: &Connection, space: &str, words: &[String]) -> rusqlite::Result<Vec<Word>> {
    let n_rows: u64 = connection.prepare_cached(sql::COUNT_OF_SPACE)?.query_row([space], |row| counted(row, 0))?;
    let last: i64 = connection.prepare_cached(sql::LAST_NUMBER)?.query_row([], |row| row.get(0))?;
    let mut count = connection.prepare_cached(sql::COUNT_WORD)?;
    let mut judged = Vec::with_capacity(words.len());
    for word in words {
        let quoted = format!("\"{word}\"");
        let (n_counted, oldest): (u64, Option<i64>) =
            count.query_row(params![quoted, stored(MAX_COUNTED)], |row| Ok((counted(row, 0)?, row.get(1)?)))?;
        let Some(oldest) = oldest else { continue };
        let n_having = if n_counted < MAX_COUNTED { n_counted } else { spread(n_counted, last, oldest) };
        judged.push(Word::new(word, n_having, n_rows.max(n_having)));
    }
    judged.sort_by(|one, other| (one.n_rows, &one.text).cmp(&(other.n_rows, &other.text)));
    Ok(judged)
}

/// How many rows have a word when so many do from the oldest of them to the last row.
fn spread(n_counted: u64, last: i64, oldest: i64) -> u64 {
    let (last, width) = (u128::from(last.unsigned_abs()), u128::from((last - oldest).unsigned_abs()) + 1);
    u64::try_from(u128::from(n_counted) * last / width).unwrap_or(u64::MAX).max(n_counted)
}

/// The rows of a statement with how well they fit, the best first, and of equals the newest.
fn weighed(
    connection: &Connection,
    statement: &Sql,
    words: &[Word],
    scale: &mut Option<Scale>,
) -> rusqlite::Result<Vec<Weighed>> {
    let mut prepared = connection.prepare_cached(&statement.text)?;
    let mut rows = prepared.query(params_from_iter(&statement.values))?;
    let mut seen = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |at: usize| row.get_ref(at).and_then(|text| Ok(text.as_str()?));
        seen.push((row.get::<_, i64>(0)?, super::rank::occurrences(words, [text(1)?, text(2)?, text(3)?])));
    }
    // What was seen first says how long a text is; what comes behind it is weighed alike.
    let scale = scale.get_or_insert_with(|| Scale::of(seen.iter().map(|(_, seen)| seen)));
    let mut weighed: Vec<Weighed> =
        seen.iter().map(|(n, seen)| Weighed { n: *n, score: scale.score(words, seen) }).collect();
    weighed.sort_by(|one, other| other.score.total_cmp(&one.score).then(other.n.cmp(&one.n)));
    Ok(weighed)
}

/// All that have any of the words.
pub(super) fn any_of(words: &[Word]) -> Match {
    Match { words: words.iter().map(Word::quoted).collect::<Vec<_>>().join(" OR "), from: None }
}

/// The rows that are weighed first; `None` where all are few enough. The words come rarest first.
pub(super) fn bounded(connection: &Connection, words: &[Word]) -> rusqlite::Result<Option<Match>> {
    if words.iter().map(|word| word.n_rows).sum::<u64>() <= MAX_WEIGHED {
        return Ok(None);
    }
    let mut n_weighed = 0;
    let rare = words.iter().take_while(|word| {
        n_weighed += word.n_rows;
        n_weighed <= MAX_WEIGHED
    });
    let n_rare = rare.count();
    if n_rare > 0 {
        return Ok(Some(any_of(&words[..n_rare])));
    }
    // Without a rare word, the newest that have the rarest.
    let Some(rarest) = words.first() else { return Ok(None) };
    let mut newest = connection.prepare_cached(sql::NEWEST_WITH_WORD)?;
    let from = newest.query_row(params![rarest.quoted(), stored(MAX_WEIGHED - 1)], |row| row.get(0)).optional()?;
    Ok(Some(Match { words: rarest.quoted(), from }))
}

/// The numbers and texts of the rows that match.
pub(super) fn texts(matching: &Match) -> Sql {
    let mut statement = Sql::default();
    statement.push("SELECT rowid, title, body, labels FROM entry_text WHERE entry_text MATCH ");
    statement.push_with("?", matching.words.clone());
    if let Some(from) = matching.from {
        statement.push_with(" AND rowid >= ?", from);
    }
    statement
}

/// The entry of a row, whose number is the last value, if it is chosen.
pub(super) fn chosen(space: &str, now: Timestamp, question: &Question) -> Sql {
    let mut statement = Sql::default();
    statement.push("SELECT ");
    statement.push(sql::ENTRY_COLUMNS);
    statement.push_with(" FROM entry AS e WHERE e.space = ?", space.to_owned());
    statement.push(" AND ");
    push_standing(&mut statement, question.choice.shelved, now);
    push_rest(&mut statement, &question.choice, None);
    statement.push(" AND e.n = ?");
    statement
}

/// The numbers and texts of the rows that match and are chosen.
pub(super) fn statement(space: &str, now: Timestamp, question: &Question, matching: &Match) -> Sql {
    let mut statement = Sql::default();
    statement.push(
        "SELECT e.n, entry_text.title, entry_text.body, entry_text.labels \
         FROM entry_text CROSS JOIN entry AS e ON e.n = entry_text.rowid WHERE entry_text MATCH ",
    );
    statement.push_with("?", matching.words.clone());
    if let Some(from) = matching.from {
        statement.push_with(" AND entry_text.rowid >= ?", from);
    }
    statement.push_with(" AND e.space = ?", space.to_owned());
    statement.push(" AND ");
    push_standing(&mut statement, question.choice.shelved, now);
    push_rest(&mut statement, &question.choice, None);
    statement
}

/// The words as the index has them.
pub(super) fn words(number: i64, question: &Question) -> Vec<String> {
    let mut words: Vec<&str> = question.words.iter().map(String::as_str).filter(|word| is_word(word)).collect();
    words.sort_unstable();
    words.dedup();
    words.truncate(MAX_WORDS);
    words.into_iter().map(|word| format!("{number}_{word}")).collect()
}

/// Whether the index keeps it as one word.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii())
}
