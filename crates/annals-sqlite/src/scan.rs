//! Rows as a verifier sees them: with everything that their leaf is made of, and readable whatever somebody wrote into them.
//!
//! A span is copied out first and handed on afterwards: the transaction stays short however slow the visitor is, and a file at rest, which may have to be read twice, is
//! visited once.

use std::ops::Range;

use annals_event::{
    Column, Commitment, Commitments, EventId, GroupKey, LeafRow, Outcome, Phase, ProducerId, Salt, Timestamp,
};
use annals_store::{Emptied, RowContent, ScannedRow};
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use crate::row::{FIRST_TEXT, SALT};
use crate::sql;

/// Where `erased_by`, `details` and `salt` stand in the rows of `scan.sql`, from 0.
const ERASED_BY: usize = FIRST_TEXT - 1 + Column::COUNT;
const DETAILS: usize = ERASED_BY + 1;
const SALT_READ: usize = DETAILS + 1;
const _: () = assert!(ERASED_BY + 1 == SALT, "the columns follow each other as in the insert");

/// A span of rows, copied out of the database.
#[derive(Debug, Default)]
pub(crate) struct Span {
    /// The texts of all rows one behind another.
    texts: String,
    rows: Vec<Copied>,
}

#[derive(Debug)]
struct Copied {
    seq: i64,
    content: Result<Content, String>,
}

/// A row whose texts are ranges of the span's.
#[derive(Debug)]
struct Content {
    id: EventId,
    event_type: Range<usize>,
    created_at: Timestamp,
    recorded_at: Timestamp,
    occurred_at: Option<Timestamp>,
    space: Range<usize>,
    credential: Option<Range<usize>>,
    producer: ProducerId,
    pseq: u64,
    phase: Phase,
    outcome: Option<Outcome>,
    duration_ms: Option<u64>,
    n_redacted: u32,
    columns: [Option<Range<usize>>; Column::COUNT],
    details: Option<Range<usize>>,
    salt: Option<Salt>,
    erased_by: Option<u64>,
    emptied: Option<Emptied>,
}

impl Span {
    /// Copies the rows from `first` to `last`, both included.
    pub(crate) fn read(connection: &Connection, first: i64, last: i64) -> rusqlite::Result<Self> {
        Self::read_while(connection, first, last, |_| true)
    }

    /// The same for as long as `go_on` says so of the number of rows that were copied.
    pub(crate) fn read_while(
        connection: &Connection,
        first: i64,
        last: i64,
        mut go_on: impl FnMut(usize) -> bool,
    ) -> rusqlite::Result<Self> {
        let mut span = Self::default();
        let mut rows_between = connection.prepare_cached(sql::SCAN)?;
        let mut commitment = connection.prepare_cached(sql::COMMITMENT)?;
        let mut rows = rows_between.query(params![first, last])?;
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            let content = span.copy(row, &mut commitment, seq)?;
            span.rows.push(Copied { seq, content });
            if !go_on(span.rows.len()) {
                break;
            }
        }
        Ok(span)
    }

    /// Hands each row on.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(ScannedRow<'_>)) {
        for copied in &self.rows {
            let content = copied.content.as_ref().map(|content| self.content(content)).map_err(Clone::clone);
            visit(ScannedRow { seq: copied.seq, content });
        }
    }

    fn content(&self, content: &Content) -> RowContent<'_> {
        let text = |range: &Range<usize>| &self.texts[range.clone()];
        RowContent {
            row: LeafRow {
                id: content.id,
                event_type: text(&content.event_type),
                created_at: content.created_at,
                recorded_at: content.recorded_at,
                occurred_at: content.occurred_at,
                space: text(&content.space),
                credential: content.credential.as_ref().map(text),
                producer: content.producer,
                pseq: content.pseq,
                phase: content.phase,
                outcome: content.outcome,
                duration_ms: content.duration_ms,
                n_redacted: content.n_redacted,
                texts: std::array::from_fn(|n| content.columns[n].as_ref().map(text)),
                details: content.details.as_ref().map(text),
            },
            salt: content.salt,
            erased_by: content.erased_by,
            emptied: content.emptied,
        }
    }

    /// Copies one row. What is wrong with the row is the inner error, what is wrong with reading the outer one.
    fn copy(
        &mut self,
        row: &Row<'_>,
        commitment: &mut CachedStatement<'_>,
        seq: i64,
    ) -> rusqlite::Result<Result<Content, String>> {
        let read = Reading { row };
        let content = (|| {
            let mut columns = [const { None }; Column::COUNT];
            let content = Content {
                id: EventId::from_bytes(read.bytes(1, "id")?),
                event_type: self.text(&read, 2, "event_type")?,
                created_at: read.time(3, "created_at")?,
                recorded_at: read.time(4, "recorded_at")?,
                occurred_at: read.integer(5, "occurred_at")?.map(Timestamp::from_nanos),
                space: self.text(&read, 6, "space")?,
                credential: self.optional_text(&read, 7, "credential")?,
                producer: ProducerId::from_bytes(read.bytes(8, "producer")?),
                pseq: read.count(9, "pseq")?.ok_or("`pseq` has no value")?,
                phase: read.text(10, "phase")?.and_then(|word| word.parse().ok()).ok_or("`phase` is no phase")?,
                outcome: match read.text(11, "outcome")? {
                    Some(word) => Some(word.parse().map_err(|_| "`outcome` is no outcome")?),
                    None => None,
                },
                duration_ms: read.count(12, "duration_ms")?,
                n_redacted: read
                    .count(13, "n_redacted")?
                    .and_then(|count| count.try_into().ok())
                    .ok_or("`n_redacted` is no count")?,
                columns: {
                    for column in Column::ALL {
                        let index = FIRST_TEXT - 1 + column.index();
                        columns[column.index()] = self.optional_text(&read, index, column.name())?;
                    }
                    columns
                },
                details: self.optional_text(&read, DETAILS, "details")?,
                salt: read.optional_bytes(SALT_READ, "salt")?,
                erased_by: read.count(ERASED_BY, "erased_by")?,
                emptied: None,
            };
            Ok(content)
        })();
        let mut content = match content {
            Ok(content) => content,
            Err(problem) => return Ok(Err(problem)),
        };
        if content.salt.is_none() || content.erased_by.is_some() {
            match commitment.query_row([seq], |row| Ok(emptied(&Reading { row }))).optional()? {
                Some(Ok(emptied)) => content.emptied = Some(emptied),
                Some(Err(problem)) => return Ok(Err(problem)),
                None => {}
            }
        }
        Ok(Ok(content))
    }

    fn text(&mut self, read: &Reading<'_, '_>, index: usize, name: &str) -> Result<Range<usize>, String> {
        self.optional_text(read, index, name)?.ok_or_else(|| format!("`{name}` has no value"))
    }

    fn optional_text(
        &mut self,
        read: &Reading<'_, '_>,
        index: usize,
        name: &str,
    ) -> Result<Option<Range<usize>>, String> {
        let Some(text) = read.text(index, name)? else { return Ok(None) };
        let start = self.texts.len();
        self.texts.push_str(text);
        Ok(Some(start..self.texts.len()))
    }
}

/// What is kept of a row that was emptied.
fn emptied(read: &Reading<'_, '_>) -> Result<Emptied, String> {
    let commitment = |index, name| Ok::<_, String>(read.optional_bytes(index, name)?.map(Commitment::from_bytes));
    let key = |index, name| Ok::<_, String>(read.optional_bytes(index, name)?.map(GroupKey::from_bytes));
    Ok(Emptied {
        commitments: Commitments {
            who: commitment(0, "commitment.who")?,
            context: commitment(1, "commitment.context")?,
            details: commitment(2, "commitment.details")?,
        },
        who_key: key(3, "commitment.who_key")?,
        context_key: key(4, "commitment.context_key")?,
    })
}

/// A row's values, each of which may be of any kind.
struct Reading<'r, 's> {
    row: &'r Row<'s>,
}

impl<'r> Reading<'r, '_> {
    fn value(&self, index: usize) -> ValueRef<'r> {
        self.row.get_ref(index).unwrap_or(ValueRef::Null)
    }

    fn integer(&self, index: usize, name: &str) -> Result<Option<i64>, String> {
        match self.value(index) {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            _ => Err(format!("`{name}` is no number")),
        }
    }

    fn count(&self, index: usize, name: &str) -> Result<Option<u64>, String> {
        let value = self.integer(index, name)?.map(u64::try_from).transpose();
        value.map_err(|_| format!("`{name}` is no count"))
    }

    fn time(&self, index: usize, name: &str) -> Result<Timestamp, String> {
        self.integer(index, name)?.map(Timestamp::from_nanos).ok_or_else(|| format!("`{name}` has no value"))
    }

    fn text(&self, index: usize, name: &str) -> Result<Option<&'r str>, String> {
        match self.value(index) {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => str::from_utf8(text).map(Some).map_err(|_| format!("`{name}` is no text")),
            _ => Err(format!("`{name}` is no text")),
        }
    }

    fn optional_bytes<const N: usize>(&self, index: usize, name: &str) -> Result<Option<[u8; N]>, String> {
        match self.value(index) {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => {
                bytes.try_into().map(Some).map_err(|_| format!("`{name}` has {} bytes", bytes.len()))
            }
            _ => Err(format!("`{name}` is no bytes")),
        }
    }

    fn bytes<const N: usize>(&self, index: usize, name: &str) -> Result<[u8; N], String> {
        self.optional_bytes(index, name)?.ok_or_else(|| format!("`{name}` has no value"))
    }
}
