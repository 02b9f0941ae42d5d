//! Appending what a database may refuse.
//!
//! A store's `append` is all or nothing, and some databases cannot say which row of a batch they refused. So the batch is halved here until the row stands alone,
//! is put aside with the reason, and the rest goes on; every backend behaves the same.

use crate::{Appended, Batch, Error, ErrorKind, EventStore, Refused};

/// How a batch ended for its events.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// What the store wrote; `n_taken` counts those put aside as well, whose `seq` is `None`.
    pub appended: Appended,
    /// The `pseq` of those that were put aside.
    pub buried: Vec<u64>,
}

/// Appends a prefix of the batch; a row that the database refuses for itself is put aside and declared.
///
/// Any other error is returned as it is, and nothing is lost by trying the same batch again: the marks skip what is there already.
pub fn append_all(store: &dyn EventStore, batch: &Batch<'_>) -> Result<Outcome, Error> {
    let error = match store.append(batch) {
        Ok(appended) => return Ok(Outcome { appended, buried: Vec::new() }),
        Err(error) if error.kind() == ErrorKind::RowRefused => error,
        Err(error) => return Err(error),
    };
    match batch.events {
        [] => Err(error),
        [event] => {
            // The gaps and drops come first: the event follows them.
            let declared = store.append(&Batch { events: &[], ..batch.clone() })?;
            let reason = error.to_string();
            store.bury(&Refused { origin: batch.origin, event: *event, reason: &reason })?;
            Ok(Outcome {
                appended: Appended { n_taken: 1, seqs: vec![None], n_gaps: declared.n_gaps + 1 },
                buried: vec![event.pseq],
            })
        }
        events => {
            // Only the first half: the caller comes again for what was not taken, and what is gone is not refused twice.
            let (first, _) = events.split_at(events.len() / 2);
            append_all(store, &Batch { events: first, ..batch.clone() })
        }
    }
}
