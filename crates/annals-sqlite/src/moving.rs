//! The whole database as parts, to move to another one or to come from one; what the parts are is said by `annals_store::moving`.
//!
//! Statements are put together from the parts' columns, which have the names of ours; where a part is made of more than one table, that is said in `FROM` and in the statements that put it.

mod source;
mod target;

use std::path::Path;

use annals_store::moving::{Cell, Column, Kind, MovingStore, Part, Source, Target};
use annals_store::{Error, ErrorKind};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use crate::connection;
use crate::failure;
use crate::migration::{self, MIGRATIONS, Standing};
use crate::store::SqliteStore;

use self::source::Shown;

/// The table that is there while a log is being brought here, and never else.
pub(crate) const COPYING: &str = "copying";

impl SqliteStore {
    /// Opens a database to bring a log into it, making the file where it is missing. Of one that holds a log, no more is changed before that begins than that its tables are brought up to date.
    ///
    /// Errors are those of [`open`](Self::open).
    pub fn open_to_copy_into(path: &Path) -> Result<Box<dyn Target>, Error> {
        Ok(Box::new(target::Taken::open(path)?))
    }
}

impl MovingStore for SqliteStore {
    fn show(&self, look: &mut dyn FnMut(&mut dyn Source) -> Result<(), Error>) -> Result<(), Error> {
        let location = self.location();
        let failed = |error| failure::database(&location.database, error);
        self.readers().check()?;
        // A connection of its own: the snapshot is held for long, and others may write meanwhile.
        let connection = connection::reader(location)?;
        connection.execute_batch("BEGIN").map_err(failed)?;
        let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
        if migration::standing(&connection, location)? != Standing::Applied(newest) {
            return Err(Error::new(
                ErrorKind::ReadOnly,
                format!(
                    "`{}` is of an older format (hint: record something there, which brings it up to date)",
                    location.database.display()
                ),
            ));
        }
        look(&mut Shown { connection: &connection, location })?;
        // The replacement is told rather than whatever came of it.
        self.readers().check()
    }
}

/// Whether a log is being brought into this database.
pub(crate) fn is_copying(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)",
        [COPYING],
        |row| row.get(0),
    )
}

/// Where a part's rows are read, under the names of its columns.
fn from(part: Part) -> &'static str {
    match part {
        // The words as the index keeps them.
        Part::Words => "(SELECT id AS n, c0 AS title, c1 AS body, c2 AS labels FROM entry_text_content)",
        part => part.name(),
    }
}

/// The names of some columns, with commas between them.
fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

/// So many parameters from this number on.
fn parameters(first: usize, n: usize) -> String {
    (first..first + n).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ")
}

/// A value as it is bound.
fn bound(cell: &Cell) -> ToSqlOutput<'_> {
    match cell {
        Cell::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        Cell::Number(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
        Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        Cell::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        Cell::Vector(vector) => {
            let bytes = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            ToSqlOutput::Owned(Value::Blob(bytes))
        }
    }
}

/// A value as it was read.
fn cell(row: &rusqlite::Row<'_>, index: usize, column: Column) -> rusqlite::Result<Cell> {
    Ok(match column.kind {
        Kind::Number | Kind::Flag => row.get::<_, Option<i64>>(index)?.map_or(Cell::Null, Cell::Number),
        Kind::Text => row.get::<_, Option<String>>(index)?.map_or(Cell::Null, Cell::Text),
        Kind::Bytes => row.get::<_, Option<Vec<u8>>>(index)?.map_or(Cell::Null, Cell::Bytes),
        Kind::Vector => {
            let bytes: Vec<u8> = row.get(index)?;
            Cell::Vector(bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number)).collect())
        }
    })
}
