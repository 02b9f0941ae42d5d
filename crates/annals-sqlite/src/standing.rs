//! Whether rows and tree fit each other and what is known outside, and what follows where they do not.
//!
//! Tree and rows only ever change together, and what is published lags behind. So a database that has fewer rows than leaves, fewer leaves than a checkpoint, or another tree than was
//! signed has been cut or put back, and nothing may be added to it under its old name.

use annals_store::{Error, ErrorKind, LogId, Outside};
use annals_tlog::TreeHead;
use rusqlite::Connection;

use crate::failure::Trouble;
use crate::location::Location;
use crate::{checkpoints, keys, read, sql, tree};

/// What says whether a tree may grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct State {
    /// The log's name at this moment.
    pub(crate) log: LogId,
    /// The rows from before there was a tree; nothing while they are being taken into it.
    pub(crate) n_before_tree: Option<u64>,
    /// The number of leaves.
    pub(crate) n_leaves: u64,
}

impl State {
    /// Reads it.
    pub(crate) fn read(connection: &Connection) -> Result<Self, Trouble> {
        let (log, n_before_tree, newest): ([u8; 16], Option<i64>, Option<i64>) = connection
            .prepare_cached(sql::TREE_STATE)
            .and_then(|mut state| state.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))))?;
        let n_before_tree = n_before_tree
            .map(u64::try_from)
            .transpose()
            .map_err(|_| Trouble::Damaged("the number of events before there was a tree is negative".to_owned()))?;
        Ok(Self { log: LogId::from_bytes(log), n_before_tree, n_leaves: tree::size_with(connection, newest)? })
    }

    /// Refuses a tree that does not fit so many rows.
    pub(crate) fn check_rows(self, n_rows: u64, location: &Location) -> Result<(), Error> {
        let Self { n_before_tree, n_leaves, .. } = self;
        if n_leaves > n_rows {
            let problem = format!("its rows end at {n_rows} events, and its tree has {n_leaves}");
            return Err(rolled_back(location, &problem));
        }
        if n_before_tree.is_none() {
            return Err(Error::new(
                ErrorKind::Busy,
                format!(
                    "`{}` is of an older format, and its events are being taken into the tree: {n_leaves} of {n_rows}",
                    location.database.display()
                ),
            ));
        }
        if n_leaves < n_rows {
            let problem = format!("it has {n_rows} events, of which only {n_leaves} were recorded by Annals");
            return Err(Trouble::Damaged(problem).of(&location.database));
        }
        Ok(())
    }
}

/// Refuses a database that is less than, or other than, what is known of it: by its own rows and checkpoints and by the newest that was published.
///
/// The outside is asked before the size is read, behind which it lags. Where the two contradict each other, it is asked whose word that is, and the size is read once more.
pub(crate) fn check(
    connection: &Connection,
    location: &Location,
    log: LogId,
    outside: Option<&dyn Outside>,
) -> Result<(), Error> {
    let Some(outside) = outside else { return check_against(connection, location, log, None) };
    let published = outside.newest(log)?;
    let checked = check_against(connection, location, log, published);
    match (checked, published) {
        (Err(error), Some(_)) if error.kind() == ErrorKind::RolledBack => {
            let keys = keys::all(connection).map_err(|trouble| trouble.of(&location.database))?;
            let keys: Vec<_> = keys.into_iter().map(|pinned| pinned.key).collect();
            check_against(connection, location, log, outside.newest_by(log, &keys)?)
        }
        (checked, _) => checked,
    }
}

/// The same with what is known outside.
fn check_against(
    connection: &Connection,
    location: &Location,
    log: LogId,
    outside: Option<TreeHead>,
) -> Result<(), Error> {
    let told = |trouble: Trouble| trouble.of(&location.database);
    // One snapshot for all; another process may be writing.
    let snapshot = connection.unchecked_transaction().map_err(|error| told(error.into()))?;
    let state = State::read(&snapshot).map_err(told)?;
    location.check_name(state.log, log)?;
    let n_rows = read::head(&snapshot).map_err(|error| told(error.into()))?.n_events;
    state.check_rows(n_rows, location)?;
    if let Some(newest) = checkpoints::newest(&snapshot).map_err(told)?
        && newest.checkpoint.size > state.n_leaves
    {
        return Err(smaller(location, state.n_leaves, newest.checkpoint.size));
    }
    let Some(outside) = outside else { return Ok(()) };
    if outside.size > state.n_leaves {
        return Err(smaller(location, state.n_leaves, outside.size));
    }
    if tree::head_at(&snapshot, outside.size).map_err(told)? != outside {
        let problem = format!(
            "its first {} events are others than those of the published checkpoint, and it has {} in all",
            outside.size, state.n_leaves
        );
        return Err(rolled_back(location, &problem));
    }
    Ok(())
}

/// The error for a database with fewer events than a checkpoint covers.
pub(crate) fn smaller(location: &Location, n_events: u64, signed: u64) -> Error {
    rolled_back(location, &format!("it has {n_events} events, and a checkpoint of it covers {signed}"))
}

/// The error for a database that lacks what it once had.
pub(crate) fn rolled_back(location: &Location, problem: &str) -> Error {
    Error::new(
        ErrorKind::RolledBack,
        format!(
            "`{}` was cut or put back: {problem} (hint: put the newer database back, or go on with this one under a new name with `--accept-rollback`)",
            location.database.display()
        ),
    )
}
