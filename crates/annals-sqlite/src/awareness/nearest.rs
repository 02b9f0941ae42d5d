//! Entries whose vectors point the way of a question: filters first, and exact.
//!
//! A matrix in memory says which rows are near enough to be read ([`super::matrix`]); their own vectors, read in the snapshot of the question, say how near they are. A row that is gone is found
//! out here and forgotten, one that is new is read first, so no answer is of another moment than the rest of the search.
//!
//! Of a choice, rows are asked for from the nearest on until enough are chosen. Where few are, that would ask nearly all: then the choice is made first, and its rows are compared alone.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use annals_event::Timestamp;
use annals_store::awareness::{By, Direction, Question};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::choice::Plan;
use super::filling::Chosen;
use super::matrix::{Matrix, Near, nearest};
use super::sql;
use crate::row::counted;

/// So many entries come for their vectors.
pub(super) const N_NEAREST: usize = 64;
/// So many rows are asked for at first. In steps of a matrix the order is nearly right, so that a few more than are wanted have all that are wanted.
const N_FIRST: usize = 80;
/// So many sums are made at once.
const LANES: usize = 8;
/// Where fewer of a hundred are chosen, the choice is made first.
const FEW_IN_A_HUNDRED: usize = 4;
/// More than this is kept in memory only for the space that was asked last.
const MAX_BYTES: usize = 256 << 20;

/// The matrices of a store, by the numbers of space and model.
#[derive(Default)]
pub(crate) struct Matrices {
    /// Held for moments; the last used is the last.
    known: Mutex<Vec<Known>>,
}

type Shared = Arc<RwLock<Matrix>>;

struct Known {
    key: (i64, i64),
    n_bytes: usize,
    matrix: Shared,
}

/// What vectors say about entries.
pub(super) struct Nearness {
    /// The nearest, the nearest first, each with its cosine.
    pub(super) nearest: Vec<(i64, f32)>,
    /// How near entries are that have nothing to do with the question: the mean over all.
    pub(super) usual: f32,
    matrix: Shared,
    vector: Vec<f32>,
}

impl Nearness {
    /// How much nearer than usual, up to 1: models differ in how near they put what has nothing in common.
    pub(super) fn beyond_usual(&self, cosine: f32) -> f64 {
        f64::from(((cosine - self.usual) / (1.0 - self.usual).max(0.01)).max(0.0))
    }

    /// How near entries are: the nearest, and about how near these others.
    pub(super) fn of(&self, entries: impl Iterator<Item = i64>) -> HashMap<i64, f32> {
        let matrix = self.matrix.read().unwrap_or_else(PoisonError::into_inner);
        let mut near = best_of(&matrix.of(entries, &self.vector));
        near.extend(self.nearest.iter().copied());
        near
    }
}

impl Matrices {
    /// The entries that point the way of a question; `None` where its model has no vectors that serve.
    pub(super) fn search(
        &self,
        connection: &Connection,
        space: (&str, i64),
        now: Timestamp,
        question: &Question,
        direction: &Direction,
    ) -> rusqlite::Result<Option<Nearness>> {
        let serving: Option<(i64, String, usize)> = connection
            .prepare_cached(sql::SERVING)?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, dimension(row, 2)?)))
            .optional()?;
        let model = match serving {
            Some((model, name, dimension)) if name == direction.model.name && dimension == direction.vector.len() => {
                model
            }
            _ => return Ok(None),
        };
        let key = (space.1, model);
        let matrix = self.of(key, direction.vector.len());
        let visible = caught_up(connection, key, &matrix)?;
        self.weigh(key, &matrix);
        // Kept until the end: the places are those of this moment.
        let rows = matrix.read().unwrap_or_else(PoisonError::into_inner);
        let cosines = rows.cosines(&direction.vector);
        let usual = mean(&cosines);
        let mut chosen = Chosen::without_entries(connection, space.0, now, question)?;
        let mut found: HashMap<i64, f32> = HashMap::new();
        let mut asked: HashSet<i64> = HashSet::new();
        let mut gone: HashSet<i64> = HashSet::new();
        let (mut n_rows, mut from) = (N_FIRST, 0);
        loop {
            let places = nearest(&cosines, n_rows);
            for at in &places[from..] {
                let row = rows.row(*at, cosines[*at]);
                if found.contains_key(&row.n) || asked.insert(row.n) && chosen.is(row.n)? {
                    take(connection, &row, visible, &direction.vector, &mut found, &mut gone)?;
                }
            }
            from = places.len();
            if N_NEAREST <= found.len() || from == cosines.len() {
                break;
            }
            if found.len() * 100 < from * FEW_IN_A_HUNDRED {
                let alone = rows.of(numbers(connection, space.0, now, question)?.into_iter(), &direction.vector);
                let cosines: Vec<f32> = alone.iter().map(|row| row.cosine).collect();
                for at in nearest(&cosines, N_FIRST) {
                    take(connection, &alone[at], visible, &direction.vector, &mut found, &mut gone)?;
                }
                break;
            }
            // As many as it takes where chosen ones lie as close as until now, and some more.
            n_rows = (from * N_NEAREST / found.len().max(1)).saturating_mul(3) / 2 + N_FIRST;
        }
        drop(rows);
        if !gone.is_empty() {
            let mut matrix = matrix.write().unwrap_or_else(PoisonError::into_inner);
            for n in gone {
                matrix.forget(n);
            }
        }
        let mut ordered: Vec<(i64, f32)> = found.into_iter().collect();
        ordered.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(other.0.cmp(&one.0)));
        ordered.truncate(N_NEAREST);
        Ok(Some(Nearness { nearest: ordered, usual, matrix, vector: direction.vector.clone() }))
    }

    /// The matrix of a space and model, empty where nobody asked for it before.
    fn of(&self, key: (i64, i64), dimension: usize) -> Shared {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|known| known.key == key);
        let used = at.map_or_else(
            || Known { key, n_bytes: 0, matrix: Arc::new(RwLock::new(Matrix::new(dimension))) },
            |at| known.remove(at),
        );
        let matrix = Arc::clone(&used.matrix);
        known.push(used);
        matrix
    }

    /// Forgets what was not asked for longest, where there is too much.
    fn weigh(&self, key: (i64, i64), matrix: &Shared) {
        let n_bytes = matrix.read().unwrap_or_else(PoisonError::into_inner).n_bytes();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = known.iter_mut().find(|known| known.key == key) {
            own.n_bytes = n_bytes;
        }
        while 1 < known.len() && MAX_BYTES < known.iter().map(|known| known.n_bytes).sum() {
            known.remove(0);
        }
    }
}

/// Reads what is new, and answers the greatest `v` that this snapshot has.
fn caught_up(connection: &Connection, key: (i64, i64), matrix: &Shared) -> rusqlite::Result<i64> {
    let visible: i64 = connection.prepare_cached(sql::LAST_VECTOR)?.query_row([key.0, key.1], |row| row.get(0))?;
    if visible <= matrix.read().unwrap_or_else(PoisonError::into_inner).last() {
        return Ok(visible);
    }
    let mut matrix = matrix.write().unwrap_or_else(PoisonError::into_inner);
    let mut statement = connection.prepare_cached(sql::VECTORS_BEHIND)?;
    let mut rows = statement.query([key.0, key.1, matrix.last()])?;
    let mut before = None;
    while let Some(row) = rows.next()? {
        let n: i64 = row.get(1)?;
        matrix.add(row.get(0)?, n, before != Some(n), &unpacked(row.get_ref(2)?.as_blob()?));
        before = Some(n);
    }
    Ok(visible)
}

/// Reads a row's own vector. One that this snapshot should have and has not is gone.
fn take(
    connection: &Connection,
    row: &Near,
    visible: i64,
    question: &[f32],
    found: &mut HashMap<i64, f32>,
    gone: &mut HashSet<i64>,
) -> rusqlite::Result<()> {
    if visible < row.v {
        return Ok(());
    }
    let cosine = connection
        .prepare_cached(sql::VECTOR)?
        .query_row(params![row.v], |read| Ok(product(read.get_ref(1)?.as_blob()?, question)))
        .optional()?;
    match cosine {
        Some(cosine) => {
            found.entry(row.n).and_modify(|best| *best = best.max(cosine)).or_insert(cosine);
        }
        None => {
            gone.insert(row.n);
        }
    }
    Ok(())
}

/// The numbers of all that are chosen.
fn numbers(connection: &Connection, space: &str, now: Timestamp, question: &Question) -> rusqlite::Result<Vec<i64>> {
    let statement = Plan::new(connection, space, now, &question.choice, Some(By::Touched))?.numbers(By::Touched);
    connection
        .prepare_cached(&statement.text)?
        .query_map(params_from_iter(&statement.values), |row| row.get(0))?
        .collect()
}

fn best_of(near: &[Near]) -> HashMap<i64, f32> {
    let mut best: HashMap<i64, f32> = HashMap::new();
    for row in near {
        best.entry(row.n).and_modify(|best| *best = best.max(row.cosine)).or_insert(row.cosine);
    }
    best
}

#[expect(clippy::cast_precision_loss, reason = "a mean of cosines needs three digits")]
fn mean(cosines: &[f32]) -> f32 {
    cosines.iter().sum::<f32>() / cosines.len().max(1) as f32
}

/// The product of a vector as it is kept and another. Sums beside each other need not wait for each other.
fn product(packed: &[u8], other: &[f32]) -> f32 {
    let (eights, rest) = packed.as_chunks().0.as_chunks::<LANES>();
    let (other_eights, other_rest) = other.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (one, other) in eights.iter().zip(other_eights) {
        for ((sum, one), other) in sums.iter_mut().zip(one).zip(other) {
            *sum += f32::from_le_bytes(*one) * other;
        }
    }
    let of_rest = rest.iter().zip(other_rest).map(|(one, other)| f32::from_le_bytes(*one) * other);
    sums.into_iter().chain(of_rest).sum()
}

/// How many numbers a model's vectors have, by this column.
pub(super) fn dimension(row: &Row<'_>, at: usize) -> rusqlite::Result<usize> {
    Ok(usize::try_from(counted(row, at)?).unwrap_or(usize::MAX))
}

/// A vector as it is kept: numbers of 32 bits, little-endian.
pub(super) fn packed(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn unpacked(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number)).collect()
}
