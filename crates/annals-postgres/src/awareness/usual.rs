//! How near entries usually are to a question: the mean over a sample of their passages.
//!
//! The mean of products is the product with the mean. So only the mean of a sample is kept, and known by the digests of what was said in its passages, it is as good in any other database.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use annals_store::awareness::Direction;
use annals_store::awareness::vectors::Model;

use crate::conditions::Sql;
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::row::stored;

/// So many passages are a sample.
const N_SAMPLED: i64 = 512;
/// The means of so many samples are kept, some kilobytes each.
const MAX_KEPT: usize = 256;

/// Means by model and the digest of their sample.
type Means = HashMap<(Model, [u8; 32]), Arc<[f32]>>;

static MEANS: LazyLock<Mutex<Means>> = LazyLock::new(Mutex::default);

/// Adds the digest of a space's sample as it is now, nothing where it has no passage: an expression.
pub(super) fn push_digest(statement: &mut Sql, space: &str, model: i64) {
    statement.push("(SELECT sha256(string_agg(sampled.digest, '')) FROM (SELECT v.digest");
    push_sample(statement, space, model);
    statement.push(") AS sampled)");
}

/// How near the passages of the sample with this digest are.
pub(super) fn cosine(
    connection: &Connection,
    space: &str,
    model: i64,
    direction: &Direction,
    sample: [u8; 32],
) -> Result<f32, Trouble> {
    let name = (direction.model.clone(), sample);
    let known = MEANS.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
    let mean = if let Some(mean) = known {
        mean
    } else {
        let mean = read(connection, space, model, direction.vector.len())?;
        let mut means = MEANS.lock().unwrap_or_else(PoisonError::into_inner);
        if means.len() >= MAX_KEPT {
            means.clear();
        }
        means.entry(name).or_insert(mean).clone()
    };
    Ok(mean.iter().zip(&direction.vector).map(|(one, other)| one * other).sum())
}

/// The mean of a space's sample, as this transaction sees it.
fn read(connection: &Connection, space: &str, model: i64, dimension: usize) -> Result<Arc<[f32]>, Trouble> {
    let mut statement = Sql::new("SELECT avg(sampled.vector::vector)::REAL[] FROM (SELECT v.vector");
    push_sample(&mut statement, space, model);
    statement.push_with(") AS sampled WHERE cardinality(sampled.vector) = ?", stored(dimension as u64));
    let mean: Option<Vec<f32>> = statement.one(connection)?.try_get(0)?;
    Ok(mean.unwrap_or_default().into())
}

fn push_sample(statement: &mut Sql, space: &str, model: i64) {
    statement.push_with(" FROM entry_vector AS v WHERE v.space = ?", space);
    statement.push_with(" AND v.model = ?", model);
    statement.push_with(" ORDER BY v.digest LIMIT ?", N_SAMPLED);
}
