//! The writer: the one thread that takes events from the journal, in order, and makes them durable.
//!
//! It is the sole owner of the journal's reading side. A batch stays in the journal until the store has said that it is durable, so that nothing that goes wrong here, a
//! panic included, can lose an event; trouble is reported, waited out and tried again.

mod indexing;
mod sealing;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use annals_event::ProducerId;
use annals_journal::{Journal, Refusal, Take, Taken};
use annals_store::{Batch, EventStore, InTurn, Origin, Outcome, Pending, Sheds, append_all};

use crate::adopt::{Adopter, Looked};
use crate::audit::Core;
use crate::progress::Trouble;
use crate::writer::indexing::Indexing;
use crate::writer::sealing::Sealing;
use crate::{Error, ErrorKind};

/// The writer's thread, as a debugger shows it.
pub(crate) const THREAD_NAME: &str = "audit-writer";
/// How often journals of dead processes are looked for.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_secs(10);
/// The most bytes of events in one transaction, unless one event has more.
const BATCH_BYTES: usize = 4 << 20;
/// No batch waits longer for more events, unless it is told to.
const LONGEST_LINGER: Duration = Duration::from_millis(25);
/// The pause after the first failure; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// Short enough that a lock given back after long is taken within a second.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// So many reasons are remembered, to log none twice.
const REASONS: usize = 8;
/// Between two looks at what cannot mend by waiting, in case somebody mends it.
const HOPELESS_PAUSE: Duration = Duration::from_secs(1);

/// What was taken and not given back is still in the journal's file, and a second run could not hand it out in order: the next open adopts it.
const PANICKED: &str = "the writer panicked; what waits stays in the journal, and the next open makes it durable";

/// Starts the writer for a journal that was just made.
pub(crate) fn start(core: Arc<Core>, journal: Arc<Journal>) -> Result<(), Error> {
    thread::Builder::new()
        .name(THREAD_NAME.to_owned())
        .spawn(move || {
            let ended = catch_unwind(AssertUnwindSafe(|| {
                run(&core, &journal)?;
                end_operations(&core, &journal)?;
                core.seal_at_close();
                Ok(())
            }));
            match ended {
                Ok(Ok(())) => journal.close(),
                // Even if nothing waits in it, the journal tells the next open that this process is gone.
                Ok(Err(GivenUp)) => journal.abandon(),
                Err(_) => {
                    journal.refuse(Refusal::Refuse);
                    core.progress.report(Trouble {
                        kind: ErrorKind::Io,
                        message: PANICKED.to_owned(),
                        is_retryable: false,
                    });
                    core.await_closing();
                    journal.abandon();
                }
            }
            core.progress.end();
        })
        .map(|_| ())
        .map_err(|error| Error::new(ErrorKind::Io, format!("could not start the thread `{THREAD_NAME}`: {error}")))
}

/// Ends what `begin` left open while the journal still names its owner.
fn end_operations(core: &Core, journal: &Journal) -> Result<(), GivenUp> {
    core.end_operations_of(journal.producer()).map_err(|error| {
        core.progress.report(Trouble {
            kind: error.kind(),
            message: format!("operations stay open until the next process records: {error}"),
            is_retryable: error.is_retryable(),
        });
        GivenUp
    })
}

/// Takes and delivers until the service closes.
fn run(core: &Core, journal: &Journal) -> Result<(), GivenUp> {
    let mut adopter = Adopter::default();
    let (mut next_look, mut looked_in_vain) = (Instant::now(), false);
    let (mut sealing, mut indexing) = (Sealing::new(), Indexing::new());
    let mut worked = Duration::ZERO;
    loop {
        if next_look <= Instant::now() {
            // While closing nothing is adopted: it may take long, and the next open does it.
            let looked = match core.closing_limit() {
                None => adopter.look(core, &|| is_half_full(core, journal)),
                Some(_) => Looked::Everywhere,
            };
            // What a look did not come to is looked at after the batch that has waited for it.
            next_look = match looked {
                Looked::Everywhere | Looked::Hindered => Instant::now() + LOOK_INTERVAL,
                Looked::SoFar => Instant::now(),
            };
            looked_in_vain = core.store.opened().is_none();
            sealing.looked(core);
        }
        sealing.go_on(core, journal);
        let max_idle = next_look.saturating_duration_since(Instant::now()).min(sealing.idle_at_most(core));
        let take = Take {
            max_idle: max_idle.min(indexing.idle_at_most()),
            linger: linger(core.settings.batch_linger, worked),
            enough: core.settings.batch_max,
        };
        match journal.take(take) {
            Taken::Batch(taken) => {
                let began = Instant::now();
                deliver(core, journal, taken)?;
                worked = began.elapsed();
                if std::mem::take(&mut looked_in_vain) {
                    // There was no database to look for; what waits longest waits no longer than this batch did.
                    next_look = Instant::now();
                }
                sealing.wrote(core);
                indexing.wrote();
            }
            Taken::Idle => {
                // Something may have been written beside the journal.
                sealing.wrote(core);
                indexing.go_on(core);
            }
            Taken::Closed => return Ok(()),
        }
    }
}

/// How long a batch waits for more events while nobody waits for it: twice as long as the last one took, so that a slow database is not kept busy with small transactions while others want it.
fn linger(usual: Duration, worked: Duration) -> Duration {
    if usual.is_zero() { usual } else { usual.max((worked * 2).min(LONGEST_LINGER)) }
}

/// Whether the callers will soon have to wait for this thread.
fn is_half_full(core: &Core, journal: &Journal) -> bool {
    let stats = journal.stats();
    core.settings.queue_maxsize as u64 / 2 < stats.n_records || core.settings.journal_bytes / 2 < stats.n_bytes
}

/// The service is closing and its patience is over: the rest stays in the journal.
struct GivenUp;

/// Makes a batch durable, however long it takes, and with it what came while others wrote.
fn deliver(core: &Core, journal: &Journal, taken: annals_journal::Batch) -> Result<(), GivenUp> {
    let store = core.store.opened();
    let may_grow = taken.len() < core.settings.batch_max;
    let mut turn = store.as_ref().filter(|_| may_grow).and_then(|store| turn(&***store));
    let late = turn.as_ref().and_then(|_| take_at_once(journal));
    let taken: Vec<annals_journal::Batch> = std::iter::once(taken).chain(late).collect();
    let origin = Origin::Producer(ProducerId::from_bytes(journal.producer()));
    let (first, last) = (&taken[0], &taken[taken.len() - 1]);
    let sheds = Sheds { total: last.shed_total(), after: last.shed_after() };
    let events: Vec<Pending<'_>> =
        (first.first_pseq()..).zip(taken.iter().flatten()).map(|(pseq, payload)| Pending { pseq, payload }).collect();
    let mut rest = events.as_slice();
    let mut patience = Patience::new();
    loop {
        let few = few(rest, core.settings.batch_max);
        let attempt = attempt(core, journal, &Batch { origin, events: few, gaps: &[], sheds, credential: None });
        // Whatever came of it, nobody waits for us while we wait.
        drop(turn.take());
        match attempt {
            Ok(outcome) => {
                let first_pseq = rest.first().map_or_else(|| first.first_pseq(), |event| event.pseq);
                core.progress.advance(first_pseq, &outcome);
                journal.free(core.progress.durable(), sheds.total);
                rest = &rest[outcome.appended.n_taken..];
                patience.recover(journal);
                if rest.is_empty() {
                    return Ok(());
                }
            }
            Err(error) => patience.endure(core, journal, &error)?,
        }
    }
}

/// This process's turn, where others write as well. Whatever keeps it from one is told by the append.
fn turn(store: &dyn EventStore) -> Option<Box<dyn InTurn + '_>> {
    catch_unwind(AssertUnwindSafe(|| store.turn())).ok()?.ok()?
}

/// What waits in the journal now.
fn take_at_once(journal: &Journal) -> Option<annals_journal::Batch> {
    match journal.take(Take { max_idle: Duration::ZERO, linger: Duration::ZERO, enough: 1 }) {
        Taken::Batch(taken) => Some(taken),
        Taken::Idle | Taken::Closed => None,
    }
}

/// As many of the first events as go into one transaction. A database keeps what it has not committed yet in memory, so that long events are not as many.
fn few<'a, 'e>(events: &'a [Pending<'e>], at_most: usize) -> &'a [Pending<'e>] {
    let mut n_bytes = 0;
    let fits = |event: &&Pending<'_>| {
        n_bytes += event.payload.len();
        n_bytes <= BATCH_BYTES
    };
    let n_fit = events.iter().take(at_most).take_while(fits).count();
    &events[..n_fit.max(1).min(events.len())]
}

fn attempt(core: &Core, journal: &Journal, batch: &Batch<'_>) -> Result<Outcome, Error> {
    let store = core.store.get()?;
    if !core.is_remote() {
        journal.set_log(*store.log_ids().0.as_bytes());
    }
    // A store that panics has written nothing it did not answer for: the marks tell what is there when the batch is tried again.
    catch_unwind(AssertUnwindSafe(|| append_all(&*store, batch)))
        .unwrap_or_else(|_| {
            Err(annals_store::Error::new(annals_store::ErrorKind::Panicked, "the store panicked while it wrote"))
        })
        .map_err(Error::from)
}

/// How failures in a row are waited out.
struct Patience {
    pause: Duration,
    began: Instant,
    refuses: bool,
    /// The reasons that were logged, the newest last.
    told: VecDeque<String>,
}

impl Patience {
    fn new() -> Self {
        Self { pause: FIRST_PAUSE, began: Instant::now(), refuses: false, told: VecDeque::new() }
    }

    /// The store took something: the next failure is a first one.
    fn recover(&mut self, journal: &Journal) {
        if self.refuses {
            journal.refuse(Refusal::Accept);
        }
        *self = Self::new();
    }

    /// Logs why it waits, once for each reason: who has mended the first must hear of the next. Reasons that come in turns are not logged again and again.
    fn log(&mut self, error: &Error) {
        let reason = error.to_string();
        if self.told.contains(&reason) {
            return;
        }
        tracing::warn!(kind = ?error.kind(), "recording waits: {reason}");
        if self.told.len() == REASONS {
            self.told.pop_front();
        }
        self.told.push_back(reason);
    }

    /// Reports the error, waits, and says whether to go on.
    fn endure(&mut self, core: &Core, journal: &Journal, error: &Error) -> Result<(), GivenUp> {
        let is_hopeless = !error.is_retryable();
        self.log(error);
        if is_hopeless != self.refuses {
            journal.refuse(if is_hopeless { Refusal::Refuse } else { Refusal::Accept });
            self.refuses = is_hopeless;
        }
        // After the journal knows: whoever hears of hopeless trouble from a receipt finds the journal refusing.
        core.progress.report(Trouble { kind: error.kind(), message: error.to_string(), is_retryable: !is_hopeless });
        let gives_up = (is_hopeless && core.is_closed()) || core.patience_is_over(self.began);
        if gives_up {
            return Err(GivenUp);
        }
        let pause = if is_hopeless { HOPELESS_PAUSE } else { self.pause };
        core.pause(pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
