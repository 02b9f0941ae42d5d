//! Reading rows, along the one order of columns that `event-columns.sql` has.

use annals_event::{Column, EventId, ProducerId, StoredEvent, Texts, Timestamp};
use tokio_postgres::Row;

use crate::failure::Trouble;

/// Where the first text column stands in `event-columns.sql`, from 0; those of [`Column::ALL`] follow it, and behind them `erased_by`, `details` and, for a verifier, the salt.
pub(crate) const FIRST_TEXT: usize = 14;
/// See [`FIRST_TEXT`].
pub(crate) const ERASED_BY: usize = FIRST_TEXT + Column::COUNT;
/// See [`FIRST_TEXT`].
pub(crate) const DETAILS: usize = ERASED_BY + 1;
/// See [`FIRST_TEXT`].
pub(crate) const SALT: usize = DETAILS + 1;

/// Reads one row of `event-columns.sql`.
pub(crate) fn read(row: &Row) -> Result<StoredEvent, Trouble> {
    let mut texts = Texts::default();
    for column in Column::ALL {
        if let Some(text) = row.try_get::<_, Option<&str>>(FIRST_TEXT + column.index())? {
            texts.set(*column, Some(Box::<str>::from(text)));
        }
    }
    Ok(StoredEvent {
        seq: counted(row, 0)?,
        id: EventId::from_bytes(bytes(row, 1)?),
        event_type: row.try_get(2)?,
        created_at: time(row, 3)?,
        recorded_at: time(row, 4)?,
        occurred_at: row.try_get::<_, Option<i64>>(5)?.map(Timestamp::from_nanos),
        space: row.try_get(6)?,
        credential: row.try_get(7)?,
        producer: ProducerId::from_bytes(bytes(row, 8)?),
        pseq: counted(row, 9)?,
        phase: row.try_get::<_, &str>(10)?.parse().map_err(|_| Trouble::Damaged("`phase` is no phase".to_owned()))?,
        outcome: row
            .try_get::<_, Option<&str>>(11)?
            .map(str::parse)
            .transpose()
            .map_err(|_| Trouble::Damaged("`outcome` is no outcome".to_owned()))?,
        duration_ms: row.try_get::<_, Option<i64>>(12)?.map(i64::cast_unsigned),
        n_redacted: u32::try_from(counted(row, 13)?)
            .map_err(|_| Trouble::Damaged("`n_redacted` is no count".to_owned()))?,
        texts,
        erased_by: row.try_get::<_, Option<i64>>(ERASED_BY)?.map(i64::cast_unsigned),
        details: row.try_get(DETAILS)?,
    })
}

/// A count as PostgreSQL keeps it. None that Annals gives out comes near the sign.
pub(crate) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count read back.
pub(crate) fn counted(row: &Row, index: usize) -> Result<u64, Trouble> {
    u64::try_from(row.try_get::<_, i64>(index)?).map_err(|_| wrong(row, index, "is negative"))
}

/// A time.
pub(crate) fn time(row: &Row, index: usize) -> Result<Timestamp, Trouble> {
    Ok(Timestamp::from_nanos(row.try_get(index)?))
}

/// So many bytes.
pub(crate) fn bytes<const N: usize>(row: &Row, index: usize) -> Result<[u8; N], Trouble> {
    row.try_get::<_, &[u8]>(index)?.try_into().map_err(|_| wrong(row, index, "has another length"))
}

/// So many bytes, or none.
pub(crate) fn optional_bytes<const N: usize>(row: &Row, index: usize) -> Result<Option<[u8; N]>, Trouble> {
    match row.try_get::<_, Option<&[u8]>>(index)? {
        Some(bytes) => bytes.try_into().map(Some).map_err(|_| wrong(row, index, "has another length")),
        None => Ok(None),
    }
}

/// All counts of one column.
pub(crate) fn counts(rows: &[Row], index: usize) -> Result<Vec<u64>, Trouble> {
    rows.iter().map(|row| counted(row, index)).collect()
}

fn wrong(row: &Row, index: usize, problem: &str) -> Trouble {
    Trouble::Damaged(format!("`{}` {problem}", row.columns()[index].name()))
}
