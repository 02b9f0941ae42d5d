//! Which entries point the way of a question.
//!
//! Vectors are arrays of numbers, which pgvector compares where it is there; where it is not, words alone answer. Where few entries are chosen, each of their vectors is compared. Of many, the index of the
//! model brings the nearest of all, and those of them that are chosen are the nearest that are chosen, if there are enough; if there are not, more are looked at, and then all that are chosen are compared
//! after all. The index can also go on behind those (pgvector's iterative scan), and misses what is near there: see decision 31.
//!
//! What costs is the array that becomes a vector, so none does twice in one statement.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use annals_store::awareness::{Choice, Direction, Shelved};
use tokio_postgres::Row;

use super::asked::Having;
use super::choice::Plan;
use super::usual;
use crate::conditions::Sql;
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::row::{counted, optional_bytes, stored};

/// The bounds of how many entries are compared one by one.
const N_COMPARED: RangeInclusive<u64> = 500..=5_000;
/// So many entries come for their vectors.
const N_NEAREST: usize = 64;
/// Of so many passages the nearest entries are taken, as an entry may have some of them.
const N_PASSAGES: i64 = 160;
/// So many of the nearest passages of all are looked at, and if too few of them are chosen, so many; pgvector looks at no more at once.
const LOOKS: [u32; 2] = [240, 1_000];
/// So many that are chosen have to be among those: the last of what is looked at are not all found.
const N_ENOUGH: u64 = 100;
/// What follows may be sorted again.
const EFFORT_ENDS: &str = "SET LOCAL enable_sort = on";

/// What the index does for a question. The planner thinks that sorting some thousands is cheaper, as it knows nothing of what an array costs; and what it is told to avoid looks to it as if it were
/// worth compiling.
fn effort(n_looked_at: u32) -> String {
    format!(
        "SET LOCAL hnsw.iterative_scan = off; SET LOCAL hnsw.ef_search = {n_looked_at}; SET LOCAL enable_sort = off; SET LOCAL jit = off"
    )
}

/// The model whose vectors answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Serving {
    model: i64,
    /// How many vectors the index has that finds them, where there is one: as the server last counted, or 0 as long as it has not.
    n_indexed: Option<u64>,
}

/// What vectors say about entries.
pub(super) struct Nearness {
    /// The nearest that are chosen, the nearest first, each with the version of its words.
    pub(super) nearest: Having,
    /// How near these are, and others that were asked for.
    cosines: HashMap<i64, f32>,
    /// How near entries are that have nothing to do with the question: the mean over a sample.
    usual: f32,
}

impl Nearness {
    /// How much nearer than usual, up to 1: models differ in how near they put what has nothing in common.
    pub(super) fn beyond_usual(&self, cosine: f32) -> f64 {
        f64::from(((cosine - self.usual) / (1.0 - self.usual).max(0.01)).max(0.0))
    }

    /// How near an entry is, where that is known.
    pub(super) fn of(&self, n: i64) -> Option<f32> {
        self.cosines.get(&n).copied()
    }
}

impl Serving {
    /// The model of a question, if its vectors serve and can be compared: `row` is that of `serving.sql`.
    pub(super) fn of(row: &Row, direction: &Direction) -> Result<Option<Self>, Trouble> {
        let is_its = row.try_get::<_, &str>(1)? == direction.model.name
            && counted(row, 2)? == direction.vector.len() as u64
            && direction.vector.iter().all(|number| number.is_finite());
        let can_compare: bool = row.try_get(3)?;
        if !is_its || !can_compare {
            return Ok(None);
        }
        let n_indexed = row.try_get::<_, Option<i64>>(4)?.map(|n| n.max(0).cast_unsigned());
        Ok(Some(Self { model: row.try_get(0)?, n_indexed }))
    }
}

/// Where no more entries than these are chosen, all their vectors are compared.
///
/// What the index costs grows slowly with the number of all, and is for nothing where few of the nearest are chosen; what comparing costs grows with the number of the chosen. The factor was
/// measured with vectors of 384 numbers, when the index still went on until it had enough.
fn n_compared(n_indexed: u64) -> i64 {
    let n = if n_indexed == 0 { u64::MAX } else { n_indexed.isqrt().saturating_mul(17) };
    stored(n.clamp(*N_COMPARED.start(), *N_COMPARED.end()))
}

/// The chosen entries that point the way of a question, and how near these others are. The space has about so many live entries.
pub(super) fn read(
    connection: &Connection,
    plan: Plan<'_>,
    serving: Serving,
    direction: &Direction,
    n_live: u64,
    others: &[i64],
) -> Result<Nearness, Trouble> {
    let question = Nearest::new(plan, serving.model, direction);
    if let Some(n_indexed) = serving.n_indexed
        && question.chooses_more(connection, n_compared(n_indexed), n_live)?
    {
        for n_looked_at in LOOKS {
            connection.push(&effort(n_looked_at));
            let (nearness, n_found) = question.answer(connection, Way::Index, others)?;
            connection.push(EFFORT_ENDS);
            // Few entries may have most of the passages.
            if n_found >= N_ENOUGH && nearness.nearest.len() * 2 >= N_NEAREST {
                return Ok(nearness);
            }
            // A look at more is not worth it where even that would bring too few, as it does among the entries of many spaces.
            if n_found * u64::from(LOOKS[1]) < N_ENOUGH * u64::from(n_looked_at) {
                break;
            }
        }
    }
    Ok(question.answer(connection, Way::Comparing, others)?.0)
}

/// How the nearest are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Index,
    Comparing,
}

/// A question for what is near.
struct Nearest<'a> {
    plan: Plan<'a>,
    model: i64,
    direction: &'a Direction,
    /// As pgvector reads it.
    numbers: String,
}

impl<'a> Nearest<'a> {
    fn new(plan: Plan<'a>, model: i64, direction: &'a Direction) -> Self {
        let numbers = direction.vector.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        Self { plan, model, direction, numbers: format!("[{numbers}]") }
    }

    /// Whether more entries are chosen than these, of at most so many that live.
    fn chooses_more(&self, connection: &Connection, than: i64, n_live: u64) -> Result<bool, Trouble> {
        let choice = self.plan.choice;
        let are_more = n_live > than.unsigned_abs();
        if *choice == Choice::default() || choice.shelved == Shelved::Live && !are_more {
            return Ok(are_more);
        }
        let mut statement = Sql::new("SELECT count(*) FROM (SELECT 1");
        self.plan.push_rows(&mut statement);
        statement.push_with(" LIMIT ?) AS chosen", than.saturating_add(1));
        let rows = self.rows(&statement, connection)?;
        let counted = rows.first().ok_or_else(|| Trouble::Damaged("a row is missing".to_owned()))?;
        Ok(counted.try_get::<_, i64>(0)? > than)
    }

    /// What was found, and how many passages come into question for it.
    fn answer(&self, connection: &Connection, way: Way, others: &[i64]) -> Result<(Nearness, u64), Trouble> {
        // In a table of its own it is read from its text once, whatever the plan.
        let mut statement = Sql::new("WITH asked AS MATERIALIZED (SELECT ");
        statement.push_with("?::vector AS direction), passage AS MATERIALIZED (SELECT v.n, ", self.numbers.as_str());
        self.push_cosine(&mut statement);
        self.push_way(&mut statement, way);
        statement.push("), near AS MATERIALIZED (SELECT n, max(cosine)::REAL AS cosine FROM passage WHERE cosine IS NOT NULL GROUP BY n)");
        statement.push(" (SELECT 0, best.n, cosine, t.xmin, NULL::BYTEA FROM (SELECT n, cosine FROM near");
        statement.push_with(
            " ORDER BY cosine DESC, n DESC LIMIT ?) AS best JOIN entry_text AS t ON t.n = best.n)",
            stored(N_NEAREST as u64),
        );
        statement.push_with(" UNION ALL SELECT 1, n, cosine, NULL, NULL FROM near WHERE n = ANY (?)", others.to_vec());
        statement.push(" UNION ALL (SELECT 1, n, max(cosine)::REAL, NULL, NULL FROM (SELECT v.n, ");
        self.push_cosine(&mut statement);
        statement.push_with(" FROM entry_vector AS v WHERE v.space = ?", self.plan.space);
        statement.push_with(" AND v.n = ANY (?) AND v.n NOT IN (SELECT n FROM near)", others.to_vec());
        statement.push_with(" AND v.model = ?) AS other WHERE cosine IS NOT NULL GROUP BY n)", self.model);
        statement.push(" UNION ALL SELECT 2, (SELECT count(*) FROM passage), 0, NULL, ");
        usual::push_digest(&mut statement, self.plan.space, self.model);
        let mut cosines: HashMap<i64, f32> = HashMap::new();
        let (mut near, mut n_found, mut sample) = (Having::new(), 0, None);
        for row in self.rows(&statement, connection)? {
            match row.try_get::<_, i32>(0)? {
                0 => near.push((row.try_get(1)?, row.try_get(3)?)),
                1 => {}
                _ => {
                    (n_found, sample) = (counted(&row, 1)?, optional_bytes(&row, 4)?);
                    continue;
                }
            }
            cosines.insert(row.try_get(1)?, row.try_get(2)?);
        }
        near.sort_unstable_by(|(one, _), (other, _)| cosines[other].total_cmp(&cosines[one]).then(other.cmp(one)));
        let mut nearness = Nearness { nearest: near, cosines, usual: 0.0 };
        if let Some(sample) = sample {
            nearness.usual = usual::cosine(connection, self.plan.space, self.model, self.direction, sample)?;
        }
        Ok((nearness, n_found))
    }

    /// ` FROM …` the `entry_vector AS v` that come into question.
    ///
    /// `OFFSET 0` keeps the order in which tables are read, which a planner that knows no figures yet would get wrong by hours. The model is a number that stands in the statement itself, by which its
    /// index is known.
    fn push_way(&self, statement: &mut Sql, way: Way) {
        let (model, dimension) = (self.model, self.direction.vector.len());
        match way {
            Way::Index => {
                statement.push(" FROM entry_vector AS v CROSS JOIN LATERAL (SELECT 1 FROM entry AS e");
                self.plan.push_conditions(statement);
                statement.push_with(" AND e.n = v.n OFFSET 0) AS chosen WHERE v.space = ?", self.plan.space);
                let numbers = if dimension <= 2_000 { "vector" } else { "halfvec" };
                statement.push(&format!(" AND v.model = {model} ORDER BY v.vector::{numbers}({dimension})"));
                statement.push(&format!(" <#> (SELECT direction FROM asked)::{numbers}({dimension})"));
                statement.push_with(" LIMIT ?", N_PASSAGES);
            }
            Way::Comparing => {
                statement.push(" FROM (SELECT e.n");
                self.plan.push_rows(statement);
                statement.push(" OFFSET 0) AS chosen CROSS JOIN LATERAL (SELECT v.n, v.vector FROM entry_vector AS v");
                // All of the primary key, so that it is looked up by that.
                statement.push(&format!(" WHERE v.n = chosen.n AND v.model = {model} AND v.nth >= 0"));
                statement.push_with(" AND v.space = ? OFFSET 0) AS v", self.plan.space);
            }
        }
    }

    /// How near an `entry_vector AS v` is. One of another length can't be compared, and none was put there by us.
    fn push_cosine(&self, statement: &mut Sql) {
        statement.push_with("CASE WHEN cardinality(v.vector) = ?", stored(self.direction.vector.len() as u64));
        statement.push(" THEN -(v.vector::vector <#> (SELECT direction FROM asked)) END AS cosine");
    }

    /// The rows of a statement, planned for its values where these decide which index is best: where nothing was chosen they do not.
    fn rows(&self, statement: &Sql, connection: &Connection) -> Result<Vec<Row>, Trouble> {
        if *self.plan.choice == Choice::default() {
            statement.rows_of_form(connection)
        } else {
            statement.rows(connection)
        }
    }
}
