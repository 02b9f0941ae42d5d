//! The whole database as parts, to move to another one or to come from one; what the parts are is said by `annals_store::moving`.
//!
//! Statements are put together from the parts' columns, which have the names of ours. Rows come as an array a column, so that a lot is one statement; `COPY` was refused: PostgreSQL does not let it
//! write to a table with row security.

mod source;
mod target;

use annals_store::Error;
use annals_store::moving::{Cell, Column, Kind, MovingStore, Source, Target};
use tokio_postgres::Row;

use crate::connection::{Connection, Parameter, Reach};
use crate::failure::Trouble;
use crate::opening::Opening;
use crate::sql;
use crate::store::PostgresStore;

use self::source::Shown;

impl PostgresStore {
    /// Opens a database to bring a log into it, making the tables where they are missing: for a role that may make tables. Of one that holds a log, no more is changed before that begins than that its tables are brought up to date.
    ///
    /// Errors are those of [`open`](Self::open).
    pub fn open_to_copy_into(url: &str) -> Result<Box<dyn Target>, Error> {
        Ok(Box::new(target::Taken::open(url, &Opening::default())?))
    }
}

impl MovingStore for PostgresStore {
    fn show(&self, look: &mut dyn FnMut(&mut dyn Source) -> Result<(), Error>) -> Result<(), Error> {
        self.pool().read_in(Reach::All, |connection| {
            // While the other side writes, this one is not asked for anything.
            connection.wait_for_ever();
            Ok(look(&mut Shown { connection, address: self.address() })?)
        })
    }
}

/// Whether a log is being brought into this database.
pub(crate) fn is_copying(connection: &Connection) -> Result<bool, Trouble> {
    Ok(connection.one(sql::IS_COPYING, &[])?.try_get(0)?)
}

/// The names of some columns, with commas between them.
fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

/// A value as it is bound; no key holds anything else.
fn bound(cell: &Cell) -> Box<dyn Parameter + '_> {
    match cell {
        Cell::Number(number) => Box::new(*number),
        Cell::Text(text) => Box::new(text.as_str()),
        Cell::Bytes(bytes) => Box::new(bytes.as_slice()),
        Cell::Null | Cell::Vector(_) => Box::new(None::<i64>),
    }
}

/// A value as it was read.
fn cell(row: &Row, index: usize, column: Column) -> Result<Cell, Trouble> {
    Ok(match column.kind {
        Kind::Number | Kind::Flag => row.try_get::<_, Option<i64>>(index)?.map_or(Cell::Null, Cell::Number),
        Kind::Text => row.try_get::<_, Option<String>>(index)?.map_or(Cell::Null, Cell::Text),
        Kind::Bytes => row.try_get::<_, Option<Vec<u8>>>(index)?.map_or(Cell::Null, Cell::Bytes),
        Kind::Vector => Cell::Vector(row.try_get(index)?),
    })
}
