//! The other side of the durable events: `rusqlite` alone, in the loop that anybody would write who has only rows to store.
//!
//! The same tables and indexes (our migrations), the same statement, the same values, the same pragmas, the same size of transaction. What it lacks is all else: no journal,
//! no queue, no validation, no redaction, no marks, no other process. Its rows lie ready in memory, already checked and encoded.

use std::path::Path;

use annals_event::{Column, Encoded, ProducerId, Rules, Stamp, Timestamp, encode};
use annals_event::{Event, EventId};
use annals_sqlite::{INSERT_EVENT, MIGRATIONS};
use rusqlite::{Connection, Statement};

/// How many rows a transaction has, as our writer's.
pub(crate) const BATCH: usize = 4_096;
/// Of each row's salt.
const SALT_BYTES: usize = 32;
/// The parameter of the first text column.
const FIRST_TEXT: usize = 15;

/// Events as bytes, from which rows are read without copying.
pub(crate) struct Rows {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    /// Encodes the events.
    pub(crate) fn of(events: impl Iterator<Item = Event>) -> anyhow::Result<Self> {
        let rules = Rules::default();
        let mut rows = Self { bytes: Vec::new(), ends: Vec::new() };
        for event in events {
            let created_at = Timestamp::from(std::time::SystemTime::now());
            let id = EventId::v7(created_at, getrandom::u64()?);
            let stamp = Stamp { id, created_at, space: "default", credential: "root", begun: false };
            encode(&event, &rules, &stamp, &mut rows.bytes)?;
            rows.ends.push(rows.bytes.len());
        }
        Ok(rows)
    }

    /// The rows, each read once before anything is timed.
    pub(crate) fn read(&self) -> anyhow::Result<Vec<Encoded<'_>>> {
        let mut start = 0;
        self.ends
            .iter()
            .map(|end| {
                let row = Encoded::decode(&self.bytes[start..*end])?;
                start = *end;
                Ok(row)
            })
            .collect()
    }
}

/// A fresh database with our tables.
pub(super) fn open(path: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(path)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    anyhow::ensure!(mode == "wal", "SQLite answers `{mode}` and not `wal`");
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -(16 << 10))?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    for migration in MIGRATIONS {
        connection.execute_batch(migration.sql)?;
    }
    Ok(connection)
}

/// Inserts all rows, so many a transaction; each transaction is durable.
pub(super) fn insert(connection: &Connection, rows: &[Encoded<'_>], batch: Batch) -> anyhow::Result<()> {
    let n_rows = match batch {
        Batch::AsOurs => BATCH,
        Batch::OneByOne => 1,
    };
    let producer = ProducerId::from_bytes([7; 16]);
    let mut salts = vec![0; n_rows * SALT_BYTES];
    let mut statement = connection.prepare(INSERT_EVENT)?;
    let mut begin = connection.prepare("BEGIN IMMEDIATE")?;
    let mut commit = connection.prepare("COMMIT")?;
    let mut seq = 0;
    for rows in rows.chunks(n_rows) {
        begin.execute([])?;
        getrandom::fill(&mut salts)?;
        let recorded_at = Timestamp::from(std::time::SystemTime::now());
        for (row, salt) in rows.iter().zip(salts.chunks(SALT_BYTES)) {
            insert_one(&mut statement, row, seq, recorded_at, &producer, salt)?;
            seq += 1;
        }
        commit.execute([])?;
    }
    Ok(())
}

/// How many rows are made durable together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Batch {
    AsOurs,
    OneByOne,
}

fn insert_one(
    statement: &mut Statement<'_>,
    row: &Encoded<'_>,
    seq: i64,
    recorded_at: Timestamp,
    producer: &ProducerId,
    salt: &[u8],
) -> anyhow::Result<()> {
    statement.clear_bindings();
    statement.raw_bind_parameter(1, seq)?;
    statement.raw_bind_parameter(2, &row.id().as_bytes()[..])?;
    statement.raw_bind_parameter(3, row.event_type())?;
    statement.raw_bind_parameter(4, row.created_at().as_nanos())?;
    statement.raw_bind_parameter(5, recorded_at.as_nanos())?;
    statement.raw_bind_parameter(7, row.space())?;
    statement.raw_bind_parameter(8, row.credential())?;
    statement.raw_bind_parameter(9, &producer.as_bytes()[..])?;
    statement.raw_bind_parameter(10, seq)?;
    statement.raw_bind_parameter(11, row.phase().as_str())?;
    statement.raw_bind_parameter(12, row.outcome().map(annals::Outcome::as_str))?;
    statement.raw_bind_parameter(14, row.n_redacted())?;
    for (parameter, column) in (FIRST_TEXT..).zip(Column::ALL) {
        if let Some(text) = row.get(*column) {
            statement.raw_bind_parameter(parameter, text)?;
        }
    }
    statement.raw_bind_parameter(FIRST_TEXT + Column::ALL.len(), salt)?;
    statement.raw_bind_parameter(FIRST_TEXT + Column::ALL.len() + 1, row.details())?;
    statement.raw_execute()?;
    Ok(())
}
