//! Between an event's encoded form and its row: binding one way, reading the other.
//!
//! Both directions go by position, along the one order of columns that the schema, `insert-event.sql` and `event-columns.sql` share; a test holds the
//! three together. What an event has no value for is left unbound, which is NULL.

use annals_event::{Column, Encoded, EventId, ProducerId, StoredEvent, Texts, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Row, Statement};

/// The parameter of the first text column; those of [`Column::ALL`] follow it.
pub(crate) const FIRST_TEXT: usize = 15;
pub(crate) const SALT: usize = FIRST_TEXT + Column::COUNT;
const DETAILS: usize = SALT + 1;

/// The random bytes of one row.
pub(crate) type Salt = [u8; 32];

/// What the writer gives an event.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) seq: u64,
    pub(crate) recorded_at: Timestamp,
    pub(crate) producer: &'a ProducerId,
    pub(crate) pseq: u64,
    pub(crate) salt: &'a Salt,
}

/// Inserts one row through the prepared `insert-event.sql`.
pub(crate) fn insert(statement: &mut Statement<'_>, event: &Encoded<'_>, place: &Place<'_>) -> rusqlite::Result<()> {
    statement.clear_bindings();
    statement.raw_bind_parameter(1, stored(place.seq))?;
    statement.raw_bind_parameter(2, &event.id().as_bytes()[..])?;
    statement.raw_bind_parameter(3, event.event_type())?;
    statement.raw_bind_parameter(4, event.created_at().as_nanos())?;
    statement.raw_bind_parameter(5, place.recorded_at.as_nanos())?;
    if let Some(occurred_at) = event.occurred_at() {
        statement.raw_bind_parameter(6, occurred_at.as_nanos())?;
    }
    statement.raw_bind_parameter(7, event.space())?;
    if !event.credential().is_empty() {
        statement.raw_bind_parameter(8, event.credential())?;
    }
    statement.raw_bind_parameter(9, &place.producer.as_bytes()[..])?;
    statement.raw_bind_parameter(10, stored(place.pseq))?;
    statement.raw_bind_parameter(11, event.phase().as_str())?;
    if let Some(outcome) = event.outcome() {
        statement.raw_bind_parameter(12, outcome.as_str())?;
    }
    if let Some(duration_ms) = event.duration_ms() {
        statement.raw_bind_parameter(13, stored(duration_ms))?;
    }
    statement.raw_bind_parameter(14, event.n_redacted())?;
    for column in Column::ALL {
        if let Some(text) = event.get(*column) {
            statement.raw_bind_parameter(FIRST_TEXT + column.index(), text)?;
        }
    }
    statement.raw_bind_parameter(SALT, &place.salt[..])?;
    if let Some(details) = event.details() {
        statement.raw_bind_parameter(DETAILS, details)?;
    }
    statement.raw_execute().map(drop)
}

/// Reads one row of `event-columns.sql`.
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    let mut texts = Texts::default();
    for column in Column::ALL {
        let index = FIRST_TEXT - 1 + column.index();
        if let Some(text) = row.get::<_, Option<Box<str>>>(index)? {
            texts.set(*column, Some(text));
        }
    }
    Ok(StoredEvent {
        seq: counted(row, 0)?,
        id: EventId::from_bytes(row.get(1)?),
        event_type: row.get(2)?,
        created_at: Timestamp::from_nanos(row.get(3)?),
        recorded_at: Timestamp::from_nanos(row.get(4)?),
        occurred_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_nanos),
        space: row.get(6)?,
        credential: row.get(7)?,
        producer: ProducerId::from_bytes(row.get(8)?),
        pseq: counted(row, 9)?,
        phase: word(row, 10)?,
        outcome: optional_word(row, 11)?,
        duration_ms: row.get::<_, Option<i64>>(12)?.map(i64::cast_unsigned),
        n_redacted: row.get(13)?,
        texts,
        erased_by: row.get::<_, Option<i64>>(FIRST_TEXT - 1 + Column::COUNT)?.map(i64::cast_unsigned),
        details: row.get(FIRST_TEXT + Column::COUNT)?,
    })
}

/// A count as SQLite keeps it. None that Annals gives out comes near the sign.
pub(crate) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count read back.
pub(crate) fn counted(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(index)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, value))
}

fn word<T>(row: &Row<'_>, index: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err = annals_event::Invalid>,
{
    let text = row.get_ref(index)?.as_str()?;
    text.parse().map_err(|invalid: annals_event::Invalid| {
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, invalid.into())
    })
}

fn optional_word<T>(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<T>>
where
    T: std::str::FromStr<Err = annals_event::Invalid>,
{
    match row.get_ref(index)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => word(row, index).map(Some),
    }
}

#[cfg(test)]
mod tests;
