//! Whether rows and tree fit each other and what is known outside, and what follows where they do not.
//!
//! Tree and rows only ever change together, and what is published lags behind. So a database that has fewer rows than leaves, fewer leaves than a checkpoint, or another tree than was
//! signed has been cut or put back, and nothing may be added to it under its old name.

use annals_event::Timestamp;
use annals_store::backend::size_of_tiles;
use annals_store::{Error, ErrorKind, LogId, Outside};
use annals_tlog::TreeHead;
use tokio_postgres::Row;

use crate::address::Address;
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::row::{bytes, counted};
use crate::{checkpoints, keys, sql, tree};

/// What says whether a tree may grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct State {
    /// The log's name at this moment.
    pub(crate) log: LogId,
    /// The rows from before there was a tree.
    pub(crate) n_before_tree: u64,
    /// The number of leaves.
    pub(crate) n_leaves: u64,
    /// The next `seq`.
    pub(crate) n_rows: u64,
    /// The time of the last row.
    pub(crate) recorded_at: Option<Timestamp>,
}

impl State {
    /// Reads it.
    pub(crate) fn read(connection: &Connection) -> Result<Self, Trouble> {
        Self::of(&connection.one(sql::STATE, &[])?)
    }

    /// Takes it from the row of `state.sql`.
    pub(crate) fn of(row: &Row) -> Result<Self, Trouble> {
        let newest: Option<i64> = row.try_get(2)?;
        let tile: (Option<i64>, Option<i64>) = (row.try_get(4)?, row.try_get(5)?);
        Ok(Self {
            log: LogId::from_bytes(bytes(row, 0)?),
            n_before_tree: counted(row, 1)?,
            n_leaves: size_of_tiles(tile.0.zip(tile.1))?,
            n_rows: newest.map_or(Ok(0), |_| counted(row, 2).map(|newest| newest + 1))?,
            recorded_at: row.try_get::<_, Option<i64>>(3)?.map(Timestamp::from_nanos),
        })
    }

    /// Refuses a tree that does not fit the rows.
    pub(crate) fn check_rows(self, address: &Address) -> Result<(), Error> {
        let Self { n_leaves, n_rows, .. } = self;
        if n_leaves > n_rows {
            let problem = format!("its rows end at {n_rows} events, and its tree has {n_leaves}");
            return Err(rolled_back(address, &problem));
        }
        if n_leaves < n_rows {
            let problem = format!("it has {n_rows} events, of which only {n_leaves} were recorded by Annals");
            return Err(Trouble::Damaged(problem).of(address));
        }
        Ok(())
    }
}

/// Refuses a database that is less than, or other than, what is known of it: by its own rows and checkpoints and by the newest that was published.
///
/// The outside is asked before the size is read, behind which it lags. Where the two contradict each other, it is asked whose word that is, and the size is read once more.
pub(crate) fn check(
    connection: &Connection,
    address: &Address,
    log: LogId,
    outside: Option<&dyn Outside>,
) -> Result<(), Error> {
    let told = |trouble: Trouble| trouble.of(address);
    let published = outside.map(|outside| outside.newest(log)).transpose()?.flatten();
    let against = |known| connection.look(|connection| check_against(connection, address, log, known)).map_err(told);
    let checked = against(published);
    match (checked, published, outside) {
        (Err(error), Some(_), Some(outside)) if error.kind() == ErrorKind::RolledBack => {
            let keys = connection.look(keys::all).map_err(told)?;
            let keys: Vec<_> = keys.into_iter().map(|pinned| pinned.key).collect();
            against(outside.newest_by(log, &keys)?)
        }
        (checked, ..) => checked,
    }
}

/// The same with what is known outside.
fn check_against(
    connection: &Connection,
    address: &Address,
    log: LogId,
    outside: Option<TreeHead>,
) -> Result<(), Trouble> {
    let state = State::read(connection)?;
    address.check_name(state.log, log)?;
    state.check_rows(address)?;
    if let Some(newest) = checkpoints::newest(connection)?
        && newest.checkpoint.size > state.n_leaves
    {
        return Err(smaller(address, state.n_leaves, newest.checkpoint.size).into());
    }
    let Some(outside) = outside else { return Ok(()) };
    if outside.size > state.n_leaves {
        return Err(smaller(address, state.n_leaves, outside.size).into());
    }
    if tree::head_at(connection, outside.size)? != outside {
        let problem = format!(
            "its first {} events are others than those of the published checkpoint, and it has {} in all",
            outside.size, state.n_leaves
        );
        return Err(rolled_back(address, &problem).into());
    }
    Ok(())
}

/// The error for a database with fewer events than a checkpoint covers.
pub(crate) fn smaller(address: &Address, n_events: u64, signed: u64) -> Error {
    rolled_back(address, &format!("it has {n_events} events, and a checkpoint of it covers {signed}"))
}

/// The error for a database that lacks what it once had.
pub(crate) fn rolled_back(address: &Address, problem: &str) -> Error {
    Error::new(
        ErrorKind::RolledBack,
        format!(
            "{address} was cut or put back: {problem} (hint: put the newer database back, or go on with this one under a new name with `--accept-rollback`)"
        ),
    )
}
