//! What a writer hands to a store, and what it gets back.
//!
//! Payloads stay in the encoded form in which the journal carried them: the store decodes each one into its row, so that an event is copied once on its way.

use std::fmt;

use annals_event::{Gap, ProducerId};

/// The random 128-bit name of one log, made with the database; one log id never has two histories.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LogId([u8; 16]);

impl LogId {
    /// Wraps the sixteen random bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        ProducerId::from_bytes(self.0).fmt(formatter)
    }
}

/// Where a batch comes from, which decides how it is made idempotent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A journal or another Annals: events carry this producer's own count, and its mark says which are there already.
    Producer(ProducerId),
    /// No journal (synchronous recording, hooks, adopted intents): the database's own producer counts them under its lock.
    Own {
        /// The process whose open operations these events begin or end, if it keeps a presence file.
        owner: Option<ProducerId>,
    },
}

/// One event on its way into the log.
#[derive(Clone, Copy, Debug)]
pub struct Pending<'a> {
    /// The producer's count for this event. Ignored for [`Origin::Own`].
    pub pseq: u64,
    /// The event as `annals_event::encode` wrote it.
    pub payload: &'a [u8],
}

/// How many events a producer has dropped so far, all in all. Cumulative, so that telling it twice declares nothing twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sheds {
    /// All drops of this producer since its journal was opened.
    pub total: u64,
    /// The `pseq` after which the newest of them happened; `None` before the first event.
    pub after: Option<u64>,
}

/// Events of one origin in the order of their `pseq`, with the losses known among them.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// Whose events these are.
    pub origin: Origin,
    /// The events, `pseq` ascending. What lies below the producer's mark is skipped.
    pub events: &'a [Pending<'a>],
    /// Losses of the same producer to be declared (damage, a lost target), ascending. Each covers its `pseq` range, so that the next event may follow it.
    ///
    /// A gap has its place among the events: it is declared when the mark has come to its first `pseq`, and moves the mark past its last one (past the first, where
    /// the end is unknown). What of it lies below the mark is left out, so that telling it twice declares it once. A prefix that ends before a gap leaves it for the next call; one that is still ahead when all events are taken is a jump.
    /// For [`Origin::Own`], which has no holes, it is empty.
    pub gaps: &'a [Gap],
    /// Drops to be declared, if more than the mark knows of; with the first transaction that this batch needs, whatever part of the events that takes.
    pub sheds: Sheds,
    /// Whose batch it is, where a server knows that. A producer belongs to the credential whose batch first wrote something of it; a batch of another's, even an empty one, is an
    /// error of kind `Foreign` and writes nothing. One without a credential is this machine's own, and is not asked.
    pub credential: Option<&'a str>,
}

/// The sequence numbers that an append gave.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Appended {
    /// How many of the batch's events were dealt with, from its start: a store may commit a prefix to keep its lock short.
    pub n_taken: usize,
    /// For each of those events its `seq`; `None` for one that was there already.
    pub seqs: Vec<Option<u64>>,
    /// The number of `audit.gap` events written with them.
    pub n_gaps: u64,
    /// The `pseq` of events that the store has put aside by itself and counts as taken; empty where that is left to [`EventStore::bury`](crate::EventStore::bury).
    pub buried: Vec<u64>,
}

/// How far a producer has come: the next `pseq` that the log will take, and the drops already declared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Mark {
    /// The next expected `pseq`.
    pub next_pseq: u64,
    /// The drops declared so far.
    pub n_shed: u64,
}

/// An event that the database refused for itself, and why.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// Whose event it is.
    pub origin: Origin,
    /// The event.
    pub event: Pending<'a>,
    /// The reason, kept in the dead-letter table; never shown to a client.
    pub reason: &'a str,
    /// See [`Batch::credential`].
    pub credential: Option<&'a str>,
}

/// Which open operations to end with the outcome `unknown`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpenOperations {
    /// Those begun by a process that is gone.
    OwnedBy(ProducerId),
    /// Those that came over a wire or a hook, and whose intent was recorded before this moment.
    UnownedBefore(annals_event::Timestamp),
}

#[cfg(test)]
mod tests;
