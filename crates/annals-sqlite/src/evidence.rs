//! What makes the log provable, as the store contract has it; each method is carried out elsewhere.

use annals_event::ProducerId;
use annals_store::{
    Continuation, DeadLetter, EarlierLog, Error, ErrorKind, EvidenceStore, LogId, Mark, ScannedRow, SealWish, Standing,
    StoredCheckpoint,
};
use annals_tlog::{Hash, Note, Origin, Tile, TreeHead, VerifierKey};
use rusqlite::Connection;

use crate::failure::Trouble;
use crate::migration::FIRST_WITH_TREE;
use crate::row::counted;
use crate::scan::Span;
use crate::standing::State;
use crate::store::SqliteStore;
use crate::writer::Names;
use crate::{checkpoints, keys, sql, tree, verifying};

impl SqliteStore {
    /// Reads one state of the evidence.
    fn prove<T>(&self, work: impl Fn(&Connection) -> Result<T, Trouble>) -> Result<T, Error> {
        let path = &self.location().database;
        self.readers().inspect(|connection| {
            self.check_tree(connection)?;
            work(connection).map_err(|error| error.of(path))
        })
    }

    /// Refuses a database of an older format that is only read: it has no tree yet.
    fn check_tree(&self, connection: &Connection) -> Result<(), Error> {
        let path = &self.location().database;
        let version: i32 = connection
            .prepare_cached("PRAGMA user_version")
            .and_then(|mut version| version.query_row([], |row| row.get(0)))
            .map_err(|error| Trouble::from(error).of(path))?;
        if version >= FIRST_WITH_TREE {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::ReadOnly,
            format!(
                "`{}` is of an older format, which proves nothing yet (hint: record something, which takes its events into a tree)",
                path.display()
            ),
        ))
    }
}

impl EvidenceStore for SqliteStore {
    fn standing(&self) -> Result<Standing, Error> {
        self.prove(|connection| {
            let state = State::read(connection)?;
            standing(connection, state.n_before_tree, tree::head_at(connection, state.n_leaves)?)
        })
    }

    fn standing_by_rows(&self) -> Result<Standing, Error> {
        self.prove(|connection| {
            let size = connection.query_row(sql::SIZE_BY_ROWS, [], |row| counted(row, 0))?;
            let n_before_tree: Option<i64> = connection.query_row(sql::TREE_STATE, [], |row| row.get(1))?;
            let n_before_tree = n_before_tree.and_then(|n| u64::try_from(n).ok());
            standing(connection, n_before_tree, TreeHead { size, root: Hash::EMPTY_ROOT })
        })
    }

    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error> {
        self.prove(|connection| tree::read_tile(connection, tile.level(), tile.index()))
    }

    fn root_at(&self, size: u64) -> Result<Option<Hash>, Error> {
        self.prove(|connection| {
            if size > tree::size(connection)? {
                return Ok(None);
            }
            tree::head_at(connection, size).map(|head| Some(head.root))
        })
    }

    fn scan(&self, first: i64, last: i64, visit: &mut dyn FnMut(ScannedRow<'_>)) -> Result<(), Error> {
        let span = self.prove(|connection| Ok(Span::read(connection, first, last)?))?;
        span.visit(visit);
        Ok(())
    }

    fn bounds(&self) -> Result<Option<(i64, i64)>, Error> {
        self.prove(|connection| {
            let (first, last): (Option<i64>, Option<i64>) =
                connection.query_row(sql::BOUNDS, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(first.zip(last))
        })
    }

    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<StoredCheckpoint>, Error> {
        self.prove(|connection| Ok(checkpoints::list(connection, from, limit)?))
    }

    fn marks(&self, after: Option<ProducerId>, limit: usize) -> Result<Vec<(ProducerId, Mark)>, Error> {
        self.prove(|connection| Ok(verifying::marks(connection, after, limit)?))
    }

    fn emptied_by(&self, by: u64, from: u64, limit: usize) -> Result<Vec<u64>, Error> {
        self.prove(|connection| Ok(verifying::emptied_by(connection, by, from, limit)?))
    }

    fn dead_letters(&self, from: u64, limit: usize) -> Result<Vec<DeadLetter>, Error> {
        self.prove(|connection| Ok(verifying::dead_letters(connection, from, limit)?))
    }

    fn seal(
        &self,
        wish: SealWish,
        sign: &mut dyn FnMut(&Origin, TreeHead) -> Result<Note, Error>,
    ) -> Result<Option<StoredCheckpoint>, Error> {
        checkpoints::seal(self.writer()?, wish, sign)
    }

    fn keep_checkpoint(&self, size: u64) -> Result<(), Error> {
        checkpoints::keep(self.writer()?, size)
    }

    fn pin_key(&self, key: &VerifierKey) -> Result<Option<VerifierKey>, Error> {
        keys::pin(self.writer()?, key)
    }

    fn rotate_key(
        &self,
        new: &VerifierKey,
        credential: &str,
        sign: &mut dyn FnMut(&Origin, TreeHead) -> Result<Note, Error>,
    ) -> Result<StoredCheckpoint, Error> {
        keys::rotate(self.writer()?, new, credential, sign)
    }

    fn continue_as(&self, continuation: &Continuation<'_>) -> Result<(), Error> {
        keys::continue_as(self.writer()?, continuation)
    }
}

fn standing(connection: &Connection, n_before_tree: Option<u64>, tree: TreeHead) -> Result<Standing, Trouble> {
    let names = Names::read(connection)?;
    let earlier = connection.prepare_cached(sql::LOG_HISTORY_SIZES).and_then(|mut earlier| {
        earlier
            .query_map([], |row| Ok(EarlierLog::new(LogId::from_bytes(row.get(0)?), counted(row, 1)?)))?
            .collect::<rusqlite::Result<Vec<_>>>()
    })?;
    Ok(Standing {
        log: names.log_id,
        origin: annals_store::origin_of(names.log_id),
        earlier,
        tree,
        n_before_tree,
        keys: keys::all(connection)?,
        own_producer: names.own_producer,
    })
}
