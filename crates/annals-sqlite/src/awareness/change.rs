//! Changes that share a commit.
//!
//! A durable commit costs as much for one change as for fifty. So whoever comes first leads: it takes all works that wait, does each in a savepoint of its own, appends the events of all, and
//! commits once; whoever came meanwhile waits, and is in the next commit. A work that stops or panics undoes its own savepoint. The leader goes on for others only until it has its own answer,
//! and then hands the lead on, so that no caller works for ever for others; each transaction ends after a bounded time, so that the log's writer gets its turn between two of them.
//!
//! The events are appended when all works are done: the log's numbers and the tree cannot be undone by a savepoint.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use annals_store::awareness::{Abort, Work};
use annals_store::backend::{self, Ledger as _, decode};
use annals_store::{Error, ErrorKind};

use super::shelf::Table;
use crate::ledger::Ledger;
use crate::operations;
use crate::writer::{Ending, Writer, Writing};

/// A transaction does at most so many works…
const MAX_WORKS: usize = 256;
/// … and begins none after so long.
const MAX_TIME: Duration = Duration::from_millis(20);

/// The changes of one store that wait for a commit.
#[derive(Default)]
pub(crate) struct Changes {
    /// Held for moments.
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Job>,
    /// Whether some caller is at it, or was told to be.
    has_leader: bool,
}

/// One work, on its way to its answer.
struct Job {
    space: Box<str>,
    work: Work,
    answer: Arc<Answer>,
}

/// Where a caller waits.
#[derive(Default)]
struct Answer {
    news: Mutex<Option<News>>,
    told: Condvar,
}

/// What a waiting caller is told.
enum News {
    /// Its work is done, or was undone.
    Done(Result<Option<u64>, Abort>),
    /// It is its turn to lead.
    Lead,
}

/// A work that was done, and whose events are still to be appended.
type Done = Result<Vec<Vec<u8>>, Abort>;

/// What became of each work; nothing of those that there was no time for.
type Outcomes = Vec<Option<Result<Option<u64>, Abort>>>;

impl Changes {
    /// See [`annals_store::awareness::AwarenessStore::change`].
    pub(crate) fn change(&self, writer: &Writer, space: &str, work: Work) -> Result<Option<u64>, Abort> {
        let answer = Arc::new(Answer::default());
        let mut leads = {
            let mut queue = self.lock();
            queue.waiting.push_back(Job { space: space.into(), work, answer: Arc::clone(&answer) });
            !std::mem::replace(&mut queue.has_leader, true)
        };
        loop {
            if leads {
                self.lead(writer, &answer);
            }
            match answer.wait() {
                News::Done(done) => return done,
                News::Lead => leads = true,
            }
        }
    }

    /// Does what waits until the caller's own work is among it, and hands the lead on.
    fn lead(&self, writer: &Writer, own: &Arc<Answer>) {
        loop {
            let mut jobs: Vec<Job> = {
                let mut queue = self.lock();
                let n_jobs = queue.waiting.len().min(MAX_WORKS);
                queue.waiting.drain(..n_jobs).collect()
            };
            let outcomes = catch_unwind(AssertUnwindSafe(|| carry_out(writer, &mut jobs)));
            let outcomes = outcomes.unwrap_or_else(|_| {
                let panicked =
                    || Some(Err(Abort::Store(Error::new(ErrorKind::Panicked, "a change of entries panicked"))));
                jobs.iter().map(|_| panicked()).collect()
            });
            let mut left = VecDeque::new();
            let mut has_own = false;
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                match outcome {
                    Some(outcome) => {
                        has_own |= Arc::ptr_eq(&job.answer, own);
                        job.answer.tell(News::Done(outcome));
                    }
                    // There was no time for it; it comes first next time.
                    None => left.push_back(job),
                }
            }
            let mut queue = self.lock();
            left.append(&mut queue.waiting);
            queue.waiting = left;
            if !has_own && queue.waiting.iter().any(|job| Arc::ptr_eq(&job.answer, own)) {
                continue;
            }
            match queue.waiting.front() {
                Some(next) => next.answer.tell(News::Lead),
                None => queue.has_leader = false,
            }
            return;
        }
    }

    /// The queue is whole between any two steps, so a panic of another thread is no reason to stop.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer {
    fn tell(&self, news: News) {
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = Some(news);
        self.told.notify_one();
    }

    /// Waits for the leader, which is bounded in what it does and always tells.
    fn wait(&self) -> News {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(news) = news.take() {
                return news;
            }
            news = self.told.wait(news).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Does the works in one transaction, and answers what became of each; nothing for those that there was no time for.
fn carry_out(writer: &Writer, jobs: &mut [Job]) -> Outcomes {
    match together(writer, jobs) {
        Ok(outcomes) => outcomes,
        // One event that the database refuses is no reason to refuse the others.
        Err(error) if error.kind() == ErrorKind::RowRefused && jobs.len() > 1 => jobs
            .chunks_mut(1)
            .map(|alone| {
                together(writer, alone).map_or_else(|error| Some(Err(Abort::Store(error))), |mut done| done.pop()?)
            })
            .collect(),
        Err(error) => jobs.iter().map(|_| Some(Err(Abort::Store(error.clone())))).collect(),
    }
}

fn together(writer: &Writer, jobs: &mut [Job]) -> Result<Outcomes, Error> {
    let (outcomes, rest) = writer.transaction(|writing| {
        let started = Instant::now();
        let mut done: Vec<Option<Done>> = Vec::with_capacity(jobs.len());
        for (nth, job) in jobs.iter_mut().enumerate() {
            let is_late = nth > 0 && started.elapsed() > MAX_TIME;
            done.push(if is_late { None } else { Some(alone(writing, job)?) });
        }
        let n_events = done.iter().flatten().flatten().map(Vec::len).sum();
        let mut outcomes = Vec::with_capacity(done.len());
        if n_events == 0 {
            outcomes.extend(done.into_iter().map(|done| Some(done?.map(|_| None))));
            return Ok(Ending::Nothing((outcomes, None)));
        }
        let mut ledger = Ledger::open(writing, n_events)?;
        for done in &done {
            outcomes.push(match done {
                None => None,
                Some(Err(abort)) => Some(Err(abort.clone())),
                Some(Ok(events)) => {
                    let mut last = None;
                    for payload in events {
                        let event = decode(payload)?;
                        let seq = ledger.put_next_own(&event, None, None)?;
                        backend::end_session(&mut ledger, &event, seq)?;
                        last = Some(seq);
                    }
                    Some(Ok(last))
                }
            });
        }
        let rest = ledger.ending.take_rest();
        ledger.finish()?;
        Ok(Ending::Commit((outcomes, Some(rest))))
    })?;
    if let Some(rest) = rest {
        // The events are durable, so no error behind them is theirs: what is not ended here ends by its age.
        let _ = operations::end_rest(writer, &rest);
    }
    Ok(outcomes)
}

/// Does one work in its own savepoint. An error is one of the whole transaction.
fn alone(writing: &Writing<'_>, job: &mut Job) -> Result<Done, Error> {
    let failed = |error| writing.failed(error);
    writing.connection.execute_batch("SAVEPOINT work").map_err(failed)?;
    let mut table = Table::new(writing.connection, writing.location, &job.space, writing.now);
    let work = &mut job.work;
    let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut table)))
        .unwrap_or_else(|_| Err(Abort::Store(Error::new(ErrorKind::Panicked, "the work of a change panicked"))));
    if outcome.is_ok() && !table.unrecorded.is_empty() {
        table.sweep()?;
    }
    let unrecorded = std::mem::take(&mut table.unrecorded);
    let outcome = outcome.and_then(|events| unrecorded.check(&events).map(|()| events).map_err(Abort::Store));
    if let (Err(Abort::Store(error)), true) = (&outcome, writing.connection.is_autocommit()) {
        // SQLite has undone all of it.
        return Err(error.clone());
    }
    let ending = if outcome.is_ok() { "RELEASE work" } else { "ROLLBACK TO work; RELEASE work" };
    writing.connection.execute_batch(ending).map_err(failed)?;
    Ok(outcome)
}
