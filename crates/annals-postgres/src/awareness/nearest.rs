//! Which entries point the way of a question.
//!
//! Vectors are arrays of numbers, which pgvector compares where it is there; where it is not, words alone answer. Where few entries are chosen, each of their vectors is compared. Of many, the index of the
//! model brings the nearest in their order, however many it must pass over that are not chosen (pgvector's iterative scan), and if it gives up before there are enough, all are compared after all.

use std::collections::HashMap;

use annals_store::awareness::Direction;

use super::choice::Plan;
use super::sql;
use crate::conditions::Sql;
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::row::{counted, stored};

/// So many entries come for their vectors.
const N_NEAREST: usize = 64;
/// Of so many passages the nearest entries are taken, as an entry may have some of them.
const N_PASSAGES: i64 = 160;
/// Where fewer entries than these are chosen, all their vectors are compared.
const N_COMPARED: i64 = 5_000;
/// So many vectors say what is usual.
const N_SAMPLED: i64 = 512;
/// What the index may do for a question: look at more at a time than come, so that few of the nearest are missed, and go on through so many that are not chosen.
const EFFORT: &str = "SET LOCAL hnsw.iterative_scan = strict_order; SET LOCAL hnsw.ef_search = 240; \
    SET LOCAL hnsw.max_scan_tuples = 40000; SET LOCAL hnsw.scan_mem_multiplier = 8";

/// The model whose vectors answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Serving {
    model: i64,
    /// Whether an index finds its vectors.
    is_indexed: bool,
}

/// What vectors say about entries.
pub(super) struct Nearness {
    /// The nearest that are chosen, the nearest first, each with its cosine.
    pub(super) nearest: Vec<(i64, f32)>,
    /// How near others are that were asked for.
    others: HashMap<i64, f32>,
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
        self.others.get(&n).copied()
    }
}

/// The model of a question, if its vectors serve and can be compared.
pub(super) fn serving(connection: &Connection, direction: &Direction) -> Result<Option<Serving>, Trouble> {
    let Some(row) = connection.first(sql::SERVING, &[])? else { return Ok(None) };
    let is_its = row.try_get::<_, &str>(1)? == direction.model.name
        && counted(&row, 2)? == direction.vector.len() as u64
        && direction.vector.iter().all(|number| number.is_finite());
    let can_compare: bool = row.try_get(3)?;
    Ok(if is_its && can_compare { Some(Serving { model: row.try_get(0)?, is_indexed: row.try_get(4)? }) } else { None })
}

/// The chosen entries that point the way of a question, and how near these others are.
pub(super) fn read(
    connection: &Connection,
    plan: Plan<'_>,
    serving: Serving,
    direction: &Direction,
    others: &[i64],
) -> Result<Nearness, Trouble> {
    let question = Nearest::new(plan, serving.model, direction);
    if serving.is_indexed && question.chooses_many(connection)? {
        connection.push(EFFORT);
        let nearness = question.answer(connection, Way::Index, others)?;
        // Few entries have most of the passages, or too many were passed over.
        if nearness.nearest.len() * 2 >= N_NEAREST {
            return Ok(nearness);
        }
    }
    question.answer(connection, Way::Comparing, others)
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
    dimension: usize,
    /// As pgvector reads it.
    direction: String,
}

impl<'a> Nearest<'a> {
    fn new(plan: Plan<'a>, model: i64, direction: &Direction) -> Self {
        let numbers = direction.vector.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        Self { plan, model, dimension: direction.vector.len(), direction: format!("[{numbers}]") }
    }

    fn chooses_many(&self, connection: &Connection) -> Result<bool, Trouble> {
        let mut statement = Sql::new("SELECT count(*) FROM (SELECT 1");
        self.plan.push_rows(&mut statement);
        statement.push_with(" LIMIT ?) AS chosen", N_COMPARED + 1);
        Ok(statement.one(connection)?.try_get::<_, i64>(0)? > N_COMPARED)
    }

    fn answer(&self, connection: &Connection, way: Way, others: &[i64]) -> Result<Nearness, Trouble> {
        let mut statement = Sql::new("WITH passage AS MATERIALIZED (SELECT v.n, ");
        self.push_cosine(&mut statement);
        // `OFFSET 0` keeps the order in which tables are read, which a planner that knows no figures yet would get wrong by hours.
        // The model is a number that stands in the statement itself, by which its index is known.
        match way {
            Way::Index => {
                statement.push(" FROM entry_vector AS v CROSS JOIN LATERAL (SELECT 1 FROM entry AS e");
                self.plan.push_conditions(&mut statement);
                statement.push_with(" AND e.n = v.n OFFSET 0) AS chosen WHERE v.space = ?", self.plan.space);
                let numbers = if self.dimension <= 2_000 { "vector" } else { "halfvec" };
                let (model, dimension) = (self.model, self.dimension);
                statement.push(&format!(" AND v.model = {model} ORDER BY v.vector::{numbers}({dimension}) <#> "));
                statement.push_with("?", self.direction.as_str());
                statement.push(&format!("::{numbers}({dimension})"));
                statement.push_with(" LIMIT ?", N_PASSAGES);
            }
            Way::Comparing => {
                statement.push(" FROM (SELECT e.n");
                self.plan.push_rows(&mut statement);
                statement.push(" OFFSET 0) AS chosen CROSS JOIN LATERAL (SELECT v.n, v.vector FROM entry_vector AS v");
                // All of the primary key, so that it is looked up by that.
                statement.push(&format!(" WHERE v.n = chosen.n AND v.model = {} AND v.nth >= 0", self.model));
                statement.push_with(" AND v.space = ? OFFSET 0) AS v", self.plan.space);
            }
        }
        statement.push(") (SELECT 0, n, max(cosine)::REAL AS cosine FROM passage WHERE cosine IS NOT NULL GROUP BY n");
        statement.push_with(" ORDER BY cosine DESC, n DESC LIMIT ?)", stored(N_NEAREST as u64));
        statement.push(" UNION ALL (SELECT 1, n, max(cosine)::REAL FROM (SELECT v.n, ");
        self.push_cosine(&mut statement);
        statement.push_with(" FROM entry_vector AS v WHERE v.space = ?", self.plan.space);
        statement.push_with(" AND v.n = ANY (?)", others.to_vec());
        statement.push_with(" AND v.model = ?) AS other WHERE cosine IS NOT NULL GROUP BY n)", self.model);
        statement.push(" UNION ALL SELECT 2, 0, coalesce(avg(cosine), 0)::REAL FROM (SELECT ");
        self.push_cosine(&mut statement);
        statement.push_with(" FROM entry_vector AS v WHERE v.space = ?", self.plan.space);
        statement.push_with(" AND v.model = ?", self.model);
        statement.push_with(" ORDER BY v.digest LIMIT ?) AS sampled", N_SAMPLED);
        let mut nearness = Nearness { nearest: Vec::new(), others: HashMap::new(), usual: 0.0 };
        for row in statement.rows(connection)? {
            let (n, cosine): (i64, f32) = (row.try_get(1)?, row.try_get(2)?);
            match row.try_get::<_, i32>(0)? {
                0 => nearness.nearest.push((n, cosine)),
                1 => {}
                _ => {
                    nearness.usual = cosine;
                    continue;
                }
            }
            nearness.others.insert(n, cosine);
        }
        nearness.nearest.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(other.0.cmp(&one.0)));
        Ok(nearness)
    }

    /// How near an `entry_vector AS v` is. One of another length can't be compared, and none was put there by us.
    fn push_cosine(&self, statement: &mut Sql) {
        statement.push_with("CASE WHEN cardinality(v.vector) = ?", stored(self.dimension as u64));
        statement.push_with(" THEN -(v.vector::vector <#> ?::vector) END AS cosine", self.direction.as_str());
    }
}
