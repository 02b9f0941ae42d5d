//! Writes that their callers named: rows, leaves and names in one transaction.
//!
//! What was written under a name is looked up under the lock, so that of two processes that are sent the same write at once one finds what the other has written.
//! A remembered event must be in the log under its id: somebody who can write to this table alone can make a write happen twice, and none disappear.

use std::time::{Duration, Instant};

use annals_event::{Encoded, EventId};
use annals_store::backend::{self, Ledger as _, decode};
use annals_store::{Error, KEYS_KEPT, KeyedOutcome, KeyedRow, KeyedStore, KeyedWrite};

use crate::failure::Trouble;
use crate::ledger::Ledger;
use crate::row::{bytes, counted, optional_bytes, stored};
use crate::sql;
use crate::store::PostgresStore;
use crate::writer::{Ending, Writing};

/// A transaction takes at most so many events…
const MAX_EVENTS: usize = 1_024;
/// … and no more after so long, so that no other writer waits long for its turn.
const MAX_WORK: Duration = Duration::from_millis(20);
/// How many events lie between two looks at the clock.
const LOOK_EVERY: usize = 32;

impl KeyedStore for PostgresStore {
    fn append_keyed(&self, write: &KeyedWrite<'_>) -> Result<KeyedOutcome, Error> {
        append(self, write)
    }
}

/// What is remembered of a write.
struct Known {
    rows: Vec<KeyedRow>,
    is_other: bool,
}

fn append(store: &PostgresStore, write: &KeyedWrite<'_>) -> Result<KeyedOutcome, Error> {
    let (outcome, rest) = store.transaction(|writing| {
        let oldest = writing.now.as_nanos().saturating_sub(i64::try_from(KEYS_KEPT.as_nanos()).unwrap_or(i64::MAX));
        let Known { mut rows, is_other } = known(writing, write, oldest)?;
        if is_other {
            return Ok(Ending::Nothing((KeyedOutcome::OtherBody, None)));
        }
        let Some(new) = write.events.get(rows.len()..).filter(|new| !new.is_empty()) else {
            rows.truncate(write.events.len());
            return Ok(Ending::Nothing((KeyedOutcome::There(rows), None)));
        };
        let (started, now) = (Instant::now(), writing.now.as_nanos());
        let mut ledger = Ledger::open(writing)?;
        let first = rows.len();
        for (n_new, payload) in new.iter().enumerate() {
            let is_enough =
                n_new == MAX_EVENTS || (n_new % LOOK_EVERY == LOOK_EVERY - 1 && started.elapsed() > MAX_WORK);
            if is_enough {
                break;
            }
            let event = decode(payload)?;
            let row = take(&mut ledger, &event, payload)?;
            rows.push(row);
        }
        put_keys(&mut ledger, write, &rows, first, now)?;
        forget_old(&mut ledger, oldest)?;
        let rest = ledger.ending.take_rest();
        ledger.finish()?;
        Ok(Ending::Commit((KeyedOutcome::There(rows), Some(rest))))
    })?;
    if let Some(rest) = rest {
        // The events are durable, so no error behind them is theirs: what is not ended here ends by its age.
        let _ = store.end_rest(&rest);
    }
    Ok(outcome)
}

/// What is there of a write already: from its first event to before the first that is missing.
fn known(writing: &Writing<'_>, write: &KeyedWrite<'_>, oldest: i64) -> Result<Known, Error> {
    let read = || {
        let mut known = Known { rows: Vec::new(), is_other: false };
        for row in &writing.connection.rows(sql::KEYED_EVENTS, &[&&write.key[..], &oldest])? {
            if optional_bytes::<32>(row, 1)?.is_some_and(|body| body != write.body) {
                known.is_other = true;
                break;
            }
            if counted(row, 0)? != known.rows.len() as u64 {
                break;
            }
            let id = EventId::from_bytes(bytes(row, 2)?);
            known.rows.push(KeyedRow { id, seq: counted(row, 3)?, is_new: false });
        }
        Ok(known)
    };
    read().map_err(|error: Trouble| writing.failed(error))
}

fn take(ledger: &mut Ledger<'_, '_>, event: &Encoded<'_>, payload: &[u8]) -> Result<KeyedRow, Error> {
    let seq = ledger.put_next_own(event, Some(payload), None)?;
    backend::end_session(ledger, event, seq)?;
    Ok(KeyedRow { id: event.id(), seq, is_new: true })
}

/// Remembers the new events of a write, those from the `first` on.
fn put_keys(
    ledger: &mut Ledger<'_, '_>,
    write: &KeyedWrite<'_>,
    rows: &[KeyedRow],
    first: usize,
    now: i64,
) -> Result<(), Error> {
    let new = &rows[first..];
    let numbers: Vec<i64> = (first..rows.len()).map(|n| stored(n as u64)).collect();
    let ids: Vec<Vec<u8>> = new.iter().map(|row| row.id.as_bytes().to_vec()).collect();
    let seqs: Vec<i64> = new.iter().map(|row| stored(row.seq)).collect();
    ledger
        .connection()?
        .execute(sql::PUT_KEYS, &[&&write.key[..], &numbers, &&write.body[..], &ids, &seqs, &now])
        .map(drop)
        .map_err(|error| ledger.writing().failed(error))
}

/// Some of those whose time is over, with each write that makes new ones.
fn forget_old(ledger: &mut Ledger<'_, '_>, oldest: i64) -> Result<(), Error> {
    let forgotten = ledger.connection()?.execute(sql::FORGET_OLD_KEYS, &[&oldest]);
    forgotten.map(drop).map_err(|error| ledger.writing().failed(error))
}
