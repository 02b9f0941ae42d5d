//! The small reads: the head, a mark, one event, names by their beginning, counts.

use std::collections::BTreeMap;

use annals_event::{EventId, ProducerId, StoredEvent, Timestamp};
use annals_store::{Bucket, BucketWidth, Filter, Head, Mark};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use crate::conditions::{Driver, Plan, Sql};
use crate::row::{self, counted, stored};
use crate::sql;

/// See [`annals_store::EventStore::head`].
pub(crate) fn head(connection: &Connection) -> rusqlite::Result<Head> {
    let newest = connection
        .prepare_cached(sql::NEWEST)?
        .query_row([], |row| Ok((counted(row, 0)?, Timestamp::from_nanos(row.get(1)?))))
        .optional()?;
    Ok(newest.map_or_else(Head::default, |(seq, at)| Head { n_events: seq + 1, recorded_at: Some(at) }))
}

/// See [`annals_store::EventStore::mark`].
pub(crate) fn mark(connection: &Connection, producer: ProducerId) -> rusqlite::Result<Mark> {
    used(connection, producer).map(|(mark, _)| mark)
}

/// A producer's mark, and who first used it, where that is known.
pub(crate) fn used(connection: &Connection, producer: ProducerId) -> rusqlite::Result<(Mark, Option<String>)> {
    connection
        .prepare_cached(sql::MARK)?
        .query_row([&producer.as_bytes()[..]], |row| {
            Ok((Mark { next_pseq: counted(row, 0)?, n_shed: counted(row, 1)? }, row.get(2)?))
        })
        .optional()
        .map(Option::unwrap_or_default)
}

/// The event with this `seq`.
pub(crate) fn by_seq(connection: &Connection, seq: u64) -> rusqlite::Result<Option<StoredEvent>> {
    connection.prepare_cached(sql::EVENT_BY_SEQ)?.query_row([stored(seq)], row::read).optional()
}

/// The event with this id.
pub(crate) fn by_id(connection: &Connection, id: EventId) -> rusqlite::Result<Option<StoredEvent>> {
    connection.prepare_cached(sql::EVENT_BY_ID)?.query_row([&id.as_bytes()[..]], row::read).optional()
}

/// See [`annals_store::EventStore::ids_with_prefix`]. What is no hexadecimal digit begins no id.
pub(crate) fn ids_with_prefix(connection: &Connection, prefix: &str, limit: usize) -> rusqlite::Result<Vec<EventId>> {
    let (Some(first), Some(last)) = (filled_up(prefix, b'0'), filled_up(prefix, b'f')) else { return Ok(Vec::new()) };
    connection
        .prepare_cached(sql::IDS_WITH_PREFIX)?
        .query_map(params![&first[..], &last[..], stored(limit as u64)], |row| row.get(0).map(EventId::from_bytes))?
        .collect()
}

/// See [`annals_store::EventStore::sessions_with_prefix`].
pub(crate) fn sessions_with_prefix(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> rusqlite::Result<Vec<String>> {
    let mut next = connection.prepare_cached(sql::NEXT_SESSION)?;
    let mut sessions = Vec::new();
    let mut from = prefix.to_owned();
    while sessions.len() < limit {
        match next.query_row([&from], |row| row.get::<_, String>(0)).optional()? {
            Some(session) if session.starts_with(prefix) => {
                // Nothing sorts between a name and the same name with a NUL behind it.
                from = format!("{session}\0");
                sessions.push(session);
            }
            _ => break,
        }
    }
    Ok(sessions)
}

/// See [`annals_store::EventStore::n_dead_letters`].
pub(crate) fn n_dead_letters(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row(sql::COUNT_DEAD_LETTERS, [], |row| counted(row, 0))
}

/// See [`annals_store::EventStore::count`].
pub(crate) fn count(connection: &Connection, filter: &Filter) -> rusqlite::Result<u64> {
    if *filter == Filter::new() {
        return connection.query_row(sql::COUNT_EVENTS, [], |row| counted(row, 0));
    }
    let plan = Plan::new(connection, filter)?;
    let mut n_events = 0;
    for driver in &plan.drivers {
        let sql = over(&plan, driver, "count(*)");
        n_events +=
            connection.prepare_cached(&sql.text)?.query_row(params_from_iter(&sql.values), |row| counted(row, 0))?;
    }
    Ok(n_events)
}

/// What a bucket counts of each row.
const BUCKET_COLUMNS: &str = "recorded_at, \
    coalesce(outcome IN ('failure', 'timeout'), FALSE), \
    coalesce(outcome = 'denied', FALSE) OR coalesce(decision = 'deny', FALSE)";

/// See [`annals_store::EventStore::stats`]. Rows come in the order of their time, so the buckets are filled one after the other, where SQLite would sort.
pub(crate) fn stats(connection: &Connection, filter: &Filter, width: BucketWidth) -> rusqlite::Result<Vec<Bucket>> {
    let width = i64::from(width.seconds()) * 1_000_000_000;
    let plan = Plan::new(connection, filter)?;
    let mut buckets: BTreeMap<i64, Bucket> = BTreeMap::new();
    for driver in &plan.drivers {
        let sql = over(&plan, driver, BUCKET_COLUMNS);
        let mut statement = connection.prepare_cached(&sql.text)?;
        let mut rows = statement.query(params_from_iter(&sql.values))?;
        let mut row = rows.next()?;
        while let Some(first) = row {
            // The row itself is in the span in any case, also where the span goes beyond what is counted in nanoseconds: a damaged row must not be looked at for ever.
            let at = first.get::<_, i64>(0)?;
            let before = at.rem_euclid(width);
            let (start, last) = (at.saturating_sub(before), at.saturating_add(width - 1 - before));
            let empty = Bucket { start: Timestamp::from_nanos(start), n_events: 0, n_failed: 0, n_denied: 0 };
            let bucket = buckets.entry(start).or_insert(empty);
            while let Some(next) = row
                && (start..=last).contains(&next.get(0)?)
            {
                bucket.n_events += 1;
                bucket.n_failed += u64::from(next.get::<_, bool>(1)?);
                bucket.n_denied += u64::from(next.get::<_, bool>(2)?);
                row = rows.next()?;
            }
        }
    }
    Ok(buckets.into_values().collect())
}

/// A statement over all rows that fit, of one driver.
fn over(plan: &Plan, driver: &Driver, columns: &str) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT ");
    sql.push(columns);
    driver.push_from(&mut sql, plan.seqs);
    sql.append(&plan.rest);
    sql
}

/// The id that begins with these digits and goes on with one digit only.
fn filled_up(prefix: &str, digit: u8) -> Option<[u8; 16]> {
    let digits = prefix.as_bytes();
    if digits.len() > 32 {
        return None;
    }
    let value = |at: usize| {
        let digit = char::from(*digits.get(at).unwrap_or(&digit));
        digit.to_digit(16).and_then(|value| u8::try_from(value).ok())
    };
    let mut id = [0; 16];
    for (at, byte) in id.iter_mut().enumerate() {
        *byte = value(2 * at)? << 4 | value(2 * at + 1)?;
    }
    Some(id)
}
