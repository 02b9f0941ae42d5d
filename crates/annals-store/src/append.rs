//! Appending what a database may refuse.
//!
//! A store's `append` is all or nothing, and some databases cannot say which row of a batch they refused. So the batch is halved here until the row stands alone,
//! is put aside with the reason, and the rest goes on; every backend behaves the same.

use annals_event::{Gap, GapSpan};

use crate::{Appended, Batch, Error, ErrorKind, EventStore, Pending, Refused};

/// How a batch ended for its events.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// What the store wrote; `n_taken` counts one put aside as well, whose `seq` is `None`.
    pub appended: Appended,
    /// The `pseq` of the event that was put aside, if one was.
    pub buried: Vec<u64>,
}

/// Appends a prefix of the batch; a row that the database refuses for itself is put aside and declared.
///
/// Any other error is returned as it is, and nothing is lost by trying the same batch again: the marks skip what is there already.
/// A caller comes again with the rest until all is taken; one call puts aside one event at most.
pub fn append_all(store: &dyn EventStore, batch: &Batch<'_>) -> Result<Outcome, Error> {
    let mut part = batch.clone();
    loop {
        let error = match store.append(&part) {
            Ok(mut appended) => {
                let buried = std::mem::take(&mut appended.buried);
                return Ok(Outcome { appended, buried });
            }
            Err(error) if error.kind() == ErrorKind::RowRefused => error,
            Err(error) => return Err(error),
        };
        match part.events {
            [] => return Err(error),
            [event] => return put_aside(store, &part, *event, &error),
            // Only the first half: the caller comes again for what was not taken, and what is gone is not refused twice.
            events => part = first_part(batch, &events[..events.len() / 2]),
        }
    }
}

/// Declares what comes before the event, and then the event itself.
fn put_aside(store: &dyn EventStore, batch: &Batch<'_>, event: Pending<'_>, error: &Error) -> Result<Outcome, Error> {
    // The gaps and drops come first: the event follows them, and `bury` moves the mark past it.
    let declared = store.append(&Batch { gaps: gaps_before(batch, event.pseq), events: &[], ..batch.clone() })?;
    let reason = error.to_string();
    let gap = store.bury(&Refused { origin: batch.origin, event, reason: &reason, credential: batch.credential })?;
    Ok(Outcome {
        appended: Appended {
            n_taken: 1,
            seqs: vec![None],
            n_gaps: declared.n_gaps + u64::from(gap.is_some()),
            buried: Vec::new(),
        },
        buried: vec![event.pseq],
    })
}

/// The batch cut down to some of its first events, with the gaps that have their place among them.
fn first_part<'a>(batch: &Batch<'a>, events: &'a [Pending<'a>]) -> Batch<'a> {
    let gaps = events.last().map_or(&[][..], |last| gaps_before(batch, last.pseq));
    Batch { events, gaps, ..batch.clone() }
}

/// A gap behind the last event of a part must not be declared with it: it would move the mark past the events in between.
fn gaps_before<'a>(batch: &Batch<'a>, pseq: u64) -> &'a [Gap] {
    let n_before = batch.gaps.partition_point(|gap| match gap.span {
        GapSpan::Range { first, .. } | GapSpan::From { first } => first <= pseq,
        GapSpan::After { .. } => true,
    });
    &batch.gaps[..n_before]
}

#[cfg(test)]
mod tests;
