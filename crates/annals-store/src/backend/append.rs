//! Appending a batch: what of it is new, what is a jump, and where its gaps have their place.
//!
//! The producer's mark decides, read under the lock: an event below it is there already, the one at it is taken, one beyond it must be led up to by a declared
//! gap. So the same batch may be told any number of times, by any process, and stands in the log once.

use std::time::{Duration, Instant};

use annals_event::{Gap, GapReason, GapSpan, ProducerId};

use super::{Author, Ledger, decode, end_session};
use crate::{Appended, Batch, Error, ErrorKind, Mark, Origin, Pending, Sheds};

/// A transaction takes at most so many events…
pub const MAX_EVENTS: usize = 4_096;
/// … and no more after so long, so that no other writer waits long for its turn.
const MAX_WORK: Duration = Duration::from_millis(20);
/// How many events lie between two looks at the clock.
const LOOK_EVERY: usize = 32;

/// Takes what is new of a batch, declares its losses, and moves the mark; what it took it adds to `appended`.
pub fn take(
    ledger: &mut impl Ledger,
    batch: &Batch<'_>,
    started: Instant,
    appended: &mut Appended,
) -> Result<(), Error> {
    match batch.origin {
        Origin::Own { owner } => take_own(ledger, batch.events, owner.as_ref(), started, appended),
        Origin::Producer(producer) => {
            if let Some(credential) = batch.credential {
                ledger.bind(producer, credential)?;
            }
            declare_sheds(ledger, producer, batch.sheds, appended)?;
            take_from(ledger, producer, batch, started, appended)
        }
    }
}

/// Refuses what no caller of ours says, before the lock is taken.
pub fn check(own_producer: ProducerId, batch: &Batch<'_>) -> Result<(), Error> {
    let wrong = |problem: &str| Err(Error::new(ErrorKind::Invalid, problem));
    match batch.origin {
        Origin::Own { .. } if !batch.gaps.is_empty() => {
            wrong("`gaps` are declared for a producer, and the own one has none")
        }
        Origin::Producer(producer) if producer == own_producer => {
            wrong("`producer` is the database's own, which counts for itself")
        }
        Origin::Producer(producer) if batch.gaps.iter().any(|gap| gap.producer != producer) => {
            wrong("`gaps` of another producer than the batch's")
        }
        Origin::Producer(_) if batch.gaps.iter().any(|gap| matches!(gap.span, GapSpan::After { .. })) => {
            wrong("`gaps` cover numbers; what was shed is told by `sheds`")
        }
        _ => Ok(()),
    }
}

fn take_own(
    ledger: &mut impl Ledger,
    events: &[Pending<'_>],
    owner: Option<&ProducerId>,
    started: Instant,
    appended: &mut Appended,
) -> Result<(), Error> {
    for pending in events {
        if is_enough(appended.n_taken, started) {
            break;
        }
        let event = decode(pending.payload)?;
        let seq = ledger.put_next_own(&event, Some(pending.payload), owner)?;
        end_session(ledger, &event, seq)?;
        appended.seqs.push(Some(seq));
        appended.n_taken += 1;
    }
    Ok(())
}

fn take_from(
    ledger: &mut impl Ledger,
    producer: ProducerId,
    batch: &Batch<'_>,
    started: Instant,
    appended: &mut Appended,
) -> Result<(), Error> {
    let before = ledger.mark(producer)?;
    let mut next_pseq = before.next_pseq;
    let mut gaps = batch.gaps;
    for pending in batch.events {
        if is_enough(appended.n_taken, started) {
            break;
        }
        if pending.pseq > next_pseq {
            declare_gaps(ledger, &mut gaps, pending.pseq, &mut next_pseq, appended)?;
        }
        if pending.pseq > next_pseq {
            if appended.n_taken == 0 {
                return Err(jump(producer, pending.pseq, next_pseq));
            }
            break;
        }
        let seq = if pending.pseq < next_pseq {
            None
        } else {
            let event = decode(pending.payload)?;
            if next_pseq == 0 && batch.credential.is_none() {
                ledger.introduce(producer, event.credential())?;
            }
            next_pseq += 1;
            let author = Author { producer, payload: Some(pending.payload), owner: Some(&producer) };
            let seq = ledger.put(&event, pending.pseq, author)?;
            end_session(ledger, &event, seq)?;
            Some(seq)
        };
        appended.seqs.push(seq);
        appended.n_taken += 1;
    }
    if appended.n_taken == batch.events.len() {
        declare_gaps(ledger, &mut gaps, u64::MAX, &mut next_pseq, appended)?;
        if let Some(GapSpan::Range { first, .. } | GapSpan::From { first }) = gaps.first().map(|gap| gap.span) {
            return Err(jump(producer, first, next_pseq));
        }
    }
    if next_pseq != before.next_pseq {
        let mark = ledger.mark(producer)?;
        ledger.set_mark(producer, Mark { next_pseq, ..mark })?;
    }
    Ok(())
}

/// Declares what the mark has come to, as far as the next event. What lies below the mark is known already; what lies beyond it is left.
fn declare_gaps(
    ledger: &mut impl Ledger,
    gaps: &mut &[Gap],
    next_event: u64,
    next_pseq: &mut u64,
    appended: &mut Appended,
) -> Result<(), Error> {
    while let Some((gap, rest)) = gaps.split_first() {
        let (span, end) = match gap.span {
            GapSpan::Range { first, last } if first <= *next_pseq => {
                let last = last.min(next_event - 1);
                (GapSpan::Range { first: *next_pseq, last }, last.saturating_add(1))
            }
            GapSpan::From { first } if first <= *next_pseq => {
                let end = if first < *next_pseq { *next_pseq } else { first + 1 };
                (GapSpan::From { first }, end)
            }
            _ => return Ok(()),
        };
        *gaps = rest;
        if end <= *next_pseq {
            continue;
        }
        // A count that came with the whole span says nothing of a part.
        let n_events = match span {
            GapSpan::Range { first, last } if span != gap.span => Some(last - first + 1),
            _ => gap.n_events,
        };
        ledger.declare(&Gap { span, n_events, ..gap.clone() })?;
        appended.n_gaps += 1;
        *next_pseq = end;
    }
    Ok(())
}

fn declare_sheds(
    ledger: &mut impl Ledger,
    producer: ProducerId,
    sheds: Sheds,
    appended: &mut Appended,
) -> Result<(), Error> {
    let mark = ledger.mark(producer)?;
    if sheds.total <= mark.n_shed {
        return Ok(());
    }
    let span = GapSpan::After { pseq: sheds.after };
    let n_events = Some(sheds.total - mark.n_shed);
    ledger.declare(&Gap { producer, reason: GapReason::Shed, span, n_events })?;
    ledger.set_mark(producer, Mark { n_shed: sheds.total, ..mark })?;
    appended.n_gaps += 1;
    Ok(())
}

/// Whether a transaction has worked for long enough.
fn is_enough(n_taken: usize, started: Instant) -> bool {
    n_taken >= MAX_EVENTS || (n_taken % LOOK_EVERY == LOOK_EVERY - 1 && started.elapsed() > MAX_WORK)
}

/// The error for a producer's count that leaves out something.
pub fn jump(producer: ProducerId, pseq: u64, expected: u64) -> Error {
    Error::new(
        ErrorKind::Jump,
        format!(
            "producer `{producer}` jumps to pseq {pseq}, expected is {expected}, and no gap covers what lies between"
        ),
    )
}
