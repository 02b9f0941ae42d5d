//! From a filter to SQL: the one place where a statement is put together.
//!
//! It is put together from constant pieces only, and every value is a bound parameter, so that no text of a caller's ever becomes SQL.
//!
//! A page examines at most so many rows, so a filter is split in two: the *driver*, one equality whose index gives its rows in the log's order, and the
//! *rest*, which is checked row by row. What is examined are the driver's rows. `since` and `until` are no condition at all: `recorded_at` never decreases with
//! `seq`, so they become a span of `seq`.

use annals_event::Column;
use annals_store::{Filter, SeqRange, TypePattern};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};

use crate::row::{counted, stored};
use crate::search::Words;
use crate::sql;

/// More types than this are checked row by row instead of being merged from their indexes.
const MAX_MERGED_TYPES: usize = 64;

/// A piece of SQL with the values of its `?`, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

/// How a filter is carried out.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where rows come from: one driver, or several to be merged; none when nothing can fit.
    pub(crate) drivers: Vec<Driver>,
    /// What is left to check in each row, each piece beginning with ` AND `.
    pub(crate) rest: Sql,
    /// All conditions on a row in the same form, what the drivers know included.
    pub(crate) all: Sql,
    /// The rows that can fit by their place.
    pub(crate) seqs: SeqRange,
    /// From where on rows are found by cutting their words, since the index of words has not come to them; `None` where no word is looked at.
    pub(crate) unindexed: Option<u64>,
}

/// An ordered source of rows.
#[derive(Clone, Debug)]
pub(crate) struct Driver {
    /// Where its rows come from, behind `FROM`.
    pub(crate) from: &'static str,
    /// What names a row's `seq` there.
    pub(crate) seq: &'static str,
    /// The equality, ending in ` AND `; nothing for the log itself.
    pub(crate) condition: Sql,
    /// It has rows in this span alone.
    pub(crate) within: SeqRange,
}

impl Sql {
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

    fn push_equal(&mut self, column: Column, value: &str) {
        self.push(" AND ");
        self.push(column.name());
        self.push_with(" = ?", value.to_owned());
    }

    fn push_types(&mut self, types: &[String]) {
        self.push_any(" AND event_type IN (", types.iter().map(String::as_str));
    }

    /// ` AND column IN (?, …)` for a list that is not empty.
    fn push_any<'a>(&mut self, column: &str, values: impl ExactSizeIterator<Item = &'a str>) {
        for (n, value) in values.enumerate() {
            self.push(if n == 0 { column } else { ", " });
            self.push_with("?", value.to_owned());
        }
        self.push(")");
    }
}

impl Plan {
    /// Plans a filter for the log as this connection's transaction sees it.
    pub(crate) fn new(connection: &Connection, filter: &Filter) -> rusqlite::Result<Self> {
        let seqs = span(connection, filter)?;
        let (mut rest, mut all) = (Sql::default(), Sql::default());
        let words = Words::of(connection, filter)?;
        let mut equals: Vec<&(Column, String)> = filter.equals.iter().collect();
        let types = types(connection, filter)?;
        for (column, value) in &filter.equals {
            all.push_equal(*column, value);
        }
        if let Some(types) = &types {
            all.push_types(types);
        }
        push_rest(&mut all, filter);
        if let Some(words) = &words {
            words.push_condition(&mut all);
        }
        let best = equals.iter().enumerate().filter_map(|(at, (column, _))| Some((rank(*column)?, at))).min();
        // One operation, session, plan or tool is rarer than a type, and a type rarer than a project.
        let drivers = match (best, types) {
            (_, Some(types)) if types.is_empty() => Vec::new(),
            (_, types) if words.as_ref().is_some_and(Words::drive) => {
                if let Some(types) = types {
                    rest.push_types(&types);
                }
                words.as_ref().map(Words::drivers).unwrap_or_default()
            }
            (Some(((rank, index), at)), types) if types.is_none() || rank < TYPE_RANK => {
                let (column, value) = equals.remove(at);
                if let Some(types) = types {
                    rest.push_types(&types);
                }
                let mut condition = Sql::default();
                condition.push(column.name());
                condition.push_with(" = ? AND ", value.clone());
                vec![Driver { from: index, seq: SEQ, condition, within: SeqRange::ALL }]
            }
            (_, Some(types)) if types.len() <= MAX_MERGED_TYPES => types.into_iter().map(Driver::of_type).collect(),
            (_, types) => {
                if let Some(types) = types {
                    rest.push_types(&types);
                }
                WALK.to_vec()
            }
        };
        for (column, value) in equals {
            rest.push_equal(*column, value);
        }
        push_rest(&mut rest, filter);
        if let Some(words) = words.as_ref().filter(|words| !words.drive()) {
            words.push_condition(&mut rest);
        }
        Ok(Self { drivers, rest, all, seqs, unindexed: words.map(|words| words.unindexed()) })
    }

    /// Whether every row of the drivers fits.
    pub(crate) fn is_exact(&self) -> bool {
        self.rest.text.is_empty()
    }
}

impl Driver {
    /// Whether it is the log itself, whose rows need no index.
    pub(crate) fn is_log(&self) -> bool {
        self.from == LOG && self.condition.text.is_empty()
    }

    /// What is left of a span.
    pub(crate) fn clip(&self, span: SeqRange) -> SeqRange {
        SeqRange { start: span.start.max(self.within.start), end: span.end.min(self.within.end) }
    }

    /// ` FROM event … WHERE …`: its rows within a span.
    pub(crate) fn push_from(&self, sql: &mut Sql, span: SeqRange) {
        let span = self.clip(span);
        sql.push(" FROM ");
        sql.push(self.from);
        sql.push(" WHERE ");
        sql.append(&self.condition);
        sql.push(self.seq);
        sql.push_with(" >= ? AND ", stored(span.start));
        sql.push(self.seq);
        sql.push_with(" < ?", stored(span.end));
    }

    fn of_type(event_type: String) -> Self {
        let mut condition = Sql::default();
        condition.push_with("event_type = ? AND ", event_type);
        Self { from: "event INDEXED BY event_event_type", seq: SEQ, condition, within: SeqRange::ALL }
    }
}

/// The log's own order, so that nothing that is only checked makes SQLite sort.
pub(crate) const LOG: &str = "event NOT INDEXED";
/// What names a row's `seq` in the log.
pub(crate) const SEQ: &str = "seq";
/// The log as the only driver.
pub(crate) static WALK: [Driver; 1] =
    [Driver { from: LOG, seq: SEQ, condition: Sql { text: String::new(), values: Vec::new() }, within: SeqRange::ALL }];
/// Where a type stands among the columns of [`rank`].
const TYPE_RANK: u8 = 6;

/// The indexed columns, those with the fewest rows a value first.
fn rank(column: Column) -> Option<(u8, &'static str)> {
    Some(match column {
        Column::OperationId => (0, "event INDEXED BY event_operation_id"),
        Column::CorrelationId => (1, "event INDEXED BY event_correlation_id"),
        Column::SessionId => (2, "event INDEXED BY event_session_id"),
        Column::PlanId => (3, "event INDEXED BY event_plan_id"),
        Column::ActorName => (4, "event INDEXED BY event_actor_name"),
        Column::Tool => (5, "event INDEXED BY event_tool"),
        Column::ProjectName => (7, "event INDEXED BY event_project_name"),
        _ => return None,
    })
}

fn push_rest(rest: &mut Sql, filter: &Filter) {
    if let Some(space) = &filter.space {
        rest.push_with(" AND space = ?", space.clone());
    }
    if !filter.outcomes.is_empty() {
        rest.push_any(" AND outcome IN (", filter.outcomes.iter().map(|outcome| outcome.as_str()));
    }
    if !filter.decisions.is_empty() {
        rest.push_any(" AND decision IN (", filter.decisions.iter().map(|decision| decision.as_str()));
    }
    if let Some(since) = filter.created_since {
        rest.push_with(" AND created_at >= ?", since.as_nanos());
    }
    if let Some(until) = filter.created_until {
        rest.push_with(" AND created_at < ?", until.as_nanos());
    }
    if let Some(glob) = &filter.resource {
        // Most rows are ruled out by a piece of text that the glob cannot do without, which SQLite finds faster.
        rest.push_with(" AND instr(resource, ?) > 0", indispensable(glob.as_str()).to_owned());
        rest.push_with(" AND annals_glob(?, resource)", glob.as_str().to_owned());
    }
    if let Some(text) = &filter.text {
        rest.push_with(" AND instr(details, ?) > 0", text.clone());
    }
    for source in filter.search.iter().flat_map(|search| &search.sources) {
        rest.push_with(" AND (client = ?", source.clone());
        rest.push_with(" OR actor_name = ?)", source.clone());
    }
}

/// The longest piece of a glob that stands in whatever fits it. A slash beside a star may stand for no folder at all, so it is left out.
fn indispensable(glob: &str) -> &str {
    glob.split(['*', '?']).map(|piece| piece.trim_matches('/')).max_by_key(|piece| piece.len()).unwrap_or_default()
}

/// The types that a filter means, as far as the log holds them; `None` when it names none.
fn types(connection: &Connection, filter: &Filter) -> rusqlite::Result<Option<Vec<String>>> {
    let of_filter = resolved(connection, &filter.event_types)?;
    let of_search = filter.search.as_ref().map(|search| resolved(connection, &search.event_types)).transpose()?;
    Ok(match (of_filter, of_search.flatten()) {
        (Some(one), Some(other)) => Some(one.into_iter().filter(|name| other.contains(name)).collect()),
        (one, other) => one.or(other),
    })
}

/// The types that any of these patterns means; `None` where there is no pattern.
fn resolved(connection: &Connection, patterns: &[TypePattern]) -> rusqlite::Result<Option<Vec<String>>> {
    use annals_store::TypePattern::{Exact, Family};
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut types = Vec::new();
    let mut next = connection.prepare_cached(sql::NEXT_TYPE)?;
    for pattern in patterns {
        match pattern {
            Exact(exact) => types.push(exact.clone()),
            Family(family) => {
                // A seek a type: `family` ends in a full stop, and a slash is what follows it.
                let end = format!("{}/", family.trim_end_matches('.'));
                let mut from = family.clone();
                while let Some(found) = next.query_row([&from, &end], |row| row.get::<_, String>(0)).optional()? {
                    from = format!("{found}\0");
                    types.push(found);
                }
            }
        }
    }
    types.sort_unstable();
    types.dedup();
    Ok(Some(types))
}

/// The span of `seq` that `seqs`, `since` and `until` leave, within what the log holds.
fn span(connection: &Connection, filter: &Filter) -> rusqlite::Result<SeqRange> {
    let first = connection.prepare_cached(sql::OLDEST)?.query_row([], |row| counted(row, 0)).optional()?;
    let last = connection.prepare_cached(sql::NEWEST)?.query_row([], |row| counted(row, 0)).optional()?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(SeqRange { start: 0, end: 0 }) };
    let mut span = SeqRange { start: first, end: last + 1 };
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
fn first_at(connection: &Connection, span: SeqRange, moment: i64) -> rusqlite::Result<u64> {
    let mut probe = connection.prepare_cached(sql::RECORDED_AT_OR_AFTER)?;
    let (mut low, mut high) = (span.start, span.end);
    while low < high {
        let middle = low + (high - low) / 2;
        // Rows that were pruned leave holes: the next one there is tells for them.
        let found = probe
            .query_row([stored(middle)], |row| Ok((row.get::<_, i64>(0)?, counted(row, 1)?)))
            .optional()?
            .filter(|(_, seq)| *seq < high);
        match found {
            Some((recorded_at, seq)) if recorded_at < moment => low = seq + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests;
