//! The keys that a log is signed with, and the names that it goes under: pinning, changing, going on under a new one.
//!
//! A key is pinned once, in a log that nobody has signed yet. After that it only changes by an event in the log and a checkpoint that the old key signed too, or with the log's name.

use annals_event::Event;
use annals_store::backend::{Ledger as _, OWN_SPACE};
use annals_store::{Continuation, Error, ErrorKind, Kept, PinnedKey, StoredCheckpoint};
use annals_tlog::VerifierKey;
use serde_json::json;

use crate::checkpoints::{self, Sign};
use crate::connection::Connection;
use crate::failure::Trouble;
use crate::ledger::Ledger;
use crate::row::{bytes, counted, stored};
use crate::standing::State;
use crate::store::PostgresStore;
use crate::writer::{Ending, Writing};
use crate::{cut_back, sql};

/// The keys that were ever pinned, oldest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<PinnedKey>, Trouble> {
    let rows = connection.rows(sql::LOG_KEYS, &[])?;
    let key = |row: &tokio_postgres::Row| {
        let key: &str = row.try_get(0)?;
        let key = key.parse().map_err(|error| Trouble::Damaged(format!("a pinned key: {error}")))?;
        Ok(PinnedKey::new(key, counted(row, 1)?))
    };
    rows.iter().map(key).collect()
}

/// The key that signs now.
pub(crate) fn in_force(writing: &Writing<'_>) -> Result<Option<VerifierKey>, Error> {
    let keys = all(writing.connection).map_err(|error| writing.failed(error))?;
    Ok(keys.into_iter().next_back().map(|pinned| pinned.key))
}

/// See [`annals_store::EvidenceStore::pin_key`].
pub(crate) fn pin(store: &PostgresStore, key: &VerifierKey) -> Result<Option<VerifierKey>, Error> {
    store.transaction(|writing| {
        let state = State::read(writing.connection).map_err(|error| writing.failed(error))?;
        writing.address.check_name(state.log, writing.log)?;
        if let Some(pinned) = in_force(writing)? {
            return Ok(Ending::Nothing(Some(pinned)));
        }
        if checkpoints::newest(writing.connection).map_err(|error| writing.failed(error))?.is_some() {
            return Ok(Ending::Nothing(None));
        }
        put(writing, key, state.n_leaves)?;
        Ok(Ending::Commit(Some(key.clone())))
    })
}

/// See [`annals_store::EvidenceStore::rotate_key`].
pub(crate) fn rotate(
    store: &PostgresStore,
    new: &VerifierKey,
    credential: &str,
    sign: Sign<'_>,
) -> Result<StoredCheckpoint, Error> {
    let old = store.transaction(|writing| {
        let Some(old) = in_force(writing)? else {
            return Err(Error::new(ErrorKind::Invalid, "the log has no key that could be replaced"));
        };
        if old == *new {
            return Err(Error::new(ErrorKind::Invalid, format!("`{new}` is the log's key already")));
        }
        checkpoints::consistent(writing)?;
        let mut ledger = Ledger::open(writing)?;
        let details = json!({ "old": old.to_string(), "new": new.to_string() });
        ledger.put_own(&Event::new("audit.key_rotated").details(details), OWN_SPACE, credential)?;
        ledger.finish()?;
        Ok(Ending::Commit(old))
    })?;
    // The event is durable, so it may be signed.
    store.transaction(|writing| {
        let (head, _) = checkpoints::consistent(writing)?;
        if in_force(writing)?.as_ref() != Some(&old) {
            return Err(Error::new(ErrorKind::Invalid, "another process replaced the log's key at this moment"));
        }
        let both = [old.clone(), new.clone()];
        let stored = checkpoints::sign_and_store(writing, head, Kept::Named, &both, sign)?;
        put(writing, new, head.size)?;
        Ok(Ending::Commit(stored))
    })
}

/// See [`annals_store::EvidenceStore::continue_as`].
pub(crate) fn continue_as(store: &PostgresStore, continuation: &Continuation<'_>) -> Result<(), Error> {
    store.transaction(|writing| {
        let old = annals_store::origin_of(writing.log);
        let state = State::read(writing.connection).map_err(|error| writing.failed(error))?;
        writing.address.check_name(state.log, writing.log)?;
        let n_events = state.n_rows;
        cut_back::cut_back(writing, state).map_err(|error| writing.failed(error))?;
        for key in continuation.late_keys {
            put(writing, key, n_events)?;
        }
        rename(writing, continuation, n_events).map_err(|error| writing.failed(error))?;
        put(writing, continuation.key, n_events)?;

        writing.scratch.tree = None;
        let mut renamed = Writing {
            own_producer: &continuation.own_producer,
            log: continuation.log,
            scratch: &mut *writing.scratch,
            // It was cut and renamed since.
            known: None,
            ..*writing
        };
        let mut details = json!({ "reason": continuation.reason, "origin": old.as_str(), "size": n_events });
        if let Some(note) = continuation.last_known {
            details["checkpoint"] = note.into();
        }
        let mut ledger = Ledger::open(&mut renamed)?;
        ledger.put_own(&Event::new("audit.continued").details(details), OWN_SPACE, continuation.credential)?;
        cut_back::declare_letters(&mut ledger)?;
        ledger.finish()?;
        // This store knows the old name, under which nothing is written any more.
        writing.scratch.tree = None;
        Ok(Ending::Commit(()))
    })
}

fn rename(writing: &Writing<'_>, continuation: &Continuation<'_>, n_events: u64) -> Result<(), Trouble> {
    let Continuation { log, own_producer, .. } = continuation;
    writing.connection.execute(sql::RETIRE_LOG, &[&stored(n_events), &writing.now.as_nanos()])?;
    writing.connection.execute(sql::RENAME_LOG, &[&&log.as_bytes()[..], &&own_producer.as_bytes()[..]]).map(drop)
}

fn put(writing: &Writing<'_>, key: &VerifierKey, from_size: u64) -> Result<(), Error> {
    let put = || {
        let log = bytes::<16>(&writing.connection.one(sql::LOG, &[])?, 0)?;
        writing.connection.execute(sql::PIN_KEY, &[&&log[..], &key.to_string(), &stored(from_size)]).map(drop)
    };
    put().map_err(|error: Trouble| writing.failed(error))
}
