//! What a benchmark found, once for people and once for programs, from the same figures.

mod table;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::machine;
use crate::numbers::rounded;

/// All of one run.
pub(crate) struct Report {
    pub(crate) benchmark: &'static str,
    pub(crate) parts: Vec<Part>,
}

/// One comparison.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// What was done: counts, sizes, times.
    pub(crate) parameters: Map<String, Value>,
    pub(crate) tables: Vec<Table>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) took: Duration,
}

/// Rows of figures. A column's name ends in its unit.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) rows: Vec<(String, Vec<f64>)>,
}

/// What a figure has to be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
    Below(f64),
}

/// A figure and what it has to be.
pub(crate) struct Goal {
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) bound: Bound,
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
            Self::Below(limit) => value < limit,
        }
    }

    fn named(self) -> (&'static str, &'static str, f64) {
        match self {
            Self::AtMost(limit) => ("at_most", "≤", limit),
            Self::AtLeast(limit) => ("at_least", "≥", limit),
            Self::Below(limit) => ("below", "<", limit),
        }
    }
}

impl Goal {
    pub(crate) fn is_met(&self) -> bool {
        self.bound.holds(self.value)
    }
}

impl Part {
    pub(crate) fn new(name: &'static str, parameters: Value) -> Self {
        let parameters = match parameters {
            Value::Object(parameters) => parameters,
            _ => Map::new(),
        };
        Self { name, parameters, tables: Vec::new(), goals: Vec::new(), took: Duration::ZERO }
    }

    pub(crate) fn goal(&mut self, what: impl Into<String>, value: f64, bound: Bound) {
        self.goals.push(Goal { what: what.into(), value, bound });
    }
}

impl Table {
    pub(crate) fn new(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, what: impl Into<String>, values: Vec<f64>) {
        self.rows.push((what.into(), values));
    }
}

impl Report {
    /// One object: the machine's shape, and each part with its parameters, figures and goals.
    pub(crate) fn json(&self) -> Value {
        let goals = || self.parts.iter().flat_map(|part| &part.goals);
        json!({
            "benchmark": self.benchmark,
            "machine": machine::shape(),
            "n_goals": goals().count(),
            "n_met": goals().filter(|goal| goal.is_met()).count(),
            "parts": self.parts.iter().map(part).collect::<Vec<_>>(),
        })
    }

    /// The same as tables.
    pub(crate) fn text(&self) -> String {
        table::text(self)
    }
}

fn part(part: &Part) -> Value {
    let tables: Map<String, Value> = part.tables.iter().map(|table| (table.name.to_owned(), rows(table))).collect();
    json!({
        "name": part.name,
        "took_s": rounded(part.took.as_secs_f64()),
        "parameters": part.parameters,
        "figures": tables,
        "goals": part.goals.iter().map(goal).collect::<Vec<_>>(),
    })
}

fn rows(table: &Table) -> Value {
    let row = |(what, values): &(String, Vec<f64>)| {
        let figures = table.columns.iter().zip(values).map(|(column, value)| ((*column).to_owned(), number(*value)));
        let what = std::iter::once(("what".to_owned(), json!(what)));
        Value::Object(what.chain(figures).collect())
    };
    table.rows.iter().map(row).collect()
}

fn goal(goal: &Goal) -> Value {
    let (bound, _, limit) = goal.bound.named();
    json!({ "goal": goal.what, "value": number(goal.value), bound: limit, "met": goal.is_met() })
}

/// A whole number as one, and what could not be measured as `null`.
fn number(value: f64) -> Value {
    let rounded = rounded(value);
    #[expect(clippy::cast_possible_truncation, reason = "it was just looked at")]
    if rounded.fract() == 0.0 && rounded.abs() < 1e15 { json!(rounded as i64) } else { json!(rounded) }
}

#[cfg(test)]
mod tests;
