//! The small reads: the head, a mark, one event, names by their beginning, counts.

use annals_event::{EventId, ProducerId, StoredEvent};
use annals_store::{Bucket, BucketWidth, Filter, Head, Mark};
use tokio_postgres::Row;

use crate::conditions::{Plan, Sql};
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::row::{self, bytes, counted, stored, time};
use crate::sql;

/// See [`annals_store::EventStore::head`].
pub(crate) fn head(connection: &Connection) -> Result<Head, Trouble> {
    let Some(newest) = connection.first(sql::NEWEST, &[])? else { return Ok(Head::default()) };
    Ok(Head { n_events: counted(&newest, 0)? + 1, recorded_at: Some(time(&newest, 1)?) })
}

/// A producer's mark, and who first used it, where that is known.
pub(crate) fn used(connection: &Connection, producer: ProducerId) -> Result<(Mark, Option<String>), Trouble> {
    let row = connection.first(sql::MARK, &[&&producer.as_bytes()[..]])?;
    row.as_ref().map_or_else(|| Ok((Mark::default(), None)), mark)
}

/// A row of `mark.sql`.
pub(crate) fn mark(row: &Row) -> Result<(Mark, Option<String>), Trouble> {
    Ok((Mark { next_pseq: counted(row, 0)?, n_shed: counted(row, 1)? }, row.try_get(2)?))
}

/// The event with this `seq`.
pub(crate) fn by_seq(connection: &Connection, seq: u64) -> Result<Option<StoredEvent>, Trouble> {
    connection.first(sql::EVENT_BY_SEQ, &[&stored(seq)])?.as_ref().map(row::read).transpose()
}

/// The event with this id.
pub(crate) fn by_id(connection: &Connection, id: EventId) -> Result<Option<StoredEvent>, Trouble> {
    connection.first(sql::EVENT_BY_ID, &[&&id.as_bytes()[..]])?.as_ref().map(row::read).transpose()
}

/// See [`annals_store::EventStore::ids_with_prefix`]. What is no hexadecimal digit begins no id.
pub(crate) fn ids_with_prefix(connection: &Connection, prefix: &str, limit: usize) -> Result<Vec<EventId>, Trouble> {
    let (Some(first), Some(last)) = (filled_up(prefix, b'0'), filled_up(prefix, b'f')) else { return Ok(Vec::new()) };
    let rows = connection.rows(sql::IDS_WITH_PREFIX, &[&&first[..], &&last[..], &stored(limit as u64)])?;
    rows.iter().map(|row| bytes(row, 0).map(EventId::from_bytes)).collect()
}

/// See [`annals_store::EventStore::sessions_with_prefix`].
pub(crate) fn sessions_with_prefix(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> Result<Vec<String>, Trouble> {
    let mut sessions: Vec<String> = Vec::new();
    // No text of this database has one.
    while sessions.len() < limit && !prefix.contains('\0') {
        let (from, itself) = sessions.last().map_or((prefix, true), |last| (last, false));
        let Some(row) = connection.first(sql::NEXT_SESSION, &[&from, &itself])? else { break };
        let session: String = row.try_get(0)?;
        if !session.starts_with(prefix) {
            break;
        }
        sessions.push(session);
    }
    Ok(sessions)
}

/// See [`annals_store::EventStore::n_dead_letters`].
pub(crate) fn n_dead_letters(connection: &Connection) -> Result<u64, Trouble> {
    counted(&connection.one(sql::COUNT_DEAD_LETTERS, &[])?, 0)
}

/// See [`annals_store::EventStore::count`].
pub(crate) fn count(connection: &Connection, filter: &Filter) -> Result<u64, Trouble> {
    if *filter == Filter::new() {
        return counted(&connection.one(sql::COUNT_EVENTS, &[])?, 0);
    }
    let mut sql = Sql::new("SELECT count(*)");
    Plan::new(connection, filter)?.resolved(connection)?.push_from(&mut sql);
    counted(&sql.one(connection)?, 0)
}

/// See [`annals_store::EventStore::stats`].
pub(crate) fn stats(connection: &Connection, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Trouble> {
    let width = i64::from(width.seconds()) * 1_000_000_000;
    let mut sql = Sql::new("SELECT recorded_at - ((recorded_at % ?) + ?) % ?, count(*), ");
    sql.values.extend([width.into(), width.into(), width.into()]);
    sql.push(
        "count(*) FILTER (WHERE outcome IN ('failure', 'timeout')), \
         count(*) FILTER (WHERE outcome = 'denied' OR decision = 'deny')",
    );
    Plan::new(connection, filter)?.resolved(connection)?.push_from(&mut sql);
    sql.push(" GROUP BY 1 ORDER BY 1");
    let rows = sql.rows(connection)?;
    let bucket = |row| {
        Ok(Bucket {
            start: time(row, 0)?,
            n_events: counted(row, 1)?,
            n_failed: counted(row, 2)?,
            n_denied: counted(row, 3)?,
        })
    };
    rows.iter().map(bucket).collect()
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
