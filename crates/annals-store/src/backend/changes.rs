//! Changes that share a commit.
//!
//! A durable commit costs as much for one change as for fifty. So whoever comes first leads: it takes all works that wait, does each so that it can be undone alone, appends the events of all, and
//! commits once; whoever came meanwhile waits, and is in the next commit. A work that stops or panics undoes its own part. The leader goes on for others only until it has its own answer,
//! and then hands the lead on, so that no caller works for ever for others; each transaction ends after a bounded time, so that the log's writer gets its turn between two of them.
//!
//! The events are appended when all works are done: the log's numbers and the tree cannot be undone alone.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Ledger, decode, end_session};
use crate::awareness::{Abort, Desk, Unrecorded, Work};
use crate::{Error, ErrorKind};

/// A transaction does at most so many works…
const MAX_WORKS: usize = 256;
/// … and begins none after so long.
const MAX_TIME: Duration = Duration::from_millis(20);

/// What became of a work before its events are appended.
pub type Done = Result<Vec<Vec<u8>>, Abort>;

/// What became of each work; nothing of those that there was no time for.
pub type Outcomes = Vec<Option<Result<Option<u64>, Abort>>>;

/// The changes of one store that wait for a commit.
#[derive(Default)]
pub struct Changes {
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
pub struct Job {
    /// The space that it changes.
    pub space: Box<str>,
    /// The work.
    pub work: Work,
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

impl Changes {
    /// See [`AwarenessStore::change`](crate::awareness::AwarenessStore::change).
    ///
    /// `together` does some works in one transaction. It answers what became of each, and nothing of those that there was no time for, of which the first is never one.
    pub fn change(
        &self,
        space: &str,
        work: Work,
        mut together: impl FnMut(&mut [Job]) -> Result<Outcomes, Error>,
    ) -> Result<Option<u64>, Abort> {
        let answer = Arc::new(Answer::default());
        let mut leads = {
            let mut queue = self.lock();
            queue.waiting.push_back(Job { space: space.into(), work, answer: Arc::clone(&answer) });
            !std::mem::replace(&mut queue.has_leader, true)
        };
        loop {
            if leads {
                self.lead(&answer, &mut together);
            }
            match answer.wait() {
                News::Done(done) => return done,
                News::Lead => leads = true,
            }
        }
    }

    /// Does what waits until the caller's own work is among it, and hands the lead on.
    fn lead(&self, own: &Arc<Answer>, together: &mut impl FnMut(&mut [Job]) -> Result<Outcomes, Error>) {
        loop {
            let mut jobs: Vec<Job> = {
                let mut queue = self.lock();
                let n_jobs = queue.waiting.len().min(MAX_WORKS);
                queue.waiting.drain(..n_jobs).collect()
            };
            let outcomes = catch_unwind(AssertUnwindSafe(|| carry_out(together, &mut jobs)));
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

/// Does the works in one transaction, and answers what became of each.
fn carry_out(together: &mut impl FnMut(&mut [Job]) -> Result<Outcomes, Error>, jobs: &mut [Job]) -> Outcomes {
    match together(jobs) {
        Ok(outcomes) => outcomes,
        // One event that the database refuses is no reason to refuse the others.
        Err(error) if error.kind() == ErrorKind::RowRefused && jobs.len() > 1 => jobs
            .chunks_mut(1)
            .map(|alone| together(alone).map_or_else(|error| Some(Err(Abort::Store(error))), |mut done| done.pop()?))
            .collect(),
        Err(error) => jobs.iter().map(|_| Some(Err(Abort::Store(error.clone())))).collect(),
    }
}

/// Does each work while there is time. An error of `alone` is one of the whole transaction.
pub fn each(
    jobs: &mut [Job],
    mut alone: impl FnMut(&mut Job) -> Result<Done, Error>,
) -> Result<Vec<Option<Done>>, Error> {
    let started = Instant::now();
    let mut done = Vec::with_capacity(jobs.len());
    for (nth, job) in jobs.iter_mut().enumerate() {
        let is_late = nth > 0 && started.elapsed() > MAX_TIME;
        done.push(if is_late { None } else { Some(alone(job)?) });
    }
    Ok(done)
}

/// Does a work at its desk, where a panic is its own. Its changes are held against its events by [`told`].
pub fn work_at(work: &mut Work, desk: &mut dyn Desk) -> Done {
    catch_unwind(AssertUnwindSafe(|| work(desk)))
        .unwrap_or_else(|_| Err(Abort::Store(Error::new(ErrorKind::Panicked, "the work of a change panicked"))))
}

/// What became of a work whose events must tell of its changes.
pub fn told(outcome: Done, unrecorded: Unrecorded) -> Done {
    outcome.and_then(|events| unrecorded.check(&events).map(|()| events).map_err(Abort::Store))
}

/// How many events works have left.
pub fn n_events(done: &[Option<Done>]) -> usize {
    done.iter().flatten().flatten().map(Vec::len).sum()
}

/// What became of works none of which has left an event.
pub fn without_events(done: Vec<Option<Done>>) -> Outcomes {
    done.into_iter().map(|done| Some(done?.map(|_| None))).collect()
}

/// Appends the events of all works, and answers what became of each.
pub fn append(ledger: &mut impl Ledger, done: &[Option<Done>]) -> Result<Outcomes, Error> {
    let mut outcomes = Vec::with_capacity(done.len());
    for done in done {
        outcomes.push(match done {
            None => None,
            Some(Err(abort)) => Some(Err(abort.clone())),
            Some(Ok(events)) => {
                let mut last = None;
                for payload in events {
                    let event = decode(payload)?;
                    let seq = ledger.put_next_own(&event, Some(payload), None)?;
                    end_session(ledger, &event, seq)?;
                    last = Some(seq);
                }
                Some(Ok(last))
            }
        });
    }
    Ok(outcomes)
}
