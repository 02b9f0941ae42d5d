//! What makes the log provable, as the store contract has it; each method is carried out elsewhere.

use annals_event::ProducerId;
use annals_store::{
    Continuation, DeadLetter, EarlierLog, Error, EvidenceStore, LogId, Mark, ScannedRow, SealWish, Standing,
    StoredCheckpoint,
};
use annals_tlog::{Hash, Note, Origin, Tile, TreeHead, VerifierKey};

use crate::connection::Connection;
use crate::failure::Trouble;
use crate::ledger::seqs;
use crate::row::{bytes, counted, stored};
use crate::standing::State;
use crate::store::PostgresStore;
use crate::writer::Names;
use crate::{checkpoints, keys, scan, sql, tree};

impl EvidenceStore for PostgresStore {
    fn standing(&self) -> Result<Standing, Error> {
        self.pool().read(|connection| {
            let state = State::read(connection)?;
            standing(connection, Some(state.n_before_tree), tree::head_at(connection, state.n_leaves)?)
        })
    }

    fn standing_by_rows(&self) -> Result<Standing, Error> {
        self.pool().read(|connection| {
            let size = counted(&connection.one(sql::SIZE_BY_ROWS, &[])?, 0)?;
            let n_before_tree: i64 = connection.one(sql::LOG, &[])?.try_get(2)?;
            let n_before_tree = u64::try_from(n_before_tree).ok();
            standing(connection, n_before_tree, TreeHead { size, root: Hash::EMPTY_ROOT })
        })
    }

    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error> {
        self.pool().read(|connection| tree::read_tile(connection, tile.level(), tile.index()))
    }

    fn root_at(&self, size: u64) -> Result<Option<Hash>, Error> {
        self.pool().read(|connection| {
            if size > State::read(connection)?.n_leaves {
                return Ok(None);
            }
            tree::head_at(connection, size).map(|head| Some(head.root))
        })
    }

    fn scan(&self, first: i64, last: i64, visit: &mut dyn FnMut(ScannedRow<'_>)) -> Result<(), Error> {
        let rows = self.pool().read(|connection| connection.rows(sql::SCAN, &[&first, &last]))?;
        // Visited behind the transaction, which stays short however slow the visitor is.
        scan::visit(&rows, visit).map_err(|trouble| trouble.of(self.address()))
    }

    fn bounds(&self) -> Result<Option<(i64, i64)>, Error> {
        self.pool().read(|connection| {
            let row = connection.one(sql::BOUNDS, &[])?;
            let (first, last): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
            Ok(first.zip(last))
        })
    }

    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<StoredCheckpoint>, Error> {
        self.pool().read(|connection| checkpoints::list(connection, from, limit))
    }

    fn marks(&self, after: Option<ProducerId>, limit: usize) -> Result<Vec<(ProducerId, Mark)>, Error> {
        self.pool().read(|connection| scan::marks(connection, after, limit))
    }

    fn emptied_by(&self, by: u64, from: u64, limit: usize) -> Result<Vec<u64>, Error> {
        self.pool().read(|connection| {
            seqs(connection, sql::EMPTIED_FROM, &[&stored(by), &stored(from), &stored(limit as u64)])
        })
    }

    fn dead_letters(&self, from: u64, limit: usize) -> Result<Vec<DeadLetter>, Error> {
        self.pool().read(|connection| scan::dead_letters(connection, from, limit))
    }

    fn seal(
        &self,
        wish: SealWish,
        sign: &mut dyn FnMut(&Origin, TreeHead) -> Result<Note, Error>,
    ) -> Result<Option<StoredCheckpoint>, Error> {
        checkpoints::seal(self, wish, sign)
    }

    fn keep_checkpoint(&self, size: u64) -> Result<(), Error> {
        checkpoints::keep(self, size)
    }

    fn pin_key(&self, key: &VerifierKey) -> Result<Option<VerifierKey>, Error> {
        keys::pin(self, key)
    }

    fn rotate_key(
        &self,
        new: &VerifierKey,
        credential: &str,
        sign: &mut dyn FnMut(&Origin, TreeHead) -> Result<Note, Error>,
    ) -> Result<StoredCheckpoint, Error> {
        keys::rotate(self, new, credential, sign)
    }

    fn continue_as(&self, continuation: &Continuation<'_>) -> Result<(), Error> {
        keys::continue_as(self, continuation)
    }
}

fn standing(connection: &Connection, n_before_tree: Option<u64>, tree: TreeHead) -> Result<Standing, Trouble> {
    let names = Names::read(connection)?.ok_or_else(|| Trouble::Damaged("the log has no name".to_owned()))?;
    let earlier = connection.rows(sql::LOG_HISTORY_SIZES, &[])?;
    let earlier = earlier.iter().map(|row| Ok(EarlierLog::new(LogId::from_bytes(bytes(row, 0)?), counted(row, 1)?)));
    Ok(Standing {
        log: names.log_id,
        origin: annals_store::origin_of(names.log_id),
        earlier: earlier.collect::<Result<_, Trouble>>()?,
        tree,
        n_before_tree,
        keys: keys::all(connection)?,
        own_producer: names.own_producer,
    })
}
