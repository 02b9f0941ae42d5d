//! Searching: words find rows, their bags weigh them, vectors bring what points the same way, neighbours lend to each other, and the entries of one page are read.
//!
//! A bounded number of rows is weighed at first: those that have the rarest of the words, and of very common ones the newest. All words count in these. Where that does not fill the page (few have
//! the rare words, or the choice is narrow), all others that have any of the words are weighed too and come behind them, so that nothing is missing for the sake of speed, and a later page
//! goes on where the one before ended.
//!
//! Each step asks the database once, however many rows it is about.

use std::collections::{BTreeMap, HashMap, HashSet};

use annals_event::Timestamp;
use annals_store::awareness::{By, Entry, Found, Hit, Question};
use annals_store::backend::bag::Bag;
use annals_store::backend::beside::N_LENDERS;
use annals_store::backend::rank::{Occurrences, Scale, Word, occurrences};

use tokio_postgres::Row;

use super::asked::{Asked, Having, MAX_COUNTED, Match, Rows};
use super::bags::{Bags, Shared};
use super::choice::Plan;
use super::filling::{Filling, Ranked};
use super::nearest::{self, Nearness, Serving};
use super::neighbours::Neighbours;
use super::{row, sql};
use crate::conditions::Sql;
use crate::connection::{Answer, Connection, Parameter, Statement};
use crate::failure::Trouble;
use crate::row::stored;

/// The best of so many rows says how relevant an answer is.
const N_JUDGED: usize = 10;
/// What being near counts beside having the words.
const BY_VECTORS: f64 = 1.0;
/// So many entries are read at once where no word is asked for.
const AT_ONCE: u64 = 256;

/// A row that was weighed.
struct Weighed {
    ranked: Ranked,
    occurrences: Occurrences,
}

impl Weighed {
    fn new(n: i64, score: f64, bag: Shared, words: &[Word]) -> Self {
        let occurrences = occurrences(words, Bag::new(&bag));
        Self { ranked: Ranked::new(n, score, bag), occurrences }
    }
}

/// See [`annals_store::awareness::Shelf::search`]. `of_space` are the rows of `space.sql`, as this transaction sees them.
pub(super) fn read(
    connection: &Connection,
    kept: &Bags,
    space: &str,
    of_space: &[Row],
    now: Timestamp,
    question: &Question,
) -> Result<Found, Trouble> {
    // A space without entries has no row.
    let Some(of_space) = of_space.first().filter(|_| question.limit > 0) else { return Ok(Found::default()) };
    let forms = Asked::forms(of_space, question)?;
    let of_words: [&dyn Parameter; 2] = [&forms, &stored(MAX_COUNTED)];
    let mut both = Vec::new();
    if !forms.is_empty() {
        both.push(Statement::kept(sql::WORDS_FOUND, &of_words));
    }
    if question.direction.is_some() {
        both.push(Statement::kept(sql::SERVING, &[]));
    }
    let mut answers = connection.together(&both)?.into_iter();
    let found = if forms.is_empty() { Answer::default() } else { answers.next().unwrap_or_default() };
    let serving = answers.next().unwrap_or_default();
    let asked = Asked::judge(of_space, question, &found.rows)?;
    let plan = Plan { choice: &question.choice, space, now };
    if question.words.is_empty() && question.wholes.is_empty() && question.phrases.is_empty() {
        return newest(connection, plan, question, &asked);
    }
    let model = match (&question.direction, serving.rows.first()) {
        (Some(direction), Some(serving)) => Serving::of(serving, direction)?,
        _ => None,
    };
    if asked.is_hopeless() && model.is_none() {
        return Ok(Found::default());
    }
    let first = if asked.is_hopeless() { None } else { Some(asked.first()) };
    let mut seen = match first.as_ref().map(|first| &first.rows) {
        None => Vec::new(),
        Some(Rows::Known(rows)) => weighed(kept.read(connection, asked.started, rows)?, &asked.words),
        Some(Rows::Matching(matching)) => looked_up(&bags(matching).rows_of_form(connection)?, &asked.words)?,
    };
    let scale = Scale::of(seen.iter().map(|row| &row.occurrences));
    weigh(&mut seen, &asked.words, scale);
    let mut search = Searching { connection, kept, asked: &asked, neighbours: Neighbours::new(connection, space, now) };
    if let (Some(model), Some(direction)) = (model, &question.direction) {
        let of_rows: Vec<i64> = seen.iter().map(|row| row.ranked.n).collect();
        let nearness = nearest::read(connection, plan, model, direction, asked.n_live, &of_rows)?;
        search.point(&mut seen, &nearness, scale)?;
    }
    if question.neighbours {
        search.lend(&mut seen)?;
    }
    let mut filling = Filling::new(connection, plan, question);
    filling.offer(seen.iter().map(|row| &row.ranked))?;
    let mut others = Vec::new();
    if first.is_some_and(|first| !first.are_all) && !filling.is_full() {
        others = looked_up(&chosen(plan, &asked.all()).rows(connection)?, &asked.words)?;
        let known: HashSet<i64> = seen.iter().map(|row| row.ranked.n).collect();
        others.retain(|row| !known.contains(&row.ranked.n));
        weigh(&mut others, &asked.words, scale);
        filling.offer(others.iter().map(|row| &row.ranked))?;
    }
    let of_rows: HashMap<i64, &Occurrences> =
        seen.iter().chain(&others).map(|row| (row.ranked.n, &row.occurrences)).collect();
    let judged = seen.iter().take(N_JUDGED).map(|row| row.ranked.n);
    let numbers: Vec<i64> = judged.clone().chain(filling.hits.iter().map(|(n, _)| *n)).collect();
    let relevant = search.relevance(&numbers, &of_rows, question.neighbours)?;
    let relevance = judged.filter_map(|n| relevant.get(&n)).copied().fold(0.0, f64::max);
    let hits = filling
        .hits
        .into_iter()
        .map(|(n, hit)| Hit { relevance: relevant.get(&n).copied().unwrap_or_default(), ..hit });
    Ok(Found { hits: hits.collect(), relevance, by_vectors: model.is_some() })
}

/// What weighed rows are asked beyond their own words.
struct Searching<'c> {
    connection: &'c Connection,
    kept: &'c Bags,
    asked: &'c Asked,
    neighbours: Neighbours<'c>,
}

impl Searching<'_> {
    /// Brings the entries whose vectors point the question's way, and lets what vectors say count beside the words.
    fn point(&self, rows: &mut Vec<Weighed>, nearness: &Nearness, scale: Scale) -> Result<(), Trouble> {
        let words = &self.asked.words;
        let known: HashSet<i64> = rows.iter().map(|row| row.ranked.n).collect();
        let near: Having = nearness.nearest.iter().copied().filter(|(n, _)| !known.contains(n)).collect();
        // Of rows that nothing is refused of, most bags were read before.
        let bags = if self.asked.is_plain() {
            self.kept.read(self.connection, self.asked.started, &near)?
        } else {
            self.allowed(near.into_iter().map(|(n, _)| n).collect())?
        };
        for (n, bag) in bags {
            let mut row = Weighed::new(n, 0.0, bag, words);
            row.ranked.score = scale.score(words, &row.occurrences);
            rows.push(row);
        }
        let best = rows.iter().map(|row| row.ranked.score).fold(0.0, f64::max);
        for row in rows.iter_mut() {
            let by_words = if 0.0 < best { row.ranked.score / best } else { 0.0 };
            let by_vectors = nearness.of(row.ranked.n).map_or(0.0, |cosine| nearness.beyond_usual(cosine));
            row.ranked.score = by_words + BY_VECTORS * by_vectors;
        }
        sort(rows);
        Ok(())
    }

    /// Lets the best lend to those beside them, and puts all in their order.
    fn lend(&mut self, rows: &mut Vec<Weighed>) -> Result<(), Trouble> {
        let lenders = rows.iter().filter(|row| !row.occurrences.is_long());
        let best: Vec<(i64, f64)> = lenders.map(|row| (row.ranked.n, row.ranked.score)).take(N_LENDERS).collect();
        let mut lent: BTreeMap<i64, f64> = self.neighbours.lent(&best)?;
        for row in rows.iter_mut() {
            let lent = lent.remove(&row.ranked.n).unwrap_or_default();
            if !row.occurrences.is_long() {
                row.ranked.score += lent;
            }
        }
        for (n, bag) in self.allowed(lent.keys().copied().collect())? {
            let row = Weighed::new(n, lent[&n], bag, &self.asked.words);
            if !row.occurrences.is_long() {
                rows.push(row);
            }
        }
        sort(rows);
        Ok(())
    }

    /// The bags of those that the rest of the question lets come though no word found them: nothing but what its words found has the phrases that are needed.
    fn allowed(&self, numbers: Vec<i64>) -> Result<Vec<(i64, Shared)>, Trouble> {
        if numbers.is_empty() || self.asked.needs_phrases() {
            return Ok(Vec::new());
        }
        let mut statement = Sql::new("SELECT t.n, t.bag FROM entry_text AS t WHERE t.n = ANY (");
        statement.push_with("?)", numbers);
        self.asked.push_refusal(&mut statement);
        let rows = statement.rows_of_form(self.connection)?;
        rows.iter().map(read_bag).collect()
    }

    /// How much of what is asked each row has, together with those beside it where they count.
    fn relevance(
        &mut self,
        numbers: &[i64],
        of_rows: &HashMap<i64, &Occurrences>,
        with_neighbours: bool,
    ) -> Result<HashMap<i64, f64>, Trouble> {
        let words = &self.asked.words;
        if !with_neighbours {
            return Ok(numbers.iter().map(|n| (*n, of_rows[n].coverage(words))).collect());
        }
        let (long, short): (Vec<i64>, Vec<i64>) = numbers.iter().copied().partition(|n| of_rows[n].is_long());
        let in_sight = self.neighbours.in_sight(&short)?;
        // Most of them were weighed themselves.
        let beside: HashSet<i64> = in_sight.iter().flat_map(|(_, beside)| beside).copied().collect();
        let unknown: Vec<i64> = beside.into_iter().filter(|n| !of_rows.contains_key(n)).collect();
        let mut said: HashMap<i64, Occurrences> = HashMap::new();
        if !unknown.is_empty() {
            for row in self.connection.rows(sql::BAGS, &[&unknown])? {
                said.insert(row.try_get(0)?, occurrences(words, Bag::new(row.try_get(1)?)));
            }
        }
        let together = |(n, beside): (i64, Vec<i64>)| {
            let mut together = of_rows[&n].clone();
            let others = beside.iter().filter_map(|n| of_rows.get(n).copied().or_else(|| said.get(n)));
            others.filter(|other| !other.is_long()).for_each(|other| together.join(other));
            (n, together.coverage(words))
        };
        let alone = long.into_iter().map(|n| (n, of_rows[&n].coverage(words)));
        Ok(in_sight.into_iter().map(together).chain(alone).collect())
    }
}

/// What is asked without a word: the last touched first.
fn newest(connection: &Connection, plan: Plan<'_>, question: &Question, asked: &Asked) -> Result<Found, Trouble> {
    let (mut n_passed, mut n_looked, mut left) = (0, 0, Vec::new());
    'rows: loop {
        let at_once = question.limit.saturating_add(question.offset - n_passed).min(AT_ONCE);
        let numbers = plan.numbers(By::Touched, at_once, n_looked).rows(connection)?;
        let numbers: Vec<i64> = numbers.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        n_looked += numbers.len() as u64;
        let mut statement = Sql::new("SELECT t.n FROM entry_text AS t WHERE t.n = ANY (");
        statement.push_with("?)", numbers.clone());
        asked.push_refusal(&mut statement);
        let allowed = statement.rows(connection)?;
        let allowed: HashSet<i64> = allowed.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        for n in numbers.iter().filter(|n| allowed.contains(n)) {
            if n_passed < question.offset {
                n_passed += 1;
                continue;
            }
            left.push(*n);
            if left.len() as u64 == question.limit {
                break 'rows;
            }
        }
        if (numbers.len() as u64) < at_once {
            break;
        }
    }
    let mut entries: HashMap<i64, Entry> = HashMap::new();
    for row in connection.rows(sql::BY_NUMBERS, &[&left])? {
        let stored = row::read(&row)?;
        entries.insert(stored.n, stored.entry);
    }
    let hits = left.iter().filter_map(|n| Some(Ok(Hit::new(entries.remove(n)?, 0.0, 1.0))));
    Ok(Found { hits: question.fill::<Trouble>(hits)?, relevance: 1.0, by_vectors: false })
}

/// Looks the words up in the bags of some rows.
fn looked_up(rows: &[Row], words: &[Word]) -> Result<Vec<Weighed>, Trouble> {
    Ok(weighed(rows.iter().map(read_bag).collect::<Result<_, _>>()?, words))
}

fn weighed(bags: Vec<(i64, Shared)>, words: &[Word]) -> Vec<Weighed> {
    bags.into_iter().map(|(n, bag)| Weighed::new(n, 0.0, bag, words)).collect()
}

/// A row's number and its bag.
fn read_bag(row: &Row) -> Result<(i64, Shared), Trouble> {
    Ok((row.try_get(0)?, row.try_get::<_, &[u8]>(1)?.into()))
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
fn bags(matching: &Match) -> Sql {
    let mut statement = Sql::new("SELECT t.n, t.bag FROM ");
    matching.push_rows(&mut statement);
    statement.push(" WHERE TRUE");
    matching.push_rest(&mut statement);
    if let Some(most) = matching.newest {
        statement.push_with(" ORDER BY t.n DESC LIMIT ?", stored(most));
    }
    statement
}

/// The numbers and bags of the rows that match and are chosen.
fn chosen(plan: Plan<'_>, matching: &Match) -> Sql {
    let mut statement = Sql::new("SELECT t.n, t.bag FROM ");
    matching.push_rows(&mut statement);
    statement.push(" JOIN entry AS e ON e.n = t.n");
    plan.push_conditions(&mut statement);
    matching.push_rest(&mut statement);
    statement
}
