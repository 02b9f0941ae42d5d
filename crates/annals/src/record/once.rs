//! Recording under a name, so that a client which lost the answer may send the same again.
//!
//! Name and rows are in one transaction of the database's own producer, without a journal: an event that waits in a journal could not be told from one that was never sent.
//! So what is recorded this way is durable when it is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_event::{Event, EventId, Invalid, InvalidKind, Stamp, Timestamp, encode};
use annals_store::{ErrorKind as StoreErrorKind, KeyedOutcome, KeyedRow, KeyedStore, KeyedWrite};
use sha2::{Digest, Sha256};

use super::{Intent, unknown};
use crate::audit::{Core, Route};
use crate::progress::Trouble;
use crate::settings::Mode;
use crate::{Caller, Error, ErrorKind, Receipt, identity};

/// The longest name of a write, in bytes.
const MAX_KEY_BYTES: usize = 200;

impl Core {
    /// See [`crate::Audit::accept_once`].
    pub(crate) fn accept_once(
        self: &Arc<Self>,
        events: &[Event],
        key: &str,
        caller: &Caller,
    ) -> Result<Vec<Receipt>, Error> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        if self.settings.mode == Mode::ReadOnly {
            return Err(Error::read_only());
        }
        let key = digest_of(key, caller)?;
        let body = self.body_of(events, caller)?;
        let whose = (caller.space(), caller.credential());
        let payloads: Vec<Vec<u8>> = events
            .iter()
            .map(|event| self.encoded_for(event, whose, Intent::None, |_, payload| Ok(payload.to_vec())))
            .collect::<Result<_, _>>()?;
        let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        // Whoever seals must be there, also where nothing else is ever recorded.
        let route = self.route()?;
        let store = self.store.get()?;
        let keyed = store
            .keyed()
            .ok_or_else(|| Error::new(ErrorKind::Invalid, "this store remembers no names of what is recorded"))?;
        let write = KeyedWrite { key, body, events: &payloads };
        let rows = self.insist_once(keyed, &write)?;
        if let Some(last) = rows.iter().rfind(|row| row.is_new) {
            self.progress.wrote_beside(last.seq);
            match route {
                Route::Journal(journal) => journal.nudge(),
                Route::Direct { .. } => self.seal_in_passing(),
            }
        }
        let receipt =
            |row: &KeyedRow| Receipt::durable(row.id, row.seq, Arc::clone(&self.progress), Arc::downgrade(self));
        Ok(rows.iter().map(receipt).collect())
    }

    /// Goes on until all of the write is there, or until `record_timeout` is over. Sending it again is harmless, also where the outcome of a commit is unknown.
    fn insist_once(&self, keyed: &dyn KeyedStore, write: &KeyedWrite<'_>) -> Result<Vec<KeyedRow>, Error> {
        let deadline = self.settings.record_timeout.map(identity::moment_in);
        let began = Instant::now();
        let mut pause = Duration::from_millis(1);
        let mut is_new = vec![false; write.events.len()];
        loop {
            match keyed.append_keyed(write) {
                Ok(KeyedOutcome::OtherBody) => {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        "the key was used for something else (hint: give each write a key of its own)",
                    ));
                }
                Ok(KeyedOutcome::There(mut rows)) => {
                    for (row, was_new) in rows.iter_mut().zip(&mut is_new) {
                        *was_new |= row.is_new;
                        row.is_new = *was_new;
                    }
                    if rows.len() == write.events.len() {
                        return Ok(rows);
                    }
                    pause = Duration::from_millis(1);
                }
                Err(error) => {
                    let in_doubt = error.kind() == StoreErrorKind::UnknownOutcome;
                    let mends = in_doubt || error.kind() == StoreErrorKind::Busy;
                    let is_late = deadline.is_some_and(|deadline| deadline < Instant::now() + pause);
                    if !mends || is_late || self.patience_is_over(began) {
                        let error = if in_doubt { unknown(&error) } else { Error::from(error) };
                        if error.kind() != ErrorKind::Rejected
                            && matches!(self.known_route(), Some(Route::Direct { .. }))
                        {
                            self.progress.report(Trouble::of(&error));
                        }
                        return Err(error);
                    }
                    self.pause(pause);
                    pause = (pause * 2).min(Duration::from_millis(50));
                }
            }
        }
    }

    /// A digest of what the events say, ids and times of recording left out. Secrets are out of it as they are out of the rows.
    fn body_of(&self, events: &[Event], caller: &Caller) -> Result<[u8; 32], Error> {
        let stamp = Stamp {
            id: EventId::from_bytes([0; 16]),
            created_at: Timestamp::from_nanos(0),
            space: caller.space(),
            credential: caller.credential(),
            begun: false,
        };
        let mut digest = Sha256::new();
        let mut payload = Vec::new();
        for event in events {
            payload.clear();
            encode(event, &self.rules, &stamp, &mut payload)?;
            add(&mut digest, &payload);
        }
        Ok(digest.finalize().into())
    }
}

/// A digest of the name and of whose it is: the same word of two callers names two writes.
fn digest_of(key: &str, caller: &Caller) -> Result<[u8; 32], Invalid> {
    let is_seen = |byte: &u8| (b'!'..=b'~').contains(byte);
    if key.is_empty() || MAX_KEY_BYTES < key.len() || !key.as_bytes().iter().all(is_seen) {
        let problem = format!("must be 1 to {MAX_KEY_BYTES} characters of ASCII without blanks");
        return Err(Invalid::new("idempotency_key", InvalidKind::Malformed, problem).with_hint("a UUID is one"));
    }
    let mut digest = Sha256::new();
    for part in [caller.space(), caller.credential(), key] {
        add(&mut digest, part.as_bytes());
    }
    Ok(digest.finalize().into())
}

/// Adds a part that can't be mistaken for a piece of its neighbour.
fn add(digest: &mut Sha256, part: &[u8]) {
    digest.update((part.len() as u64).to_le_bytes());
    digest.update(part);
}
