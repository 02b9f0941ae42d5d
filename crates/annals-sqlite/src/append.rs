//! Appending a batch: what of it is new, what is a jump, and where its gaps have their place.
//!
//! The producer's mark decides, read under the lock: an event below it is there already, the one at it is taken, one beyond it must be led up to by a declared
//! gap. So the same batch may be told any number of times, by any process, and stands in the log once.

use std::thread;
use std::time::{Duration, Instant};

use annals_event::{Gap, GapReason, GapSpan, ProducerId};
use annals_store::{Appended, Batch, Error, ErrorKind, Mark, Origin, Pending, Refused, Sheds};
use rusqlite::params;

use crate::growth::Helper;
use crate::ledger::{Author, Ledger, decode};
use crate::operations;
use crate::row::stored;
use crate::sql;
use crate::writer::{Ending, Writer};

/// A transaction takes at most so many events…
const MAX_EVENTS: usize = 4_096;
/// … and no more after so long, so that no other writer waits long for its turn.
const MAX_WORK: Duration = Duration::from_millis(20);
/// How many events lie between two looks at the clock.
const LOOK_EVERY: usize = 32;

/// See [`annals_store::EventStore::append`].
pub(crate) fn append(writer: &Writer, batch: &Batch<'_>) -> Result<Appended, Error> {
    check(writer, batch)?;
    let is_empty = batch.events.is_empty() && batch.gaps.is_empty() && batch.sheds.total == 0;
    if is_empty && batch.credential.is_none() {
        // Nothing to write, but whatever an earlier commit left in doubt is settled before this answers.
        return writer.transaction(|_| Ok(Ending::Nothing(Appended::default())));
    }
    let foreseen = batch.events.len().min(MAX_EVENTS);
    let mut appended = Appended { n_taken: 0, seqs: Vec::with_capacity(foreseen), n_gaps: 0, buried: Vec::new() };
    let rest = thread::scope(|scope| {
        let helper = Helper::start(scope, foreseen);
        writer.transaction(|writing| {
            let started = Instant::now();
            let mut ledger = Ledger::open(writing, foreseen)?.with_helper(helper);
            match batch.origin {
                Origin::Own { owner } => take_own(&mut ledger, batch.events, owner.as_ref(), started, &mut appended)?,
                Origin::Producer(producer) => {
                    if let Some(credential) = batch.credential {
                        ledger.bind(producer, credential)?;
                    }
                    declare_sheds(&mut ledger, producer, batch.sheds, &mut appended)?;
                    take_from(&mut ledger, producer, batch, started, &mut appended)?;
                }
            }
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
            return Err(jump(producer, pseq, mark.next_pseq));
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

/// Refuses what no caller of ours says, before the lock is taken.
fn check(writer: &Writer, batch: &Batch<'_>) -> Result<(), Error> {
    let wrong = |problem: &str| Err(Error::new(ErrorKind::Invalid, problem));
    match batch.origin {
        Origin::Own { .. } if !batch.gaps.is_empty() => {
            wrong("`gaps` are declared for a producer, and the own one has none")
        }
        Origin::Producer(producer) if producer == writer.names().own_producer => {
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
    ledger: &mut Ledger<'_, '_>,
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
        operations::end_session(ledger, &event, seq)?;
        appended.seqs.push(Some(seq));
        appended.n_taken += 1;
    }
    Ok(())
}

fn take_from(
    ledger: &mut Ledger<'_, '_>,
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
            operations::end_session(ledger, &event, seq)?;
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
    ledger: &mut Ledger<'_, '_>,
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
    ledger: &mut Ledger<'_, '_>,
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

fn is_enough(n_taken: usize, started: Instant) -> bool {
    n_taken >= MAX_EVENTS || (n_taken % LOOK_EVERY == LOOK_EVERY - 1 && started.elapsed() > MAX_WORK)
}

fn jump(producer: ProducerId, pseq: u64, expected: u64) -> Error {
    Error::new(
        ErrorKind::Jump,
        format!(
            "producer `{producer}` jumps to pseq {pseq}, expected is {expected}, and no gap covers what lies between"
        ),
    )
}
