//! The database as one that is copied.

use annals_event::{ProducerId, Timestamp};
use annals_store::moving::{Cell, Part, Row, Source, Whole};
use annals_store::{Error, LogId};
use annals_tlog::Hash;
use rusqlite::{Connection, params_from_iter};

use super::{bound, cell, from, names, parameters};
use crate::failure::Trouble;
use crate::location::Location;
use crate::standing::State;
use crate::{read, sql, tree};

/// One snapshot.
pub(super) struct Shown<'a> {
    pub(super) connection: &'a Connection,
    pub(super) location: &'a Location,
}

impl Shown<'_> {
    fn failed(&self, error: impl Into<Trouble>) -> Error {
        error.into().of(&self.location.database)
    }

    fn told<T>(&self, read: rusqlite::Result<T>) -> Result<T, Error> {
        read.map_err(|error| self.failed(error))
    }
}

impl Source for Shown<'_> {
    fn name(&self) -> String {
        format!("`{}`", self.location.database.display())
    }

    fn whole(&mut self) -> Result<Whole, Error> {
        let n_events = self.told(read::head(self.connection))?.n_events;
        let state = State::read(self.connection).map_err(|trouble| self.failed(trouble))?;
        state.check_rows(n_events, self.location)?;
        let (own_producer, created_at) = self.told(self.connection.query_row(
            "SELECT own_producer, created_at FROM log",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        ))?;
        Ok(Whole {
            log: state.log,
            own_producer: ProducerId::from_bytes(own_producer),
            created_at: Timestamp::from_nanos(created_at),
            n_before_tree: state.n_before_tree.unwrap_or_default(),
            n_events,
            root: self.root_at(n_events)?,
            stamp: self.told(self.connection.query_row(sql::MOVING_STAMP, [], |row| row.get(0)))?,
            erased: self.told(self.connection.query_row(sql::MOVING_ERASED, [], |row| row.get(0)))?,
        })
    }

    fn root_at(&mut self, size: u64) -> Result<Option<Hash>, Error> {
        root_at(self.connection, size).map_err(|trouble| self.failed(trouble))
    }

    fn count(&mut self, part: Part, after: Option<&[Cell]>) -> Result<u64, Error> {
        let (condition, key) = behind(part, after);
        let statement = format!("SELECT count(*) FROM {}{condition}", from(part));
        let counted = self.connection.query_row(&statement, params_from_iter(key.iter().map(bound)), |row| row.get(0));
        self.told(counted.map(i64::cast_unsigned))
    }

    fn rows(&mut self, part: Part, after: Option<&[Cell]>, limit: usize) -> Result<Vec<Row>, Error> {
        let columns = part.columns();
        let (condition, key) = behind(part, after);
        let statement = format!(
            "SELECT {} FROM {}{condition} ORDER BY {} LIMIT {limit}",
            names(&columns),
            from(part),
            names(&columns[..part.n_key()])
        );
        let read = || {
            let mut statement = self.connection.prepare_cached(&statement)?;
            let mut rows = statement.query(params_from_iter(key.iter().map(bound)))?;
            let mut read = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = columns.iter().enumerate().map(|(n, column)| cell(row, n, *column));
                let mut cells: Row = cells.collect::<rusqlite::Result<_>>()?;
                if part == Part::Words {
                    cells.iter_mut().for_each(without_space);
                }
                read.push(cells);
            }
            Ok(read)
        };
        self.told(read())
    }
}

/// The root of the first `size` leaves; `None` where there are fewer.
pub(super) fn root_at(connection: &Connection, size: u64) -> Result<Option<Hash>, Trouble> {
    if size > tree::size(connection)? {
        return Ok(None);
    }
    tree::head_at(connection, size).map(|head| Some(head.root))
}

/// The log's name, where it has one.
pub(super) fn log(connection: &Connection) -> rusqlite::Result<Option<LogId>> {
    use rusqlite::OptionalExtension;
    connection.query_row(sql::LOG, [], |row| Ok(LogId::from_bytes(row.get(0)?))).optional()
}

/// The condition for rows behind a key, and its values.
fn behind(part: Part, after: Option<&[Cell]>) -> (String, &[Cell]) {
    let Some(key) = after else { return (String::new(), &[]) };
    let columns = part.columns();
    (format!(" WHERE ({}) > ({})", names(&columns[..part.n_key()]), parameters(1, key.len())), key)
}

/// Words without the number of their space.
fn without_space(cell: &mut Cell) {
    if let Cell::Text(text) = cell {
        let bare = text.split_ascii_whitespace().map(|word| word.split_once('_').map_or(word, |(_, bare)| bare));
        *text = bare.collect::<Vec<_>>().join(" ");
    }
}
