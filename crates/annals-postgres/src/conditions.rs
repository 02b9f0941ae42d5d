//! From a filter to SQL: the one place where a statement is put together.
//!
//! It is put together from constant pieces only, and every value is a parameter, so that no text of a caller's ever becomes SQL.
//!
//! A page examines at most so many rows, so it must know which condition finds rows by an index in the log's order, the *driver*; all others are checked row by row. `since` and `until` are no
//! condition at all: `recorded_at` never decreases with `seq`, so they become a span of `seq`. Words are compared by [`Search`] alone, row by row.

use std::fmt::Write as _;

use annals_event::Column;
use annals_store::{Filter, Search, SeqRange, TypePattern};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::connection::{Connection, Parameter, Statement};
use crate::failure::Trouble;
use crate::page;
use crate::row::{counted, stored};
use crate::sql;

/// A piece of SQL with the values of its `?`, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

/// A value of a piece.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Integer(i64),
    Text(String),
    Integers(Vec<i64>),
    Texts(Vec<String>),
    Bytes(Vec<u8>),
}

impl Parameter for Value {
    fn bound(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Self::Integer(value) => value.bound(),
            Self::Text(value) => value.bound(),
            Self::Integers(value) => value.bound(),
            Self::Texts(value) => value.bound(),
            Self::Bytes(value) => value.bound(),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<Vec<i64>> for Value {
    fn from(value: Vec<i64>) -> Self {
        Self::Integers(value)
    }
}

impl Sql {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn push_with(&mut self, text: &str, value: impl Into<Value>) {
        self.text.push_str(text);
        self.values.push(value.into());
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.values.extend_from_slice(&other.values);
    }

    /// The statement's rows, as it is planned for its values.
    pub(crate) fn rows(&self, connection: &Connection) -> Result<Vec<Row>, Trouble> {
        self.numbered(|text, values| Ok(connection.answer(Statement::once(text, values))?.rows))
    }

    /// The rows of a statement that is planned alike for all values.
    pub(crate) fn rows_of_form(&self, connection: &Connection) -> Result<Vec<Row>, Trouble> {
        self.numbered(|text, values| Ok(connection.answer(Statement::form(text, values))?.rows))
    }

    /// With its parameters numbered.
    fn numbered<T>(&self, carry_out: impl FnOnce(&str, &[&dyn Parameter]) -> T) -> T {
        let mut statement = String::with_capacity(self.text.len() + 2 * self.values.len());
        let mut pieces = self.text.split('?');
        statement.push_str(pieces.next().unwrap_or_default());
        for (n, piece) in (1..).zip(pieces) {
            // Writing to a text cannot fail.
            let _ = write!(statement, "${n}{piece}");
        }
        let values: Vec<&dyn Parameter> = self.values.iter().map(|value| value as &dyn Parameter).collect();
        carry_out(&statement, &values)
    }

    /// The first row, if there is one.
    pub(crate) fn first(&self, connection: &Connection) -> Result<Option<Row>, Trouble> {
        Ok(self.rows(connection)?.into_iter().next())
    }

    /// The row of a statement that always has one.
    pub(crate) fn one(&self, connection: &Connection) -> Result<Row, Trouble> {
        self.first(connection)?.ok_or_else(|| Trouble::Damaged("a row is missing".to_owned()))
    }

    fn push_equal(&mut self, column: Column, value: &str) {
        if rank(column).is_some() {
            // As the index has it.
            self.push(" AND left(");
            self.push(column.name());
            self.push_with(", 200) = left(?, 200)", value);
        }
        self.push(" AND ");
        self.push(column.name());
        self.push_with(" = ?", value);
    }

    fn push_any(&mut self, text: &str, values: Vec<String>) {
        self.text.push_str(text);
        self.values.push(Value::Texts(values));
    }
}

/// How a filter is carried out.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// What finds rows in the log's order.
    pub(crate) driver: Driver,
    /// All conditions on a row, each beginning with ` AND `, what the driver knows included.
    pub(crate) all: Sql,
    /// Whether the driver knows all of them.
    pub(crate) is_exact: bool,
    /// The rows that can fit by their place.
    pub(crate) seqs: SeqRange,
    /// Words that are still to be compared.
    pub(crate) words: Option<Search>,
}

/// An ordered source of rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Driver {
    /// The log itself.
    Log,
    /// One value of an indexed column.
    Equal(Column, String),
    /// Events of these types.
    Types(Vec<String>),
}

impl Plan {
    /// Plans a filter for the log as this connection's transaction sees it.
    pub(crate) fn new(connection: &Connection, filter: &Filter) -> Result<Self, Trouble> {
        let mut seqs = span(connection, filter)?;
        let types = types(connection, filter)?;
        let words = filter.search.clone().filter(Search::has_words);
        let is_hopeless = types.as_ref().is_some_and(Vec::is_empty)
            || words.as_ref().is_some_and(Search::is_hopeless)
            || has_nul(filter);
        if is_hopeless {
            seqs.end = seqs.start;
            return Ok(Self { driver: Driver::Log, all: Sql::default(), is_exact: true, seqs, words: None });
        }
        let mut all = Sql::default();
        let mut n_conditions = filter.equals.len() + usize::from(types.is_some());
        for (column, value) in &filter.equals {
            all.push_equal(*column, value);
        }
        if let Some(types) = &types {
            all.push_any(" AND event_type = ANY(?)", types.clone());
        }
        let before = all.text.len();
        push_rest(&mut all, filter);
        if all.text.len() > before {
            n_conditions += 1;
        }
        let best = filter.equals.iter().filter_map(|it| Some((rank(it.0)?, it))).min_by_key(|(rank, _)| *rank);
        // One operation, session, plan or tool is rarer than a type, and a type rarer than a project.
        let driver = match (best, types) {
            (Some((rank, (column, value))), types) if types.is_none() || rank < TYPE_RANK => {
                Driver::Equal(*column, value.clone())
            }
            (_, Some(types)) => Driver::Types(types),
            _ => Driver::Log,
        };
        let is_exact = n_conditions == usize::from(driver != Driver::Log);
        Ok(Self { driver, all, is_exact, seqs, words })
    }

    /// The same with words that are compared already: the rows that have them are named one by one. Costs a look at each row that fits otherwise.
    pub(crate) fn resolved(mut self, connection: &Connection) -> Result<Self, Trouble> {
        if let Some(search) = self.words.take() {
            let fitting = page::all_with_words(connection, &self, &search)?;
            self.all.push(" AND seq = ANY(?)");
            self.all.values.push(Value::Integers(fitting));
            self.is_exact = false;
        }
        Ok(self)
    }

    /// ` FROM event WHERE …`: all rows that fit.
    pub(crate) fn push_from(&self, sql: &mut Sql) {
        sql.push(" FROM event");
        push_span(sql, self.seqs);
        sql.append(&self.all);
    }
}

/// ` WHERE …`: the rows of a span.
pub(crate) fn push_span(sql: &mut Sql, span: SeqRange) {
    sql.push_with(" WHERE seq >= ?", stored(span.start));
    sql.push_with(" AND seq < ?", stored(span.end));
}

/// Where a type stands among the columns of [`rank`].
const TYPE_RANK: u8 = 6;

/// The indexed columns, those with the fewest rows a value first.
fn rank(column: Column) -> Option<u8> {
    Some(match column {
        Column::OperationId => 0,
        Column::CorrelationId => 1,
        Column::SessionId => 2,
        Column::PlanId => 3,
        Column::ActorName => 4,
        Column::Tool => 5,
        Column::ProjectName => 7,
        _ => return None,
    })
}

fn push_rest(rest: &mut Sql, filter: &Filter) {
    if let Some(space) = &filter.space {
        rest.push_with(" AND space = ?", space.as_str());
    }
    if !filter.outcomes.is_empty() {
        let outcomes = filter.outcomes.iter().map(|outcome| outcome.as_str().to_owned());
        rest.push_any(" AND outcome = ANY(?)", outcomes.collect());
    }
    if !filter.decisions.is_empty() {
        let decisions = filter.decisions.iter().map(|decision| decision.as_str().to_owned());
        rest.push_any(" AND decision = ANY(?)", decisions.collect());
    }
    if let Some(since) = filter.created_since {
        rest.push_with(" AND created_at >= ?", since.as_nanos());
    }
    if let Some(until) = filter.created_until {
        rest.push_with(" AND created_at < ?", until.as_nanos());
    }
    if let Some(glob) = &filter.resource {
        rest.push_with(" AND resource ~ ?", glob.regex().as_str());
    }
    if let Some(text) = &filter.text {
        rest.push_with(" AND strpos(details, ?) > 0", text.as_str());
    }
    for source in filter.search.iter().flat_map(|search| &search.sources) {
        rest.push_with(" AND (client = ?", source.as_str());
        rest.push_with(" OR actor_name = ?)", source.as_str());
    }
}

/// Whether a text is asked for that no text of this database can have in it.
fn has_nul(filter: &Filter) -> bool {
    let equals = filter.equals.iter().map(|(_, value)| value.as_str());
    let others =
        [filter.space.as_deref(), filter.text.as_deref(), filter.resource.as_ref().map(annals_store::Glob::as_str)];
    let sources = filter.search.iter().flat_map(|search| &search.sources).map(String::as_str);
    equals.chain(others.into_iter().flatten()).chain(sources).any(|text| text.contains('\0'))
}

/// The types that a filter means, as far as the log holds them; `None` when it names none.
fn types(connection: &Connection, filter: &Filter) -> Result<Option<Vec<String>>, Trouble> {
    let of_filter = resolved(connection, &filter.event_types)?;
    let of_search = filter.search.as_ref().map(|search| resolved(connection, &search.event_types)).transpose()?;
    Ok(match (of_filter, of_search.flatten()) {
        (Some(one), Some(other)) => Some(one.into_iter().filter(|name| other.contains(name)).collect()),
        (one, other) => one.or(other),
    })
}

/// The types that any of these patterns means; `None` where there is no pattern.
fn resolved(connection: &Connection, patterns: &[TypePattern]) -> Result<Option<Vec<String>>, Trouble> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut types = Vec::new();
    for pattern in patterns {
        match pattern {
            TypePattern::Exact(exact) => types.push(exact.clone()),
            TypePattern::Family(family) => {
                // A seek a type: `family` ends in a full stop, and a slash is what follows it.
                let end = format!("{}/", family.trim_end_matches('.'));
                let mut from = family.clone();
                let mut itself = true;
                while !from.contains('\0')
                    && let Some(found) = connection.first(sql::NEXT_TYPE, &[&from, &end, &itself])?
                {
                    (from, itself) = (found.try_get(0)?, false);
                    types.push(from.clone());
                }
            }
        }
    }
    types.retain(|name| !name.contains('\0'));
    types.sort_unstable();
    types.dedup();
    Ok(Some(types))
}

/// The span of `seq` that `seqs`, `since` and `until` leave, within what the log holds.
fn span(connection: &Connection, filter: &Filter) -> Result<SeqRange, Trouble> {
    let first = connection.first(sql::OLDEST, &[])?;
    let last = connection.first(sql::NEWEST, &[])?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(SeqRange { start: 0, end: 0 }) };
    let mut span = SeqRange { start: counted(&first, 0)?, end: counted(&last, 0)? + 1 };
    if let Some(seqs) = filter.seqs {
        span.start = span.start.max(seqs.start);
        span.end = span.end.min(seqs.end);
    }
    if let Some(since) = filter.since {
        span.start = span.start.max(first_at(connection, span, since.as_nanos())?);
    }
    if let Some(until) = filter.until {
        span.end = span.end.min(first_at(connection, span, until.as_nanos())?);
    }
    Ok(span)
}

/// The first `seq` of a span that was recorded at or after a moment: a binary search, since no index is worth it.
pub(crate) fn first_at(connection: &Connection, span: SeqRange, moment: i64) -> Result<u64, Trouble> {
    let (mut low, mut high) = (span.start, span.end);
    while low < high {
        let middle = low + (high - low) / 2;
        // Rows that were pruned leave holes: the next one there is tells for them.
        let found = connection.first(sql::RECORDED_AT_OR_AFTER, &[&stored(middle)])?;
        let found = found.map(|row| Ok::<_, Trouble>((row.try_get::<_, i64>(0)?, counted(&row, 1)?))).transpose()?;
        match found.filter(|(_, seq)| *seq < high) {
            Some((recorded_at, seq)) if recorded_at < moment => low = seq + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

impl Driver {
    /// What it knows of its rows.
    pub(crate) fn condition(&self) -> Sql {
        let mut sql = Sql::default();
        if let Self::Equal(column, value) = self {
            sql.push_equal(*column, value);
        }
        sql
    }
}
