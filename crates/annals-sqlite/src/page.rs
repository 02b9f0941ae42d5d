//! Pages: the rows of a plan in order, as many as were asked for, after looking at no more than a page may.
//!
//! Each driver is a statement of its own that gives its rows in the log's order; several (the types of `tool.*`) are merged by `seq` as they are stepped, so that
//! nothing is sorted and nothing is read that is not shown. When there is more to check than the index knows, the drivers' own entries are counted
//! first, index only, to find the `seq` at which this page must end. A row found by an index costs as much as several that lie side by side, so fewer of those are
//! looked at; and where an index has most rows of a stretch anyway, that stretch is walked instead. All of it stays far below the 20 000 rows that the contract allows, so that a page of
//! a log of any size takes some milliseconds.

use annals_store::{Cursor, Order, PageRequest, SeqRange};
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, Rows, params_from_iter};

use crate::conditions::{Driver, Plan, Sql, WALK};
use crate::row::{counted, stored};

/// How many rows a page looks at when it walks the log…
pub(crate) const MAX_WALKED: u64 = 12_000;
/// … and when an index names them one by one.
pub(crate) const MAX_LOOKED_UP: usize = 2_000;

/// … and when the words of each have to be cut first, which takes some ten microseconds a row.
pub(crate) const MAX_CUT: u64 = 2_000;

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
    pub(crate) read: fn(&Row<'_>) -> rusqlite::Result<T>,
    /// How much of the page's bytes a row takes.
    pub(crate) weigh: fn(&T) -> usize,
}

/// Reads one page.
pub(crate) fn read<T>(
    connection: &Connection,
    plan: &Plan,
    request: &PageRequest,
    shape: &Shape<'_, T>,
) -> rusqlite::Result<Found<T>> {
    let order = request.order;
    let span = behind(request.cursor, plan.seqs);
    let way = Way::find(connection, plan, shape.more.text.is_empty(), span, order)?;
    let bounded = match (way.bound, order) {
        (Some(last), Order::Newest) => SeqRange { start: last, ..span },
        (Some(last), Order::Oldest) => SeqRange { end: last + 1, ..span },
        (None, _) => span,
    };
    let limit = request.limit.get();
    let select = |driver: &Driver| select(driver, shape.columns, bounded, way.rest, &shape.more, order, limit + 1);
    let mut page = Found { rows: Vec::new(), cursor: None, examined_to: None };
    let mut last_shown = None;
    let mut is_more = false;
    let mut n_bytes = 0;
    merged(connection, way.drivers, select, order, |seq, row| {
        is_more = page.rows.len() == limit;
        if !is_more {
            let row = (shape.read)(row)?;
            n_bytes += (shape.weigh)(&row);
            is_more = request.limit.n_bytes() < n_bytes && !page.rows.is_empty();
            if !is_more {
                page.rows.push(row);
                last_shown = Some(seq);
            }
        }
        Ok(!is_more)
    })?;
    if is_more {
        page.cursor = last_shown.map(|seq| Cursor::after(order, seq));
    } else if let Some(last) = way.bound {
        page.cursor = Some(Cursor::after(order, last));
        page.examined_to = Some(last);
    }
    Ok(page)
}

/// What lies behind a cursor.
fn behind(cursor: Option<Cursor>, span: SeqRange) -> SeqRange {
    match cursor {
        None => span,
        Some(cursor) if cursor.order() == Order::Newest => SeqRange { end: span.end.min(cursor.seq()), ..span },
        Some(cursor) => SeqRange { start: span.start.max(cursor.seq().saturating_add(1)), ..span },
    }
}

/// How a page finds its rows, and where it must end.
struct Way<'p> {
    drivers: &'p [Driver],
    rest: &'p Sql,
    /// The last `seq` to be looked at; `None` when the span ends before, or every row looked at is shown.
    bound: Option<u64>,
}

impl<'p> Way<'p> {
    fn find(
        connection: &Connection,
        plan: &'p Plan,
        is_bare: bool,
        span: SeqRange,
        order: Order,
    ) -> rusqlite::Result<Self> {
        let by_index = Self { drivers: &plan.drivers, rest: &plan.rest, bound: None };
        if is_bare && plan.is_exact() && plan.unindexed.is_none() {
            return Ok(by_index);
        }
        if let Some(unindexed) = plan.unindexed {
            let bound = end_of_search(connection, plan, unindexed, span, order)?;
            return Ok(Self { bound, ..by_index });
        }
        let bound = end_of_walk(without_hole(connection, span, order)?, order, MAX_WALKED);
        let walked = Self { drivers: &WALK, rest: &plan.all, bound };
        if plan.drivers.iter().all(Driver::is_log) && !plan.drivers.is_empty() {
            return Ok(walked);
        }
        let bound = last_looked_up(connection, &plan.drivers, span, order)?;
        // Where walking comes as far, it is cheaper; a walk that reaches the span's end comes as far as anything.
        let is_dense = match (bound, walked.bound, order) {
            (Some(by_index), Some(walked), Order::Newest) => walked <= by_index,
            (Some(by_index), Some(walked), Order::Oldest) => walked >= by_index,
            (Some(_), None, _) => true,
            (None, _, _) => false,
        };
        Ok(if is_dense { walked } else { Self { bound, ..by_index } })
    }
}

/// The span without the hole that it begins with, where rows were pruned or a damaged one has a number far away: pages end at a number, and there would be
/// no end of pages that walk through the hole.
fn without_hole(connection: &Connection, span: SeqRange, order: Order) -> rusqlite::Result<SeqRange> {
    if span.end.saturating_sub(span.start) <= MAX_CUT {
        return Ok(span);
    }
    let none = Sql::default();
    let sql = select(&WALK[0], "seq", span, &none, &none, order, 1);
    let first = connection
        .prepare_cached(&sql.text)?
        .query_row(params_from_iter(&sql.values), |row| counted(row, 0))
        .optional()?;
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

/// Where a page of a search ends: few rows whose words must be cut, and as many of those before them as any index may name.
fn end_of_search(
    connection: &Connection,
    plan: &Plan,
    unindexed: u64,
    span: SeqRange,
    order: Order,
) -> rusqlite::Result<Option<u64>> {
    if plan.drivers.is_empty() {
        return Ok(None);
    }
    let to_cut = without_hole(connection, SeqRange { start: span.start.max(unindexed), ..span }, order)?;
    let indexed = SeqRange { end: span.end.min(unindexed), ..span };
    let of_cut = || end_of_walk(to_cut, order, MAX_CUT);
    let of_indexed = || {
        if plan.drivers.iter().all(Driver::is_log) {
            return Ok(end_of_walk(without_hole(connection, indexed, order)?, order, MAX_WALKED));
        }
        last_looked_up(connection, &plan.drivers, indexed, order)
    };
    Ok(match order {
        Order::Newest => match of_cut() {
            None => of_indexed()?,
            end => end,
        },
        Order::Oldest => match of_indexed()? {
            None => of_cut(),
            end => end,
        },
    })
}

/// The last of the rows that an index may name for a page; `None` when it names fewer.
fn last_looked_up(
    connection: &Connection,
    drivers: &[Driver],
    span: SeqRange,
    order: Order,
) -> rusqlite::Result<Option<u64>> {
    let mut n_seen = 0;
    let mut last = None;
    let none = Sql::default();
    let select = |driver: &Driver| select(driver, "seq", span, &none, &none, order, MAX_LOOKED_UP);
    merged(connection, drivers, select, order, |seq, _| {
        n_seen += 1;
        if n_seen == MAX_LOOKED_UP {
            last = Some(seq);
        }
        Ok(last.is_none())
    })?;
    Ok(last)
}

/// One driver's rows in order.
pub(crate) fn select(
    driver: &Driver,
    columns: &str,
    span: SeqRange,
    rest: &Sql,
    more: &Sql,
    order: Order,
    limit: usize,
) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT ");
    sql.push(columns);
    driver.push_from(&mut sql, span);
    sql.append(rest);
    sql.append(more);
    sql.push(" ORDER BY ");
    sql.push(driver.seq);
    sql.push(match order {
        Order::Newest => " DESC",
        Order::Oldest => "",
    });
    sql.push_with(" LIMIT ?", stored(limit as u64));
    sql
}

/// Steps the drivers together and shows their rows in order, until `show` has enough.
fn merged(
    connection: &Connection,
    drivers: &[Driver],
    select: impl Fn(&Driver) -> Sql,
    order: Order,
    mut show: impl FnMut(u64, &Row<'_>) -> rusqlite::Result<bool>,
) -> rusqlite::Result<()> {
    let selects: Vec<Sql> = drivers.iter().map(select).collect();
    let mut statements =
        selects.iter().map(|sql| connection.prepare_cached(&sql.text)).collect::<rusqlite::Result<Vec<_>>>()?;
    let mut streams = Vec::with_capacity(statements.len());
    for (statement, sql) in statements.iter_mut().zip(&selects) {
        streams.extend(Stream::start(statement, sql)?);
    }
    loop {
        let first = match order {
            Order::Newest => streams.iter_mut().max_by_key(|stream| stream.seq),
            Order::Oldest => streams.iter_mut().min_by_key(|stream| stream.seq),
        };
        let Some(first) = first else { return Ok(()) };
        if !show(first.seq, first.row()?)? {
            return Ok(());
        }
        if !first.advance()? {
            let ended = first.seq;
            streams.retain(|stream| stream.seq != ended);
        }
    }
}

/// A driver's rows, standing on one.
struct Stream<'s> {
    rows: Rows<'s>,
    seq: u64,
}

impl<'s> Stream<'s> {
    /// Stands on the first row, if there is one.
    fn start(statement: &'s mut CachedStatement<'_>, sql: &Sql) -> rusqlite::Result<Option<Self>> {
        let mut stream = Self { rows: statement.query(params_from_iter(&sql.values))?, seq: 0 };
        Ok(stream.advance()?.then_some(stream))
    }

    fn advance(&mut self) -> rusqlite::Result<bool> {
        match self.rows.next()? {
            Some(row) => {
                self.seq = counted(row, 0)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn row(&self) -> rusqlite::Result<&Row<'s>> {
        self.rows.get().ok_or(rusqlite::Error::QueryReturnedNoRows)
    }
}

#[cfg(test)]
mod tests;
