//! Signed checkpoints as the database keeps them, and when a new one is signed.
//!
//! A checkpoint is signed under the write lock, in a transaction of its own behind the commits that it covers: what is signed is durable already. Before that the tree is held against the
//! newest checkpoint, so that no key of ours ever signs two histories of one name.
//!
//! What another process committed and doubts, because the answer was lost, lies in the server's log before the commit that stores the checkpoint: where that is durable, so is this.

use annals_store::{Error, ErrorKind, Kept, LogId, SealWish, StoredCheckpoint};
use annals_tlog::{Checkpoint, Note, Origin, TreeHead, VerifierKey};
use tokio_postgres::Row;

use crate::connection::Connection;
use crate::failure::Trouble;
use crate::keys;
use crate::row::{bytes, counted, stored, time};
use crate::standing::{self, State};
use crate::store::PostgresStore;
use crate::writer::{Ending, Writing};
use crate::{sql, tree};

const HOUR: i64 = 3_600_000_000_000;

/// Who signs.
pub(crate) type Sign<'a> = &'a mut dyn FnMut(&Origin, TreeHead) -> Result<Note, Error>;

/// The newest checkpoint, and the name that the log had then.
pub(crate) struct Newest {
    pub(crate) checkpoint: StoredCheckpoint,
    pub(crate) log: LogId,
}

/// Reads it.
pub(crate) fn newest(connection: &Connection) -> Result<Option<Newest>, Trouble> {
    let newest = connection.first(sql::NEWEST_CHECKPOINT, &[])?;
    newest.map(|row| Ok(Newest { checkpoint: read_one(&row)?, log: LogId::from_bytes(bytes(&row, 4)?) })).transpose()
}

/// See [`annals_store::EvidenceStore::checkpoints`].
pub(crate) fn list(connection: &Connection, from: u64, limit: usize) -> Result<Vec<StoredCheckpoint>, Trouble> {
    connection.rows(sql::CHECKPOINTS, &[&stored(from), &stored(limit as u64)])?.iter().map(read_one).collect()
}

/// See [`annals_store::EvidenceStore::seal`].
pub(crate) fn seal(store: &PostgresStore, wish: SealWish, sign: Sign<'_>) -> Result<Option<StoredCheckpoint>, Error> {
    store.transaction(|writing| {
        let (head, newest) = consistent(writing)?;
        if let Some(newest) = &newest {
            if newest.checkpoint.size == head.size {
                return keep_at_least(writing, &newest.checkpoint, wish.kept);
            }
            let age = writing.now.as_nanos().saturating_sub(newest.checkpoint.signed_at.as_nanos());
            // A clock that was set back is no reason to sign nothing until it has caught up.
            let is_young = u128::try_from(age).is_ok_and(|age| age < wish.interval.as_nanos());
            if is_young && newest.log == writing.log {
                return Ok(Ending::Nothing(None));
            }
        }
        if head.size == 0 {
            return Ok(Ending::Nothing(None));
        }
        let Some(key) = keys::in_force(writing)? else { return Err(no_key()) };
        sign_and_store(writing, head, wish.kept, &[key], sign).map(|stored| Ending::Commit(Some(stored)))
    })
}

/// See [`annals_store::EvidenceStore::keep_checkpoint`].
pub(crate) fn keep(store: &PostgresStore, size: u64) -> Result<(), Error> {
    store.transaction(|writing| {
        let n_kept = writing
            .connection
            .execute(sql::KEEP_CHECKPOINT, &[&stored(size), &word(Kept::Named)])
            .map_err(|error| writing.failed(error))?;
        if n_kept == 0 {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("`{size}` is the size of no checkpoint that is kept in the database"),
            ));
        }
        Ok(Ending::Commit(()))
    })
}

/// The tree as it stands, which continues that of the newest checkpoint, or nothing is ever signed.
pub(crate) fn consistent(writing: &Writing<'_>) -> Result<(TreeHead, Option<Newest>), Error> {
    let failed = |trouble: Trouble| writing.failed(trouble);
    let state = State::read(writing.connection).map_err(failed)?;
    writing.address.check_name(state.log, writing.log)?;
    state.check_rows(writing.address)?;
    let newest = newest(writing.connection).map_err(failed)?;
    if let Some(Newest { checkpoint, .. }) = &newest {
        if checkpoint.size > state.n_leaves {
            return Err(standing::smaller(writing.address, state.n_leaves, checkpoint.size));
        }
        let signed = head_of(&checkpoint.note).map_err(failed)?;
        if signed.size != checkpoint.size
            || tree::head_at(writing.connection, checkpoint.size).map_err(failed)? != signed
        {
            let problem =
                format!("the tree's first {} events are others than those of the newest checkpoint", checkpoint.size);
            return Err(writing.failed(Trouble::Damaged(problem)));
        }
    }
    let head = tree::head_at(writing.connection, state.n_leaves).map_err(failed)?;
    Ok((head, newest))
}

/// Asks for the signature, checks that every one of these keys has signed just that, and stores the note.
pub(crate) fn sign_and_store(
    writing: &Writing<'_>,
    head: TreeHead,
    kept: Kept,
    keys: &[VerifierKey],
    sign: Sign<'_>,
) -> Result<StoredCheckpoint, Error> {
    let origin = annals_store::origin_of(writing.log);
    let note = sign(&origin, head)?;
    for key in keys {
        let checkpoint = Checkpoint::open(&note, &origin, std::slice::from_ref(key)).map_err(|error| {
            let problem = format!("`{origin}` is not sealed: its pinned key did not sign: {error}");
            Error::with_source(ErrorKind::Invalid, problem, error)
        })?;
        if *checkpoint.head() != head {
            return Err(Error::new(ErrorKind::Invalid, format!("`{origin}` is not sealed: another tree was signed")));
        }
    }
    let checkpoint = StoredCheckpoint { size: head.size, note: note.to_string(), signed_at: writing.now, kept };
    put(writing, &checkpoint).map_err(|error| writing.failed(error))?;
    Ok(checkpoint)
}

/// Stores a checkpoint, and lets those of the same hour go that nothing names.
fn put(writing: &Writing<'_>, checkpoint: &StoredCheckpoint) -> Result<(), Trouble> {
    let (size, signed_at) = (stored(checkpoint.size), checkpoint.signed_at.as_nanos());
    let log = &writing.log.as_bytes()[..];
    let connection = writing.connection;
    connection.execute(sql::PUT_CHECKPOINT, &[&size, &log, &checkpoint.note, &signed_at, &word(checkpoint.kept)])?;
    let hour = signed_at - signed_at.rem_euclid(HOUR);
    connection.execute(sql::THIN_CHECKPOINTS, &[&size, &hour]).map(drop)
}

/// There is a checkpoint of all of the tree already: it is kept for whichever reason is stronger.
fn keep_at_least(
    writing: &Writing<'_>,
    newest: &StoredCheckpoint,
    kept: Kept,
) -> Result<Ending<Option<StoredCheckpoint>>, Error> {
    if newest.kept >= kept {
        return Ok(Ending::Nothing(None));
    }
    writing
        .connection
        .execute(sql::KEEP_CHECKPOINT, &[&stored(newest.size), &word(kept)])
        .map_err(|error| writing.failed(error))?;
    Ok(Ending::Commit(None))
}

/// What a note of ours says, before anybody has verified it.
pub(crate) fn head_of(note: &str) -> Result<TreeHead, Trouble> {
    let damaged = |error: annals_tlog::Error| Trouble::Damaged(format!("the newest checkpoint: {error}"));
    let note = Note::parse(note.as_bytes()).map_err(damaged)?;
    Checkpoint::unverified(&note).map(|checkpoint| *checkpoint.head()).map_err(damaged)
}

fn read_one(row: &Row) -> Result<StoredCheckpoint, Trouble> {
    let kept = match row.try_get(3)? {
        "named" => Kept::Named,
        "close" => Kept::Close,
        _ => Kept::Hour,
    };
    Ok(StoredCheckpoint { size: counted(row, 0)?, note: row.try_get(1)?, signed_at: time(row, 2)?, kept })
}

fn word(kept: Kept) -> &'static str {
    match kept {
        Kept::Hour => "hour",
        Kept::Close => "close",
        Kept::Named => "named",
    }
}

fn no_key() -> Error {
    Error::new(ErrorKind::Invalid, "the log is not sealed: no key of it was ever pinned")
}
