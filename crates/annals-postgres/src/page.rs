//! Pages: the rows of a plan in order, as many as were asked for, after looking at no more than a page may.
//!
//! When there is more to check than an index knows, the driver's own entries are counted first to find the `seq` at which this page must end. A row found by an index costs as much as several that
//! lie side by side, so fewer of those are looked at; and where an index has most rows of a stretch anyway, that stretch is walked instead. All of it stays far below the 20 000 rows that the
//! contract allows.

use annals_store::{Cursor, EventWords, Order, Page, PageRequest, Search, SeqRange, weight};
use tokio_postgres::Row;

use crate::conditions::{Driver, Plan, Sql, push_span};
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::row::{self, counted, stored};
use crate::sql;

/// How many rows a page looks at when it walks the log…
const MAX_WALKED: u64 = 12_000;
/// … and when an index names them one by one.
const MAX_LOOKED_UP: u64 = 2_000;
/// … and when the words of each have to be cut first, which takes some ten microseconds a row.
const MAX_CUT: u64 = 2_000;
/// How many of those are fetched at once.
const CUT_AT_ONCE: usize = 250;

/// A page of whatever rows are read as.
pub(crate) struct Found<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) examined_to: Option<u64>,
}

/// What is read of each row: `columns` begin with `seq`, and `more` is checked beside the filter.
pub(crate) struct Shape<'a, T> {
    pub(crate) columns: &'a str,
    pub(crate) more: Sql,
    pub(crate) read: fn(&Row) -> Result<T, Trouble>,
    /// How much of the page's bytes a row takes.
    pub(crate) weigh: fn(&T) -> usize,
}

/// A page of events.
pub(crate) fn events(connection: &Connection, plan: &Plan, request: &PageRequest) -> Result<Page, Trouble> {
    let shape = Shape { columns: sql::EVENT_COLUMNS, more: Sql::default(), read: row::read, weigh: weight };
    let found = match &plan.words {
        None => read(connection, plan, request, &shape)?,
        Some(search) => with_words(connection, plan, request, search)?,
    };
    Ok(Page { events: found.rows, cursor: found.cursor, examined_to: found.examined_to })
}

/// Reads one page.
pub(crate) fn read<T>(
    connection: &Connection,
    plan: &Plan,
    request: &PageRequest,
    shape: &Shape<'_, T>,
) -> Result<Found<T>, Trouble> {
    let order = request.order;
    let span = behind(request.cursor, plan.seqs);
    let (driver, bound) = way(connection, plan, shape.more.text.is_empty(), span, order)?;
    let limit = request.limit.get();
    let bounded = cut_at(span, bound, order);
    let mut conditions = plan.all.clone();
    conditions.append(&shape.more);
    let rows = select(driver, shape.columns, bounded, &conditions, order, limit + 1).rows(connection)?;
    let mut page = Filling::new(request);
    for row in &rows {
        let value = (shape.read)(row)?;
        let weight = (shape.weigh)(&value);
        if !page.take(counted(row, 0)?, value, weight) {
            break;
        }
    }
    Ok(page.end(bound))
}

/// A page of events that have these words.
fn with_words(
    connection: &Connection,
    plan: &Plan,
    request: &PageRequest,
    search: &Search,
) -> Result<Found<annals_event::StoredEvent>, Trouble> {
    let order = request.order;
    let span = without_hole(connection, behind(request.cursor, plan.seqs), order)?;
    let bound = end_of_walk(span, order, MAX_CUT);
    let mut rest = cut_at(span, bound, order);
    let mut page = Filling::new(request);
    loop {
        let rows = select(&plan.driver, sql::EVENT_COLUMNS, rest, &plan.all, order, CUT_AT_ONCE).rows(connection)?;
        let Some(last) = rows.last() else { return Ok(page.end(bound)) };
        for row in &rows {
            let event = row::read(row)?;
            if !search.fits_words(&EventWords::of(&event)) {
                continue;
            }
            let weight = weight(&event);
            if !page.take(event.seq, event, weight) {
                return Ok(page.end(bound));
            }
        }
        rest = behind(Some(Cursor::after(order, counted(last, 0)?)), rest);
    }
}

/// All rows that have these words, oldest first.
pub(crate) fn all_with_words(connection: &Connection, plan: &Plan, search: &Search) -> Result<Vec<i64>, Trouble> {
    let (mut fitting, mut rest) = (Vec::new(), plan.seqs);
    loop {
        let rows =
            select(&plan.driver, sql::EVENT_COLUMNS, rest, &plan.all, Order::Oldest, CUT_AT_ONCE).rows(connection)?;
        let Some(last) = rows.last() else { return Ok(fitting) };
        rest.start = counted(last, 0)? + 1;
        for row in &rows {
            if search.fits_words(&EventWords::of(&row::read(row)?)) {
                fitting.push(row.try_get(0)?);
            }
        }
    }
}

/// A page that fills up.
struct Filling<'r, T> {
    request: &'r PageRequest,
    rows: Vec<T>,
    last_shown: Option<u64>,
    n_bytes: usize,
    is_more: bool,
}

impl<'r, T> Filling<'r, T> {
    fn new(request: &'r PageRequest) -> Self {
        Self { request, rows: Vec::new(), last_shown: None, n_bytes: 0, is_more: false }
    }

    /// Takes a row, if there is room for it.
    fn take(&mut self, seq: u64, row: T, weight: usize) -> bool {
        self.n_bytes += weight;
        let limit = &self.request.limit;
        self.is_more = self.rows.len() == limit.get() || (limit.n_bytes() < self.n_bytes && !self.rows.is_empty());
        if !self.is_more {
            self.rows.push(row);
            self.last_shown = Some(seq);
        }
        !self.is_more
    }

    fn end(self, bound: Option<u64>) -> Found<T> {
        let after = |seq| Cursor::after(self.request.order, seq);
        let (cursor, examined_to) =
            if self.is_more { (self.last_shown.map(after), None) } else { (bound.map(after), bound) };
        Found { rows: self.rows, cursor, examined_to }
    }
}

/// What lies behind a cursor.
fn behind(cursor: Option<Cursor>, span: SeqRange) -> SeqRange {
    match cursor {
        None => span,
        Some(cursor) if cursor.order() == Order::Newest => SeqRange { end: span.end.min(cursor.seq()), ..span },
        Some(cursor) => SeqRange { start: span.start.max(cursor.seq().saturating_add(1)), ..span },
    }
}

/// What lies before the end of a page.
fn cut_at(span: SeqRange, bound: Option<u64>, order: Order) -> SeqRange {
    match (bound, order) {
        (Some(last), Order::Newest) => SeqRange { start: last, ..span },
        (Some(last), Order::Oldest) => SeqRange { end: last + 1, ..span },
        (None, _) => span,
    }
}

/// How a page finds its rows, and the last `seq` to be looked at; `None` when the span ends before, or every row looked at is shown.
fn way<'p>(
    connection: &Connection,
    plan: &'p Plan,
    is_bare: bool,
    span: SeqRange,
    order: Order,
) -> Result<(&'p Driver, Option<u64>), Trouble> {
    if is_bare && plan.is_exact {
        return Ok((&plan.driver, None));
    }
    let walked = end_of_walk(without_hole(connection, span, order)?, order, MAX_WALKED);
    if plan.driver == Driver::Log {
        return Ok((&Driver::Log, walked));
    }
    let mut nth = Sql::new("SELECT seq FROM (");
    let conditions = plan.driver.condition();
    nth.append(&select(
        &plan.driver,
        "seq",
        span,
        &conditions,
        order,
        usize::try_from(MAX_LOOKED_UP).unwrap_or(usize::MAX),
    ));
    nth.push_with(") AS looked_up OFFSET ?", stored(MAX_LOOKED_UP - 1));
    let by_index = nth.first(connection)?.map(|row| counted(&row, 0)).transpose()?;
    // Where walking comes as far, it is cheaper; a walk that reaches the span's end comes as far as anything.
    let is_dense = match (by_index, walked, order) {
        (Some(by_index), Some(walked), Order::Newest) => walked <= by_index,
        (Some(by_index), Some(walked), Order::Oldest) => walked >= by_index,
        (Some(_), None, _) => true,
        (None, ..) => false,
    };
    Ok(if is_dense { (&Driver::Log, walked) } else { (&plan.driver, by_index) })
}

/// The span without the hole that it begins with, where rows were pruned or a damaged one has a number far away: pages end at a number, and there would be
/// no end of pages that walk through the hole.
fn without_hole(connection: &Connection, span: SeqRange, order: Order) -> Result<SeqRange, Trouble> {
    if span.end.saturating_sub(span.start) <= MAX_CUT {
        return Ok(span);
    }
    let first = select(&Driver::Log, "seq", span, &Sql::default(), order, 1).first(connection)?;
    let first = first.map(|row| counted(&row, 0)).transpose()?;
    Ok(match (first, order) {
        (Some(first), Order::Newest) => SeqRange { end: first + 1, ..span },
        (Some(first), Order::Oldest) => SeqRange { start: first, ..span },
        (None, _) => SeqRange { start: span.start, end: span.start },
    })
}

/// The end of a walk over so many rows, if it lies within the span. The log is dense but for holes, so its rows need not be counted.
fn end_of_walk(span: SeqRange, order: Order, most: u64) -> Option<u64> {
    (span.end.saturating_sub(span.start) > most).then(|| match order {
        Order::Newest => span.end - most,
        Order::Oldest => span.start + most - 1,
    })
}

/// A driver's rows in order, as far as they fit.
fn select(driver: &Driver, columns: &str, span: SeqRange, conditions: &Sql, order: Order, limit: usize) -> Sql {
    let ordered = |sql: &mut Sql| {
        sql.push(match order {
            Order::Newest => " ORDER BY seq DESC",
            Order::Oldest => " ORDER BY seq",
        });
        sql.push_with(" LIMIT ?", stored(limit as u64));
    };
    let mut sql = Sql::new("SELECT ");
    sql.push(columns);
    if let Driver::Types(types) = driver {
        // Each type's rows lie in order in its index; together they would have to be sorted, all of them.
        sql.push(" FROM unnest(?) AS one (of_type) CROSS JOIN LATERAL (SELECT event.* FROM event");
        sql.values.push(crate::conditions::Value::Texts(types.clone()));
        push_span(&mut sql, span);
        sql.push(" AND event_type = one.of_type");
        sql.append(conditions);
        ordered(&mut sql);
        sql.push(") AS event");
    } else {
        sql.push(" FROM event");
        push_span(&mut sql, span);
        sql.append(conditions);
    }
    ordered(&mut sql);
    sql
}
