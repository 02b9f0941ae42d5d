//! The store contract itself.

use std::time::Duration;

use annals_event::{EventId, ProducerId, StoredEvent, Timestamp};

use crate::awareness::AwarenessStore;
use crate::moving::MovingStore;
use crate::{
    Appended, Batch, ErasingStore, Error, EvidenceStore, Filter, Heard, KeyedStore, LOOK_INTERVAL, LogId, Mark,
    OpenOperations, Page, PageRequest, Refused, SessionPage,
};

/// A turn to write, which ends with the next thing that is written or when this is dropped. See [`EventStore::turn`].
pub trait InTurn {}

/// An opened audit log in some database.
///
/// Every method may be called from any thread. Reads never wait for the writer and never see half a batch; they use connections of their own and write nothing; only what is read in the middle of writing, by whoever signs, may go by the writer's.
pub trait EventStore: Send + Sync {
    /// The log's id, and the ids this log had before it was rolled back or copied (newest first; empty for most).
    fn log_ids(&self) -> (LogId, Vec<LogId>);

    /// Appends a prefix of the batch in one durable transaction under the database's write lock: numbers the events densely, writes the declared gaps, moves the
    /// producer's mark. All or nothing for that prefix.
    ///
    /// Only `pseq` = mark is taken; what lies below is skipped; a jump that no gap of the batch covers is an error of kind `Jump` whose message names the expected `pseq`
    /// (where taken events precede the jump, they may be answered as a prefix first). A batch with neither events nor news of a loss writes nothing.
    /// Events that Annals writes of itself (gaps, unknown outcomes) belong to the database's own producer, and so to its count.
    /// A `session.ended` also ends, as `unknown`, the operations of its session before it that nobody owns and that are still open: in the same transaction, or where they are
    /// more than one transaction should hold, in some that follow before this answers. If those fail, what is left ends by its age.
    /// An empty batch writes nothing, and answers once it is settled what an earlier append of kind `UnknownOutcome` has left in the database.
    /// `RowRefused` means that nothing of this call was written, because some row was refused for itself ([`crate::append_all`] halves the batch then).
    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error>;

    /// Puts a refused event aside: dead-letter row, `audit.gap` and the mark past it in one transaction. Answers the gap's `seq`, or `None` when the mark was past it already.
    /// An event of [`crate::Origin::Own`] takes the next number of the own count for its gap.
    fn bury(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error>;

    /// Writes an outcome `unknown` for each open operation named, and answers how many there were. Idempotent.
    ///
    /// An operation, named by its space and id, is open from its intent to its outcome. It is owned by the batch's producer (or the owner of [`crate::Origin::Own`]) when its intent was made by
    /// `begin()`, else by nobody. The outcome has the type, space, credential, who and context of the intent.
    fn end_operations(&self, which: OpenOperations) -> Result<u64, Error>;

    /// Writes a `session.ended` with the outcome `unknown` for open sessions of which nothing was recorded since this moment, some at a time, and answers how many: 0 when there
    /// are no more.
    ///
    /// A session, named by its space and id, is open from a `session.created` to the next `session.ended` (intents of either mean nothing), also where one overtook the other
    /// on its way. It may begin again under its id. An outcome `unknown` is no sign of life, since Annals writes those of itself. The end has the space, the credential, and who
    /// and where of the newest `session.created`, and ends the session's operations as one that was handed in does.
    fn end_sessions(&self, silent_since: Timestamp) -> Result<u64, Error>;

    /// A producer's mark; zeros for one never seen.
    fn mark(&self, producer: ProducerId) -> Result<Mark, Error>;

    /// Where the log ends now.
    fn head(&self) -> Result<Head, Error>;

    /// One page of events. Examines at most 20 000 rows, and ends early, with a cursor, before its events are longer than its limit allows.
    fn query(&self, filter: &Filter, request: &PageRequest) -> Result<Page, Error>;

    /// The event with this id.
    fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Error>;

    /// The ids that begin with these hexadecimal digits (hyphens left out), at most `limit`, in order.
    fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<EventId>, Error>;

    /// The session names that begin with this text, at most `limit`, in order.
    fn sessions_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, Error>;

    /// How many events fit the filter.
    fn count(&self, filter: &Filter) -> Result<u64, Error>;

    /// One page of sessions: those with an event that fits the filter, told by the fitting events, in the order of the last fitting event's `seq`.
    /// All pages of an answer tell the log as the first one saw it: what is recorded meanwhile moves no session to another page.
    fn sessions(&self, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Error>;

    /// Counts by time bucket, oldest first, buckets without events left out.
    fn stats(&self, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Error>;

    /// Waits for this process's turn to write, where other processes write too: what is recorded meanwhile can go into the same batch, as nobody else writes until this one has, or has let go of the
    /// answer. Nothing where nobody else has written lately, or nobody has to wait for others.
    ///
    /// Errors: whatever an append would answer that gets no turn; then there is none to let go of.
    fn turn(&self) -> Result<Option<Box<dyn InTurn + '_>>, Error> {
        Ok(None)
    }

    /// How many events were put aside.
    fn n_dead_letters(&self) -> Result<u64, Error>;

    /// Makes sure that everything a reader can see is on disk: after an append whose answer was lost, also by a process that is gone. Costs a checkpoint.
    ///
    /// Errors: `Busy` while somebody reads for long, and whatever else keeps a store from writing; then nothing is certain, and asking again is safe.
    fn settle(&self) -> Result<(), Error>;

    /// Takes the words of some events into the index of words, oldest first, in a short transaction of its own, and answers how many events that were; 0 when there are no more, or no index.
    ///
    /// A search finds what is not in the index yet as well, only more slowly: so this is for whoever has nothing better to do, and never part of an append.
    fn index_words(&self) -> Result<u64, Error> {
        Ok(0)
    }

    /// Has this called whenever others may have written into the log, from now on until the store is closed; only the first who asks is told. Returns at once.
    ///
    /// A store that can't tell calls nothing. One that can calls it also when it begins to, and when it can no longer, so that nobody who looks then and waits for the next call misses anything.
    fn listen(&self, heard: Heard) {
        drop(heard);
    }

    /// How long whoever waits for new events may wait for a call before looking again.
    fn look_interval(&self) -> Duration {
        LOOK_INTERVAL
    }

    /// What makes the log provable, where the store keeps that.
    fn evidence(&self) -> Option<&dyn EvidenceStore> {
        None
    }

    /// What makes content go, where the store can do that.
    fn erasing(&self) -> Option<&dyn ErasingStore> {
        None
    }

    /// What makes a named write once, where the store remembers names.
    fn keyed(&self) -> Option<&dyn KeyedStore> {
        None
    }

    /// What keeps entries under the log, where the store does that.
    fn awareness(&self) -> Option<&dyn AwarenessStore> {
        None
    }

    /// What shows all that is there, so that it can move to another database, where the store can do that.
    fn moving(&self) -> Option<&dyn MovingStore> {
        None
    }

    /// Releases every file. Later calls answer an error of kind `Closed`. Idempotent.
    fn close(&self) -> Result<(), Error>;
}

/// Where a log ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Head {
    /// The number of events, which is the next `seq`.
    pub n_events: u64,
    /// The newest `recorded_at`; `None` in an empty log.
    pub recorded_at: Option<Timestamp>,
}

/// How wide a bucket of statistics is, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BucketWidth {
    /// Seconds; never zero.
    seconds: u32,
}

impl BucketWidth {
    /// One minute.
    pub const MINUTE: Self = Self { seconds: 60 };
    /// One hour.
    pub const HOUR: Self = Self { seconds: 3_600 };
    /// One day of 24 hours, UTC.
    pub const DAY: Self = Self { seconds: 86_400 };

    /// A width of so many seconds; `None` for zero.
    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds == 0 { None } else { Some(Self { seconds }) }
    }

    /// The width in seconds.
    pub const fn seconds(self) -> u32 {
        self.seconds
    }
}

/// What happened in one span of `recorded_at`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bucket {
    /// The span's start, a multiple of the width since 1970.
    pub start: Timestamp,
    /// All events.
    pub n_events: u64,
    /// Those whose outcome is `failure` or `timeout`.
    pub n_failed: u64,
    /// Those whose outcome or decision is a denial.
    pub n_denied: u64,
}

#[cfg(test)]
mod tests;
