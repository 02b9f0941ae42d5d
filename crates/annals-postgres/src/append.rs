//! Appending a batch in one transaction, putting a refused event aside, and ending what was left open. What is taken of a batch is decided by [`backend::take`].

use std::time::Instant;

use annals_event::Timestamp;
use annals_store::backend::{self, BATCH, EndedSession, Ledger as _, SESSIONS};
use annals_store::{Appended, Batch, Error, Mark, OpenOperations, Origin, Refused};

use crate::connection::Connection;
use crate::failure::Trouble;
use crate::following::operations_of;
use crate::ledger::{Ledger, seqs};
use crate::row::stored;
use crate::sql;
use crate::store::PostgresStore;
use crate::writer::Ending;

impl PostgresStore {
    /// See [`annals_store::EventStore::append`].
    pub(crate) fn append_batch(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        backend::check(self.writer()?.names().own_producer, batch)?;
        let is_empty = batch.events.is_empty() && batch.gaps.is_empty() && batch.sheds.total == 0;
        if is_empty && batch.credential.is_none() {
            // Nothing to write, but whatever an earlier commit left in doubt is settled before this answers.
            return self.transaction(|_| Ok(Ending::Nothing(Appended::default())));
        }
        let mut appended = Appended::default();
        let rest = self.transaction(|writing| {
            let mut ledger = Ledger::open(writing)?;
            backend::take(&mut ledger, batch, Instant::now(), &mut appended)?;
            let rest = ledger.ending.take_rest();
            Ok(match ledger.finish()? {
                Ending::Commit(()) => Ending::Commit(rest),
                Ending::Nothing(()) => Ending::Nothing(rest),
            })
        })?;
        // The events are durable, so no error behind them is theirs: what is not ended here ends by its age.
        let _ = self.end_rest(&rest);
        Ok(appended)
    }

    /// See [`annals_store::EventStore::bury`].
    pub(crate) fn bury_one(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        self.transaction(|writing| {
            let mut ledger = Ledger::open(writing)?;
            let own = ledger.own_producer();
            let (producer, pseq) = match refused.origin {
                Origin::Producer(producer) => (producer, refused.event.pseq),
                Origin::Own { .. } => (own, ledger.mark(own)?.next_pseq),
            };
            if let Some(credential) = refused.credential {
                ledger.bind(producer, credential)?;
            }
            let mark = ledger.mark(producer)?;
            if pseq < mark.next_pseq {
                return Ok(Ending::Nothing(None));
            }
            if pseq > mark.next_pseq {
                return Err(backend::jump(producer, pseq, mark.next_pseq));
            }
            ledger.set_mark(producer, Mark { next_pseq: pseq + 1, ..mark })?;
            let gap_seq = ledger.declare_refused(producer, pseq)?;
            // A reason may quote the event, whose text may be what the database refuses.
            let reason = refused.reason.replace('\0', "\u{fffd}");
            let (gap, pseq) = (stored(gap_seq), stored(pseq));
            ledger
                .connection()?
                .execute(sql::BURY, &[&gap, &&producer.as_bytes()[..], &pseq, &reason, &refused.event.payload])
                .map_err(|error| ledger.writing().failed(error))?;
            ledger.finish()?;
            Ok(Ending::Commit(Some(gap_seq)))
        })
    }

    /// See [`annals_store::EventStore::end_operations`].
    pub(crate) fn end_all(&self, which: OpenOperations) -> Result<u64, Error> {
        let limit = stored(BATCH as u64);
        self.end_in_batches(|connection| match which {
            OpenOperations::OwnedBy(owner) => {
                seqs(connection, sql::OPERATIONS_OWNED, &[&&owner.as_bytes()[..], &limit])
            }
            OpenOperations::UnownedBefore(moment) => {
                seqs(connection, sql::OPERATIONS_UNOWNED, &[&moment.as_nanos(), &limit])
            }
        })
    }

    /// See [`annals_store::EventStore::end_sessions`].
    pub(crate) fn end_some(&self, silent_since: Timestamp) -> Result<u64, Error> {
        let (n_ended, rest) = self.transaction(|writing| {
            let limit = stored(SESSIONS as u64);
            let seqs = seqs(writing.connection, sql::SILENT_SESSIONS, &[&silent_since.as_nanos(), &limit])
                .map_err(|error| writing.failed(error))?;
            if seqs.is_empty() {
                return Ok(Ending::Nothing((0, Vec::new())));
            }
            let mut ledger = Ledger::open(writing)?;
            backend::end_sessions(&mut ledger, &seqs)?;
            let rest = ledger.ending.take_rest();
            ledger.finish()?;
            Ok(Ending::Commit((seqs.len() as u64, rest)))
        })?;
        // The ends are durable; operations that are not ended here end by their age.
        let _ = self.end_rest(&rest);
        Ok(n_ended)
    }

    /// Ends what the transaction of a `session.ended` has left, some at a time. An error leaves the others to their age, since the event itself is in the log.
    pub(crate) fn end_rest(&self, sessions: &[EndedSession]) -> Result<(), Error> {
        for EndedSession { space, session_id, seq } in sessions {
            self.end_in_batches(|connection| operations_of(connection, space, session_id, *seq, BATCH))?;
        }
        Ok(())
    }

    /// Ends at most [`BATCH`] operations in each transaction, until `find` finds no more.
    fn end_in_batches(&self, find: impl Fn(&Connection) -> Result<Vec<u64>, Trouble>) -> Result<u64, Error> {
        let mut n_ended = 0;
        loop {
            let n = self.transaction(|writing| {
                let seqs = find(writing.connection).map_err(|error| writing.failed(error))?;
                if seqs.is_empty() {
                    return Ok(Ending::Nothing(0));
                }
                let mut ledger = Ledger::open(writing)?;
                backend::end_each(&mut ledger, &seqs)?;
                ledger.finish()?;
                Ok(Ending::Commit(seqs.len()))
            })?;
            n_ended += n as u64;
            if n < BATCH {
                return Ok(n_ended);
            }
        }
    }
}
