//! The database as one that is copied.

use annals_event::{ProducerId, Timestamp};
use annals_store::Error;
use annals_store::moving::{Cell, Kind, Part, Source, Whole};
use annals_tlog::Hash;

use super::{bound, cell, names};
use crate::address::Address;
use crate::connection::{Connection, Parameter, Statement};
use crate::failure::Trouble;
use crate::row::{bytes, counted};
use crate::standing::State;
use crate::{sql, tree};

/// One snapshot.
pub(super) struct Shown<'a> {
    pub(super) connection: &'a Connection,
    pub(super) address: &'a Address,
}

impl Shown<'_> {
    fn told<T>(&self, read: Result<T, Trouble>) -> Result<T, Error> {
        read.map_err(|trouble| trouble.of(self.address))
    }
}

impl Source for Shown<'_> {
    fn name(&self) -> String {
        self.address.to_string()
    }

    fn whole(&mut self) -> Result<Whole, Error> {
        let read = || {
            let state = State::read(self.connection)?;
            state.check_rows(self.address)?;
            let row = self.connection.one(sql::MOVING_WHOLE, &[])?;
            Ok::<_, Trouble>(Whole {
                log: state.log,
                own_producer: ProducerId::from_bytes(bytes(&row, 0)?),
                created_at: Timestamp::from_nanos(row.try_get(1)?),
                n_before_tree: state.n_before_tree,
                n_events: state.n_rows,
                root: root_at(self.connection, state.n_leaves, state.n_rows)?,
                stamp: self.connection.one(sql::MOVING_STAMP, &[])?.try_get(0)?,
                erased: self.connection.one(sql::MOVING_ERASED, &[])?.try_get(0)?,
            })
        };
        self.told(read())
    }

    fn root_at(&mut self, size: u64) -> Result<Option<Hash>, Error> {
        let n_leaves = self.told(State::read(self.connection))?.n_leaves;
        self.told(root_at(self.connection, n_leaves, size))
    }

    fn count(&mut self, part: Part, after: Option<&[Cell]>) -> Result<u64, Error> {
        let statement = format!("SELECT count(*) FROM {}{}", part.name(), behind(part, after));
        self.told(ask(self.connection, &statement, after).and_then(|rows| match rows.first() {
            Some(row) => counted(row, 0),
            None => Ok(0),
        }))
    }

    fn rows(&mut self, part: Part, after: Option<&[Cell]>, limit: usize) -> Result<Vec<Vec<Cell>>, Error> {
        let columns = part.columns();
        let selected = columns.iter().map(|column| match column.kind {
            Kind::Number => format!("{}::BIGINT", column.name),
            Kind::Flag => format!("{}::INTEGER::BIGINT", column.name),
            _ => column.name.to_owned(),
        });
        let statement = format!(
            "SELECT {} FROM {}{} ORDER BY {} LIMIT {limit}",
            selected.collect::<Vec<_>>().join(", "),
            part.name(),
            behind(part, after),
            names(&columns[..part.n_key()])
        );
        let read = || {
            let rows = ask(self.connection, &statement, after)?;
            let cells = |row: &tokio_postgres::Row| {
                columns.iter().enumerate().map(|(n, column)| cell(row, n, *column)).collect::<Result<Vec<_>, _>>()
            };
            rows.iter().map(cells).collect::<Result<Vec<_>, Trouble>>()
        };
        self.told(read())
    }
}

/// The root of the first `size` leaves of a tree that has so many; `None` where it has fewer.
pub(super) fn root_at(connection: &Connection, n_leaves: u64, size: u64) -> Result<Option<Hash>, Trouble> {
    if size > n_leaves {
        return Ok(None);
    }
    tree::head_at(connection, size).map(|head| Some(head.root))
}

fn ask(connection: &Connection, statement: &str, key: Option<&[Cell]>) -> Result<Vec<tokio_postgres::Row>, Trouble> {
    let values: Vec<Box<dyn Parameter + '_>> = key.unwrap_or_default().iter().map(bound).collect();
    let values: Vec<&dyn Parameter> = values.iter().map(AsRef::as_ref).collect();
    Ok(connection.answer(Statement::once(statement, &values))?.rows)
}

/// The condition for rows behind a key.
fn behind(part: Part, after: Option<&[Cell]>) -> String {
    let Some(key) = after else { return String::new() };
    let columns = part.columns();
    let values = (1..=key.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    format!(" WHERE ({}) > ({values})", names(&columns[..part.n_key()]))
}
