//! Searching: words find rows, their bags weigh them, neighbours lend to each other, and the entries of one page are read.
//!
//! The index of words is the outer loop by `CROSS JOIN`; left to itself SQLite would begin with the entries.
//!
//! Weighing a row costs about a microsecond, so it is done for a bounded number of them first: those that have the rarest of the words, and of very common ones the newest. All words count in
//! these. Which of them are chosen is looked at from the best on, until the page is full.
//! Where that does not fill the page (few have the rare words, or the choice is narrow), all others that have any of the words are weighed too and come behind them, so that nothing is missing
//! for the sake of speed, and a later page goes on where the one before ended.

use std::collections::{BTreeMap, HashSet};

use annals_event::Timestamp;
use annals_store::awareness::{By, Found, Hit, Question};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::asked::{Asked, Match};
use super::bag::Bag;
use super::choice::{Plan, push_rest, push_standing};
use super::filling::{Filling, Ranked};
use super::nearest::Nearness;
use super::neighbours::{N_LENDERS, Neighbours};
use super::rank::{Occurrences, Scale, Word, occurrences};
use super::{Remembered, row, sql};
use crate::conditions::Sql;

/// The best of so many rows says how relevant an answer is.
const N_JUDGED: usize = 10;

/// What being near counts beside having the words.
const BY_VECTORS: f64 = 1.0;

/// A row that was weighed.
struct Weighed {
    ranked: Ranked,
    occurrences: Occurrences,
}

/// See [`annals_store::awareness::Shelf::search`].
pub(super) fn read(
    connection: &Connection,
    space: &str,
    now: Timestamp,
    question: &Question,
    remembered: Option<&Remembered>,
) -> rusqlite::Result<Found> {
    let number: Option<i64> = connection.prepare_cached(sql::SPACE)?.query_row([space], |row| row.get(0)).optional()?;
    let Some(number) = number else { return Ok(Found::default()) };
    let asked = Asked::judge(connection, space, number, question, remembered.map(|remembered| &remembered.common))?;
    if question.limit == 0 {
        return Ok(Found::default());
    }
    if question.words.is_empty() && question.wholes.is_empty() && question.phrases.is_empty() {
        return newest(connection, space, now, question, &asked);
    }
    let nearness = match (&question.direction, remembered) {
        (Some(direction), Some(remembered)) => {
            remembered.matrices.search(connection, (space, number), now, question, direction)?
        }
        _ => None,
    };
    let by_vectors = nearness.is_some();
    if asked.is_hopeless() && nearness.is_none() {
        return Ok(Found::default());
    }
    let bound = if asked.is_hopeless() { None } else { asked.bounded(connection)? };
    let mut seen = match &bound {
        _ if asked.is_hopeless() => Vec::new(),
        Some(bound) => looked_up(connection, &bags(bound), &asked.words)?,
        None => looked_up(connection, &bags(&asked.all()), &asked.words)?,
    };
    let scale = Scale::of(seen.iter().map(|row| &row.occurrences));
    weigh(&mut seen, &asked.words, scale);
    let mut context =
        Context { connection, words: &asked.words, nearness, neighbours: Neighbours::new(connection, space, now) };
    context.point(&mut seen, &asked, scale)?;
    if question.neighbours {
        context.lend(&mut seen, &asked)?;
    }
    let mut relevance = 0.0_f64;
    for row in seen.iter().take(N_JUDGED) {
        relevance = relevance.max(context.relevance(row, question.neighbours)?);
    }
    let mut filling = Filling::new(connection, space, now, question)?;
    for row in &seen {
        filling.offer(&row.ranked, || context.relevance(row, question.neighbours))?;
        if filling.is_done() {
            break;
        }
    }
    if bound.is_some() && !filling.is_full() {
        let mut others = looked_up(connection, &statement(space, now, question, &asked.all()), &asked.words)?;
        let known: HashSet<i64> = seen.iter().map(|row| row.ranked.n).collect();
        others.retain(|row| !known.contains(&row.ranked.n));
        weigh(&mut others, &asked.words, scale);
        for row in &others {
            filling.offer(&row.ranked, || context.relevance(row, question.neighbours))?;
            if filling.is_full() {
                break;
            }
        }
    }
    Ok(Found { hits: filling.hits, relevance, by_vectors })
}

/// What weighed rows are asked beyond their own words.
struct Context<'c> {
    connection: &'c Connection,
    words: &'c [Word],
    nearness: Option<Nearness>,
    neighbours: Neighbours<'c>,
}

impl Context<'_> {
    /// Brings the entries whose vectors point the question's way, and lets what vectors say count beside the words.
    fn point(&mut self, rows: &mut Vec<Weighed>, asked: &Asked, scale: Scale) -> rusqlite::Result<()> {
        let Some(nearness) = &self.nearness else { return Ok(()) };
        let refusal = Refusal::of(asked, self.connection);
        let known: HashSet<i64> = rows.iter().map(|row| row.ranked.n).collect();
        for (n, _) in &nearness.nearest {
            if known.contains(n) || refusal.is_of(*n)? {
                continue;
            }
            let Some(bag) = self.bag(*n)? else { continue };
            let occurrences = occurrences(self.words, Bag::new(&bag));
            let score = scale.score(self.words, &occurrences);
            rows.push(Weighed { ranked: Ranked::new(*n, score, bag), occurrences });
        }
        let best = rows.iter().map(|row| row.ranked.score).fold(0.0, f64::max);
        let near = nearness.of(rows.iter().map(|row| row.ranked.n));
        for row in rows.iter_mut() {
            let by_words = if 0.0 < best { row.ranked.score / best } else { 0.0 };
            let by_vectors = near.get(&row.ranked.n).map_or(0.0, |cosine| nearness.beyond_usual(*cosine));
            row.ranked.score = by_words + BY_VECTORS * by_vectors;
        }
        sort(rows);
        Ok(())
    }

    /// Lets the best lend to those beside them, and puts all in their order.
    fn lend(&mut self, rows: &mut Vec<Weighed>, asked: &Asked) -> rusqlite::Result<()> {
        let lenders = rows.iter().filter(|row| !row.occurrences.is_long());
        let best: Vec<(i64, f64)> = lenders.map(|row| (row.ranked.n, row.ranked.score)).take(N_LENDERS).collect();
        let mut lent: BTreeMap<i64, f64> = self.neighbours.lent(&best)?;
        for row in rows.iter_mut() {
            let lent = lent.remove(&row.ranked.n).unwrap_or_default();
            if !row.occurrences.is_long() {
                row.ranked.score += lent;
            }
        }
        let refusal = Refusal::of(asked, self.connection);
        for (n, score) in lent {
            let Some(bag) = self.bag(n)? else { continue };
            if refusal.is_of(n)? {
                continue;
            }
            let occurrences = occurrences(self.words, Bag::new(&bag));
            if !occurrences.is_long() {
                rows.push(Weighed { ranked: Ranked::new(n, score, bag), occurrences });
            }
        }
        sort(rows);
        Ok(())
    }

    /// How much of what is asked a row has, together with those beside it where they count.
    fn relevance(&mut self, row: &Weighed, with_neighbours: bool) -> rusqlite::Result<f64> {
        let mut together = row.occurrences.clone();
        if with_neighbours && !row.occurrences.is_long() {
            for n in self.neighbours.in_sight(row.ranked.n)? {
                let bag = self.bag(n)?.unwrap_or_default();
                if !Bag::new(&bag).is_long() {
                    together.join(&occurrences(self.words, Bag::new(&bag)));
                }
            }
        }
        Ok(together.coverage(self.words))
    }

    fn bag(&self, n: i64) -> rusqlite::Result<Option<Vec<u8>>> {
        self.connection.prepare_cached(sql::BAG)?.query_row([n], |row| row.get(0)).optional()
    }
}

/// What the rest of a question says of rows that no word found.
struct Refusal<'c> {
    connection: &'c Connection,
    /// Nothing but what its words found has the phrases that are needed.
    all: bool,
    refused: Option<String>,
}

impl<'c> Refusal<'c> {
    fn of(asked: &Asked, connection: &'c Connection) -> Self {
        Self { connection, all: asked.needs_phrases(), refused: asked.refused() }
    }

    fn is_of(&self, n: i64) -> rusqlite::Result<bool> {
        let Some(refused) = &self.refused else { return Ok(self.all) };
        Ok(self.all || self.connection.prepare_cached(sql::HAS_WORDS)?.exists(params![refused, n])?)
    }
}

/// What is asked without a word: the last touched first.
fn newest(
    connection: &Connection,
    space: &str,
    now: Timestamp,
    question: &Question,
    asked: &Asked,
) -> rusqlite::Result<Found> {
    let refusal = Refusal::of(asked, connection);
    let plan = Plan::new(connection, space, now, &question.choice, Some(By::Touched))?;
    let statement = plan.numbers(By::Touched);
    let mut prepared = connection.prepare_cached(&statement.text)?;
    let mut rows = prepared.query(params_from_iter(&statement.values))?;
    let mut entry = connection.prepare_cached(sql::BY_NUMBER)?;
    let (mut n_passed, mut left) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        let n: i64 = row.get(0)?;
        if refusal.is_of(n)? {
            continue;
        }
        if n_passed < question.offset {
            n_passed += 1;
            continue;
        }
        left.push(n);
        if left.len() as u64 == question.limit {
            break;
        }
    }
    let hits = left.into_iter().map(|n| Ok(Hit::new(entry.query_row([n], row::entry)?, 0.0, 1.0)));
    Ok(Found { hits: question.fill::<rusqlite::Error>(hits)?, relevance: 1.0, by_vectors: false })
}

/// Looks the words up in the bags of a statement's rows.
fn looked_up(connection: &Connection, statement: &Sql, words: &[Word]) -> rusqlite::Result<Vec<Weighed>> {
    let mut prepared = connection.prepare_cached(&statement.text)?;
    let mut rows = prepared.query(params_from_iter(&statement.values))?;
    let mut seen = Vec::new();
    while let Some(row) = rows.next()? {
        let bag = row.get_ref(1)?.as_blob()?;
        let occurrences = occurrences(words, Bag::new(bag));
        seen.push(Weighed { ranked: Ranked::new(row.get(0)?, 0.0, bag.to_vec()), occurrences });
    }
    Ok(seen)
}

/// How well each fits, and in which order they come.
fn weigh(rows: &mut [Weighed], words: &[Word], scale: Scale) {
    for row in &mut *rows {
        row.ranked.score = scale.score(words, &row.occurrences);
    }
    sort(rows);
}

/// The best first, and of equals the newest.
fn sort(rows: &mut [Weighed]) {
    rows.sort_by(|one, other| other.ranked.score.total_cmp(&one.ranked.score).then(other.ranked.n.cmp(&one.ranked.n)));
}

/// The numbers and bags of the rows that match.
pub(super) fn bags(matching: &Match) -> Sql {
    let mut statement = Sql::default();
    statement.push("SELECT t.rowid, b.bag FROM entry_text AS t CROSS JOIN entry_bag AS b ON b.n = t.rowid WHERE ");
    statement.push_with("t.entry_text MATCH ?", matching.words.clone());
    if let Some(from) = matching.from {
        statement.push_with(" AND t.rowid >= ?", from);
    }
    statement
}

/// The numbers and bags of the rows that match and are chosen.
pub(super) fn statement(space: &str, now: Timestamp, question: &Question, matching: &Match) -> Sql {
    let mut statement = Sql::default();
    statement.push(
        "SELECT e.n, b.bag FROM entry_text AS t CROSS JOIN entry AS e ON e.n = t.rowid CROSS JOIN entry_bag AS b ON b.n = t.rowid \
         WHERE ",
    );
    statement.push_with("t.entry_text MATCH ?", matching.words.clone());
    statement.push_with(" AND e.space = ? AND ", space.to_owned());
    push_standing(&mut statement, question.choice.shelved, now);
    push_rest(&mut statement, &question.choice, None);
    statement
}
