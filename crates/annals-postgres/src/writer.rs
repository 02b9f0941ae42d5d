//! The transaction around everything that is written, and what follows when nobody knows whether it happened.
//!
//! The order is always the same: this process's mutex, a connection, `BEGIN`, the row of `log_head` by a statement of its own, the work, `COMMIT`. Whatever a transaction needs to know (the
//! head, the marks) it reads behind the lock, so that nothing learnt before it is trusted.
//!
//! Where the answer to a `COMMIT` is lost, the server may still be at it, and holds the lock for as long; so whoever gets the lock next sees what came of it. What he sees may be committed here
//! and not yet where a standby should have it. So a writer in doubt counts nothing before a commit of its own was answered, which comes behind all others.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use annals_event::{ProducerId, Timestamp};
use annals_store::backend::{LeafScratch, Tree};
use annals_store::{Error, ErrorKind, InTurn, LogId};
use tokio_postgres::Row;

use crate::address::Address;
use crate::connection::{Begin, Bundle, Connection, Parameter, Pool, Reach, Statement};
use crate::failure::{Trouble, closed};
use crate::listening::TELL;
use crate::opening::Opening;
use crate::row::bytes;
use crate::{sql, standing};

/// What is written to, for as long as the store is open.
pub(crate) struct Writer {
    address: Address,
    opening: Opening,
    /// The log's names as they were when it was opened. The database is refused when it turns into another one.
    names: Names,
    /// Held for a whole transaction; nobody waits for it but other writers of this process.
    state: Mutex<State>,
}

/// A log's names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Names {
    pub(crate) log_id: LogId,
    pub(crate) earlier: Vec<LogId>,
    pub(crate) own_producer: ProducerId,
}

struct State {
    /// What was made by then is connected to a database that was held against what is known of it.
    checked_at: Instant,
    /// The answer to a commit was lost.
    in_doubt: bool,
    /// Memory that one transaction leaves to the next.
    scratch: Scratch,
    /// A transaction that has the lock and waits for its work, which the next thing that is written is.
    begun: Option<Begun>,
}

/// A transaction that has the lock.
struct Begun {
    connection: Connection,
    known: Known,
}

/// Whoever holds this has the lock until the next thing is written.
struct Turn<'a>(&'a Writer);

impl InTurn for Turn<'_> {}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(begun) = self.0.lock().begun.take() {
            begun.connection.roll_back();
        }
    }
}

/// Whoever wrote in between is expected to do so for as many transactions more.
const RIVALS_STAY: u8 = 16;

/// What is kept from batch to batch.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) payload: Vec<u8>,
    pub(crate) leaf: LeafScratch,
    /// The tree as the last commit left it.
    pub(crate) tree: Option<Tree>,
    /// Whether this transaction has put rows into the log.
    pub(crate) has_rows: bool,
    /// Whether this transaction was committed with the last of what it wrote.
    is_committed: bool,
    /// What that commit wrote into `log_head`, which nobody else writes.
    stamp: Option<i64>,
    /// Who wrote last.
    pub(crate) producers: Vec<ProducerId>,
    /// For so many more transactions somebody else is expected to write in between.
    expects_rivals: u8,
}

/// What the work of one transaction sees.
pub(crate) struct Writing<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) own_producer: &'a ProducerId,
    /// The log's name as it was when it was opened.
    pub(crate) log: LogId,
    pub(crate) scratch: &'a mut Scratch,
    /// What was asked together with the lock, until somebody looks.
    pub(crate) known: Option<Known>,
    /// The writer's clock, read under the lock.
    pub(crate) now: Timestamp,
    pub(crate) address: &'a Address,
}

/// How the log stood when the lock was taken.
pub(crate) struct Known {
    /// The row of `state.sql`.
    pub(crate) state: Row,
    /// The right edge of its tree, where another writer's was expected.
    pub(crate) edge: Option<Vec<Row>>,
    /// The marks of those who wrote last, each a row of `mark.sql` if it has one.
    pub(crate) marks: HashMap<ProducerId, Option<Row>>,
}

/// What the work found out about its transaction.
pub(crate) enum Ending<T> {
    /// Something was written: make it durable, unless [`commit`] has done so.
    Commit(T),
    /// Nothing was.
    Nothing(T),
}

impl Writer {
    /// A writer of this log, which was held against what is known of it.
    pub(crate) fn new(address: &Address, opening: Opening, names: Names) -> Self {
        let state = State { checked_at: Instant::now(), in_doubt: false, scratch: Scratch::default(), begun: None };
        Self { address: address.clone(), opening, names, state: Mutex::new(state) }
    }

    /// The log's names.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Does some work in one durable transaction under the write lock, or nothing at all.
    pub(crate) fn transaction<T>(
        &self,
        pool: &Pool,
        work: impl FnOnce(&mut Writing<'_>) -> Result<Ending<T>, Error>,
    ) -> Result<T, Error> {
        let mut guard = self.lock();
        let begun = guard.begun.take();
        let Begun { connection, known } = begun.map_or_else(|| self.begin(pool, &mut guard), Ok)?;
        let State { in_doubt, scratch, .. } = &mut *guard;
        let told = |trouble: Trouble| trouble.of(&self.address);
        pool.while_writing(connection, |connection| {
            let outcome = work(&mut Writing {
                connection,
                own_producer: &self.names.own_producer,
                log: self.names.log_id,
                scratch,
                known: Some(known),
                now: self.opening.clock.now(),
                address: &self.address,
            });
            let outcome = match outcome {
                Ok(Ending::Nothing(done)) if !*in_doubt => {
                    connection.roll_back();
                    return Ok(done);
                }
                Ok(Ending::Commit(done)) if scratch.is_committed => Ok(done),
                // In doubt nothing is known before a commit was answered, though it changes nothing but the stamp.
                Ok(Ending::Commit(done) | Ending::Nothing(done)) => {
                    commit(connection, scratch, Bundle::default()).map(|()| done).map_err(told)
                }
                Err(error) => Err(error),
            };
            match &outcome {
                Ok(_) => *in_doubt = false,
                Err(error) => {
                    (scratch.tree, scratch.stamp) = (None, None);
                    *in_doubt |= error.kind() == ErrorKind::UnknownOutcome;
                    connection.roll_back();
                }
            }
            outcome
        })
    }

    /// See [`annals_store::EventStore::settle`].
    pub(crate) fn settle(&self, pool: &Pool) -> Result<(), Error> {
        self.transaction(pool, |_| Ok(Ending::Commit(())))
    }

    /// Closes the pool when nobody writes.
    pub(crate) fn close(&self, pool: &Pool) {
        let mut quiet = self.lock();
        // A connection that outlives the pool could not be rolled back.
        if let Some(begun) = quiet.begun.take() {
            begun.connection.roll_back();
        }
        pool.close();
    }

    /// Refuses a database that is not, or no longer, what it was: behind a new connection there may be another server, which lacks what the old one had.
    fn check(&self, connection: &Connection) -> Result<(), Error> {
        if self.opening.accepts_rollback {
            return Ok(());
        }
        standing::check(connection, &self.address, self.names.log_id, self.opening.outside())
    }

    /// See [`annals_store::EventStore::turn`].
    pub(crate) fn turn(&self, pool: &Pool) -> Result<Option<Box<dyn InTurn + '_>>, Error> {
        let mut guard = self.lock();
        if guard.scratch.expects_rivals == 0 {
            return Ok(None);
        }
        if guard.begun.is_none() {
            // Whoever gets none does not wait for one again before it writes.
            guard.scratch.expects_rivals = 0;
            let begun = self.begin(pool, &mut guard)?;
            guard.begun = Some(begun);
        }
        Ok(Some(Box::new(Turn(self))))
    }

    /// Begins a transaction that has the lock, on a connection of its own.
    fn begin(&self, pool: &Pool, state: &mut State) -> Result<Begun, Error> {
        if pool.is_closed() {
            return Err(closed());
        }
        let connection = pool.take()?;
        if state.checked_at < connection.made_at() {
            self.check(&connection)?;
            state.checked_at = connection.made_at();
        }
        match Self::take_lock(&connection, &mut state.scratch) {
            Ok(known) => Ok(Begun { connection, known }),
            Err(trouble) => {
                (state.scratch.tree, state.scratch.stamp) = (None, None);
                connection.roll_back();
                Err(trouble.of(&self.address))
            }
        }
    }

    /// Takes the lock, and answers how the log stands, which is asked behind it: what a statement sees is what was committed when it began.
    fn take_lock(connection: &Connection, scratch: &mut Scratch) -> Result<Known, Trouble> {
        (scratch.has_rows, scratch.is_committed) = (false, false);
        connection.begin(Begin::Write, Reach::All);
        let producers: Vec<Vec<u8>> = scratch.producers.iter().map(|producer| producer.as_bytes().to_vec()).collect();
        let producers: [&dyn Parameter; 1] = [&producers];
        let mut asked = vec![
            Statement::kept(sql::LOCK_HEAD, &[]),
            Statement::kept(sql::STATE, &[]),
            Statement::kept(sql::MARKS_OF, &producers),
        ];
        if scratch.expects_rivals > 0 || scratch.tree.is_none() {
            asked.push(Statement::kept(sql::EDGE, &[]));
        }
        let mut answers = connection.together(&asked)?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let stamp: i64 = next().one()?.try_get(0)?;
        let state = next().one()?;
        let mut marks: HashMap<_, _> = scratch.producers.iter().map(|producer| (*producer, None)).collect();
        for row in next().rows {
            marks.insert(ProducerId::from_bytes(bytes(&row, 3)?), Some(row));
        }
        let edge = answers.next().map(|answer| answer.rows);
        let had_rivals = scratch.stamp.is_some_and(|known| known != stamp);
        scratch.expects_rivals = if had_rivals { RIVALS_STAY } else { scratch.expects_rivals.saturating_sub(1) };
        if scratch.stamp != Some(stamp) {
            scratch.tree = None;
        }
        Ok(Known { state, edge, marks })
    }

    /// The state is whole between any two steps, so a panic of another thread is no reason to stop.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writing<'_> {
    /// An error of PostgreSQL's, told with the database's name.
    pub(crate) fn failed(&self, trouble: impl Into<Trouble>) -> Error {
        trouble.into().of(self.address)
    }
}

impl Names {
    /// Reads them from the database; nothing where it was never opened.
    pub(crate) fn read(connection: &Connection) -> Result<Option<Self>, Trouble> {
        let Some(log) = connection.first(sql::LOG, &[])? else { return Ok(None) };
        let earlier = connection.rows(sql::LOG_HISTORY, &[])?;
        let earlier = earlier.iter().map(|row| Ok(LogId::from_bytes(bytes(row, 0)?)));
        Ok(Some(Self {
            log_id: LogId::from_bytes(bytes(&log, 0)?),
            own_producer: ProducerId::from_bytes(bytes(&log, 1)?),
            earlier: earlier.collect::<Result<_, Trouble>>()?,
        }))
    }
}

/// Commits with the last of what is written.
pub(crate) fn commit(connection: &Connection, scratch: &mut Scratch, mut last: Bundle<'_>) -> Result<(), Trouble> {
    let stamp = random()?.cast_signed();
    last.push(sql::STAMP_HEAD, vec![Box::new(stamp)]);
    if scratch.has_rows {
        last.push(TELL, Vec::new());
    }
    last.commit(connection)?;
    (scratch.stamp, scratch.is_committed) = (Some(stamp), true);
    Ok(())
}

/// Eight random bytes.
pub(crate) fn random() -> Result<u64, Error> {
    getrandom::u64().map_err(no_randomness)
}

/// The error of a system that has none.
pub(crate) fn no_randomness(error: getrandom::Error) -> Error {
    Error::with_source(ErrorKind::Io, format!("the system gives no randomness: {error}"), error)
}
