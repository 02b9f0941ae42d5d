//! Appending a batch in one transaction, and putting a refused event aside. What is taken of a batch is decided by [`backend::take`].

use std::thread;
use std::time::Instant;

use annals_store::backend::{self, Ledger as _};
use annals_store::{Appended, Batch, Error, Mark, Origin, Refused};
use rusqlite::params;

use crate::growth::Helper;
use crate::ledger::Ledger;
use crate::operations;
use crate::row::stored;
use crate::sql;
use crate::writer::{Ending, Writer};

/// See [`annals_store::EventStore::append`].
pub(crate) fn append(writer: &Writer, batch: &Batch<'_>) -> Result<Appended, Error> {
    backend::check(writer.names().own_producer, batch)?;
    let is_empty = batch.events.is_empty() && batch.gaps.is_empty() && batch.sheds.total == 0;
    if is_empty && batch.credential.is_none() {
        // Nothing to write, but whatever an earlier commit left in doubt is settled before this answers.
        return writer.transaction(|_| Ok(Ending::Nothing(Appended::default())));
    }
    let foreseen = batch.events.len().min(backend::MAX_EVENTS);
    let mut appended = Appended { n_taken: 0, seqs: Vec::with_capacity(foreseen), n_gaps: 0, buried: Vec::new() };
    let rest = thread::scope(|scope| {
        let helper = Helper::start(scope, foreseen);
        writer.transaction(|writing| {
            let started = Instant::now();
            let mut ledger = Ledger::open(writing, foreseen)?.with_helper(helper);
            backend::take(&mut ledger, batch, started, &mut appended)?;
            let rest = ledger.ending.take_rest();
            Ok(match ledger.finish()? {
                Ending::Commit(()) => Ending::Commit(rest),
                Ending::Nothing(()) => Ending::Nothing(rest),
            })
        })
    })?;
    // The events are durable, so no error behind them is theirs: what is not ended here ends by its age.
    let _ = operations::end_rest(writer, &rest);
    Ok(appended)
}

/// See [`annals_store::EventStore::bury`].
pub(crate) fn bury(writer: &Writer, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
    writer.transaction(|writing| {
        let mut ledger = Ledger::open(writing, 1)?;
        let own = *ledger.writing().own_producer;
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
        ledger
            .writing()
            .connection
            .prepare_cached(sql::BURY)
            .and_then(|mut bury| {
                bury.execute(params![
                    stored(gap_seq),
                    &producer.as_bytes()[..],
                    stored(pseq),
                    refused.reason,
                    refused.event.payload
                ])
            })
            .map_err(|error| ledger.writing().failed(error))?;
        ledger.finish()?;
        Ok(Ending::Commit(Some(gap_seq)))
    })
}
