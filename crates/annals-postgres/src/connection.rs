//! Connections, and waiting for them: the one place that knows an async driver.
//!
//! The store's methods block, so that no caller needs a runtime. A small one of its own drives the sockets, on one thread; whoever calls waits for its answer without it, so that a caller
//! who is inside another runtime is no special case.
//!
//! Every statement is sent unnamed, with its parameters' types beside it, and whatever is set is set for one transaction: so nothing is left on a connection, and it does not matter whether a
//! pooler hands out another one for each transaction. For the same reason nothing is cached by connection.

use std::cell::Cell;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use annals_store::Error;
use deadpool_postgres::{Manager, ManagerConfig, Object, RecyclingMethod, WeakPool};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::address::Address;
use crate::connecting::Connecting;
use crate::failure::{Trouble, closed};
use crate::opening::Opening;

/// How long the server may take beyond a statement's time before its connection is given up.
const GRACE: Duration = Duration::from_secs(5);

/// The connections of one store.
pub(crate) struct Pool {
    address: Address,
    idle: deadpool_postgres::Pool,
    handle: Handle,
    /// Taken out to be ended.
    runtime: Mutex<Option<Runtime>>,
    limits: Bounds,
}

/// How long the server waits in a transaction.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// For a statement to end.
    statement: Duration,
    /// For the next one.
    idle_in_transaction: Duration,
}

/// A connection that was taken from the pool, and goes back to it unless it is in the middle of something.
pub(crate) struct Connection {
    client: Option<Object>,
    handle: Handle,
    limits: Bounds,
    /// In a transaction, or in an unknown state.
    is_open: Cell<bool>,
    /// A statement of this transaction failed, so that a commit would be none.
    is_failed: Cell<bool>,
    /// Its server does no more what it was chosen for: a primary has become a standby.
    is_spent: Cell<bool>,
    /// This transaction sees one space of what agents know.
    is_narrow: Cell<bool>,
}

/// How a transaction begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Begin {
    /// Sees one state of the database and changes nothing.
    Read,
    /// Sees at each statement what was committed by then: what is read behind a lock is what the last holder of the lock has left.
    Write,
}

/// Which rows a transaction sees of what agents know; the database compares each with it, whatever the statement says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach<'a> {
    /// None.
    Nothing,
    /// Those of one space.
    Space(&'a str),
    /// All: for what follows from the log, and what is done for all spaces at once.
    All,
}

impl Reach<'_> {
    /// The statement that makes it so until the transaction ends, after another one.
    fn said(self) -> String {
        match self {
            Reach::Nothing => String::new(),
            Reach::Space(space) => {
                // No row's space has a zero byte, and no statement may.
                let space = if space.contains('\0') { "" } else { space };
                let space = space.replace('\\', "\\\\").replace('\'', "''");
                format!("; SET LOCAL annals.reach = ''; SET LOCAL annals.space = E'{space}'")
            }
            Reach::All => "; SET LOCAL annals.reach = 'all'".to_owned(),
        }
    }
}

/// A value of a statement's parameter, with the type that it is sent as.
pub(crate) trait Parameter: Sync {
    fn bound(&self) -> (&(dyn ToSql + Sync), Type);
}

macro_rules! parameters {
    ($($kind:ty => $type:ident),+ $(,)?) => {
        $(impl Parameter for $kind {
            fn bound(&self) -> (&(dyn ToSql + Sync), Type) {
                (self, Type::$type)
            }
        })+
    };
}

parameters! {
    bool => BOOL,
    i32 => INT4,
    i64 => INT8,
    Option<i64> => INT8,
    &str => TEXT,
    Option<&str> => TEXT,
    Option<String> => TEXT,
    String => TEXT,
    &[u8] => BYTEA,
    Option<&[u8]> => BYTEA,
    Vec<u8> => BYTEA,
    Option<Vec<u8>> => BYTEA,
    Vec<bool> => BOOL_ARRAY,
    Vec<f32> => FLOAT4_ARRAY,
    Vec<i64> => INT8_ARRAY,
    Vec<i32> => INT4_ARRAY,
    Vec<Option<i64>> => INT8_ARRAY,
    Vec<&str> => TEXT_ARRAY,
    Vec<String> => TEXT_ARRAY,
    Vec<Option<&str>> => TEXT_ARRAY,
    Vec<Option<String>> => TEXT_ARRAY,
    Vec<&[u8]> => BYTEA_ARRAY,
    Vec<Option<&[u8]>> => BYTEA_ARRAY,
    Vec<Vec<u8>> => BYTEA_ARRAY,
    Vec<Option<Vec<u8>>> => BYTEA_ARRAY,
}

impl Pool {
    /// Connects to nothing yet.
    pub(crate) fn new(address: &Address, opening: &Opening) -> Result<Self, Error> {
        let (connecting, at_most) = Connecting::new(address, opening)?;
        let limits = address.limits();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("annals-postgres")
            .enable_all()
            .build()
            .map_err(|error| address.unusable(&error))?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(address.config().clone(), connecting, recycling);
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(limits.pool_size.unwrap_or(opening.max_connections))
            .wait_timeout(Some(opening.bounded(opening.patience)))
            .create_timeout(Some(at_most))
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .build()
            .map_err(|error| address.unusable(&error))?;
        let idle_timeout = limits.idle_timeout.unwrap_or(opening.idle_timeout);
        if !idle_timeout.is_zero() {
            // Ends with the runtime.
            runtime.spawn(close_idle(pool.weak(), idle_timeout));
        }
        let statement_timeout = opening.bounded(limits.statement_timeout.unwrap_or(opening.statement_timeout));
        Ok(Self {
            address: address.clone(),
            idle: pool,
            handle: runtime.handle().clone(),
            runtime: Mutex::new(Some(runtime)),
            limits: Bounds {
                statement: statement_timeout,
                idle_in_transaction: limits.idle_in_transaction_session_timeout.unwrap_or(statement_timeout),
            },
        })
    }

    /// Runs this beside the connections until they are closed. It is given them, and has to let them go.
    pub(crate) fn beside<F: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(WeakPool) -> F) {
        if !self.idle.is_closed() {
            self.handle.spawn(work(self.idle.weak()));
        }
    }

    /// Takes a connection, waiting for one where all are in use.
    pub(crate) fn take(&self) -> Result<Connection, Error> {
        if self.idle.is_closed() {
            return Err(closed());
        }
        let _inside = self.handle.enter();
        let client = block_on(self.idle.get()).map_err(|error| Trouble::from(error).of(&self.address))?;
        Ok(Connection {
            client: Some(client),
            handle: self.handle.clone(),
            limits: self.limits,
            is_open: Cell::new(false),
            is_failed: Cell::new(false),
            is_spent: Cell::new(false),
            is_narrow: Cell::new(false),
        })
    }

    /// Reads one state of the log.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Error> {
        self.read_in(Reach::Nothing, work)
    }

    /// Reads one state of the log, and of what agents know as far as that reaches.
    pub(crate) fn read_in<T>(
        &self,
        reach: Reach<'_>,
        work: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, Error> {
        let connection = self.take()?;
        let outcome = connection.look_in(reach, work);
        // What was cut off by closing is told as that.
        outcome.map_err(|trouble| if self.idle.is_closed() { closed() } else { trouble.of(&self.address) })
    }

    /// Ends what is being read and closes every connection. Idempotent.
    pub(crate) fn close(&self) {
        self.idle.close();
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            // Whoever closes may be inside another runtime, where nobody may wait for this one.
            runtime.shutdown_background();
        }
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.idle.is_closed()
    }
}

/// Closes as `close` does: a runtime that is merely dropped waits for its thread.
impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

impl Connection {
    /// When it was made.
    pub(crate) fn made_at(&self) -> Instant {
        let client = self.client.as_ref().expect("taken out by drop alone");
        Object::metrics(client).created
    }

    /// Reads one state of the log.
    pub(crate) fn look<T>(&self, work: impl FnOnce(&Self) -> Result<T, Trouble>) -> Result<T, Trouble> {
        self.look_in(Reach::Nothing, work)
    }

    fn look_in<T>(&self, reach: Reach<'_>, work: impl FnOnce(&Self) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let outcome = self.begin(Begin::Read, reach).and_then(|()| work(self));
        self.roll_back();
        outcome
    }

    /// Begins a transaction with its limits.
    pub(crate) fn begin(&self, how: Begin, reach: Reach<'_>) -> Result<(), Trouble> {
        let mode = match how {
            Begin::Read => "ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Begin::Write => "ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        let Bounds { statement, idle_in_transaction } = self.limits;
        let (at_most, idle) = (statement.as_millis(), idle_in_transaction.as_millis());
        self.is_open.set(true);
        self.is_failed.set(false);
        let begun = self.batch(&format!(
            "BEGIN {mode}; SET LOCAL statement_timeout = {at_most}; SET LOCAL lock_timeout = {at_most}; \
             SET LOCAL idle_in_transaction_session_timeout = {idle}{}",
            reach.said()
        ));
        self.is_narrow.set(reach != Reach::All);
        begun.map_err(|trouble| match how {
            Begin::Write if trouble.is_of_standby() => {
                self.is_spent.set(true);
                Trouble::Standby
            }
            _ => trouble,
        })
    }

    /// Commits, having carried out some statements without parameters. What comes back tells a failure before the commit from one after which nobody knows.
    pub(crate) fn commit(&self, before: &str) -> Result<(), Trouble> {
        if self.is_failed.get() {
            return Err(Trouble::Damaged("a transaction goes on after a failure".to_owned()));
        }
        self.batch(before)?;
        // A commit that waits for a standby and is cancelled says that it succeeded; so it has no time limit over there, and whoever waits too long for it here cuts the connection.
        let outcome = self.batch("SET LOCAL statement_timeout = 0; COMMIT");
        match outcome {
            Ok(()) => {
                self.is_open.set(false);
                Ok(())
            }
            Err(trouble) if trouble.is_of_statement() => Err(trouble),
            Err(trouble) => Err(Trouble::Unknown(Box::new(trouble))),
        }
    }

    /// Ends the transaction without a trace. A connection that can't do that is dropped, which does it too.
    pub(crate) fn roll_back(&self) {
        if self.is_open.get() && self.batch("ROLLBACK").is_ok() {
            self.is_open.set(false);
        }
    }

    /// Begins a part of the transaction that can be undone alone, and sees one space.
    pub(crate) fn part(&self, space: &str) -> Result<(), Trouble> {
        self.is_narrow.set(true);
        self.batch(&format!("SAVEPOINT part{}", Reach::Space(space).said()))
    }

    /// Sees all spaces again behind the parts that saw one each.
    pub(crate) fn widen(&self) -> Result<(), Trouble> {
        if self.is_narrow.replace(false) { self.batch("SET LOCAL annals.reach = 'all'") } else { Ok(()) }
    }

    /// Undoes the newest part, whatever failed in it.
    pub(crate) fn undo_part(&self) -> Result<(), Trouble> {
        self.batch("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")?;
        self.is_failed.set(false);
        Ok(())
    }

    /// Whether it was cut.
    pub(crate) fn is_lost(&self) -> bool {
        self.client.as_ref().is_none_or(|client| client.is_closed())
    }

    /// Lets the transaction wait for as long as it likes between two statements.
    pub(crate) fn wait_for_ever(&self) -> Result<(), Trouble> {
        self.batch("SET LOCAL idle_in_transaction_session_timeout = 0")
    }

    /// Carries out statements without parameters.
    pub(crate) fn batch(&self, statements: &str) -> Result<(), Trouble> {
        if statements.is_empty() {
            return Ok(());
        }
        self.wait(async |client: &Object| client.batch_execute(statements).await)
    }

    /// Carries out a statement, and answers how many rows it changed.
    pub(crate) fn execute(&self, statement: &str, parameters: &[&dyn Parameter]) -> Result<u64, Trouble> {
        let bound: Vec<_> = parameters.iter().map(|parameter| parameter.bound()).collect();
        self.wait(async |client: &Object| client.execute_typed(statement, &bound).await)
    }

    /// The rows of a statement.
    pub(crate) fn rows(&self, statement: &str, parameters: &[&dyn Parameter]) -> Result<Vec<Row>, Trouble> {
        let bound: Vec<_> = parameters.iter().map(|parameter| parameter.bound()).collect();
        self.wait(async |client: &Object| client.query_typed(statement, &bound).await)
    }

    /// The first row of a statement, if it has any.
    pub(crate) fn first(&self, statement: &str, parameters: &[&dyn Parameter]) -> Result<Option<Row>, Trouble> {
        Ok(self.rows(statement, parameters)?.into_iter().next())
    }

    /// The one row of a statement that has one.
    pub(crate) fn one(&self, statement: &str, parameters: &[&dyn Parameter]) -> Result<Row, Trouble> {
        self.first(statement, parameters)?.ok_or_else(|| Trouble::Damaged("a row is missing".to_owned()))
    }

    fn wait<T>(&self, work: impl AsyncFnOnce(&Object) -> Result<T, tokio_postgres::Error>) -> Result<T, Trouble> {
        let client = self.client.as_ref().expect("taken out by drop alone");
        let _inside = self.handle.enter();
        let answer = block_on(async { tokio::time::timeout(self.limits.statement + GRACE, work(client)).await });
        let answer = answer.map_err(|_| Trouble::Silent).and_then(|answer| Ok(answer?));
        self.is_failed.set(self.is_failed.get() || answer.is_err());
        if matches!(answer, Err(Trouble::Silent)) {
            // Whatever it is at, nobody else shall wait for it.
            self.is_open.set(true);
        }
        answer
    }
}

/// One that is in the middle of something is of no use to anybody else.
impl Drop for Connection {
    fn drop(&mut self) {
        let _inside = self.handle.enter();
        match self.client.take() {
            Some(client) if self.is_open.get() || self.is_spent.get() => drop(Object::take(client)),
            client => drop(client),
        }
    }
}

/// Closes from time to time what nobody has used for as long as this.
async fn close_idle(pool: WeakPool, idle_timeout: Duration) {
    let mut times = tokio::time::interval((idle_timeout / 2).max(Duration::from_millis(1)));
    loop {
        times.tick().await;
        let Some(pool) = pool.upgrade() else { return };
        pool.retain(|_, metrics| metrics.last_used() < idle_timeout);
    }
}

/// Waits on this thread until the future is done, which the runtime's own thread sees to.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests;
