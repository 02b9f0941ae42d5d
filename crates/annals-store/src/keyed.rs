//! Writes that their callers name, so that one that is sent again, because its answer was lost, is made once.
//!
//! The name and what was written under it stand in one transaction: there is no moment in which one is there without the other, in whichever process the second sending arrives.

use std::time::Duration;

use annals_event::EventId;

use crate::Error;

/// How long a store remembers a key.
pub const KEYS_KEPT: Duration = Duration::from_hours(7 * 24);

/// A store that remembers which writes it made.
pub trait KeyedStore: Send + Sync {
    /// Appends the events under the database's own producer, unless there are events of this key already.
    ///
    /// Of a write whose events are all there, or a first part of them, those are answered and only the rest is appended, in one durable transaction with what is remembered. As with
    /// [`EventStore::append`](crate::EventStore::append), a call may deal with a first part alone; the caller comes again with the same write until all is answered.
    /// A key whose events have another body is answered [`KeyedOutcome::OtherBody`], and nothing is written. A key older than [`KEYS_KEPT`] is as if it had never been, and so is what it
    /// remembers of an event that is not there.
    fn append_keyed(&self, write: &KeyedWrite<'_>) -> Result<KeyedOutcome, Error>;
}

/// A write with a name.
#[derive(Clone, Copy, Debug)]
pub struct KeyedWrite<'a> {
    /// A digest of the name and of whose it is.
    pub key: [u8; 32],
    /// A digest of all events, ids and times left out: the same for the same write sent again.
    pub body: [u8; 32],
    /// The events as `annals_event::encode` wrote them, each with a fresh id, which counts where the event is not there yet.
    pub events: &'a [&'a [u8]],
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyedOutcome {
    /// The events from the write's first one on, as far as they are there now.
    There(Vec<KeyedRow>),
    /// The key was used for something else.
    OtherBody,
}

/// One event of a named write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyedRow {
    /// Its id, as it was first written.
    pub id: EventId,
    /// Its place in the log.
    pub seq: u64,
    /// Whether it was written by this very call.
    pub is_new: bool,
}
