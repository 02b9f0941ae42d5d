//! Connections, and waiting for them: the one place that knows an async driver.
//!
//! The store's methods block, so that no caller needs a runtime. A small one of its own drives the sockets, on one thread; whoever calls waits for its answer without it, so that a caller
//! who is inside another runtime is no special case.
//!
//! Behind a pooler whatever is set is set for one transaction, so that it does not matter which connection the pooler hands out for each, and every statement is sent unnamed, with its parameters'
//! types beside it, and planned anew. Only where there is none, which each connection proves when it is made (`connecting`), do statements and the limits of time stay on it.
//!
//! What has no answer worth waiting for is sent with the next statement, and statements that do not need each other's answers are sent together: so a transaction waits for the server a few times,
//! however many statements it has.

mod statement;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use annals_store::Error;
use deadpool_postgres::{Manager, ManagerConfig, Object, RecyclingMethod, WeakPool};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::Row;

use crate::address::Address;
use crate::connecting::Connecting;
use crate::failure::{Trouble, closed};
use crate::opening::Opening;
use crate::silence::{FIRST_DOUBT, LONGEST_DOUBT, Silence};

use self::statement::{Failed, Keeping, What};

pub(crate) use self::statement::{Answer, Bundle, Parameter, Statement};

/// How long the server may take beyond a statement's time before its connection is given up.
const GRACE: Duration = Duration::from_secs(5);
/// So many statements that were put together stay prepared on each connection, the first.
const MAX_FORMS: usize = 256;

/// The connections of one store.
pub(crate) struct Pool {
    address: Address,
    idle: deadpool_postgres::Pool,
    handle: Handle,
    /// Taken out to be ended.
    runtime: Mutex<Option<Runtime>>,
    limits: Bounds,
    /// Whether something between us and the server may hand out another connection for each transaction.
    is_pooled: Arc<AtomicBool>,
    /// Statements that were put together and stay prepared.
    forms: Arc<Mutex<HashSet<String>>>,
    silence: Arc<Silence>,
}

/// How long the server waits in a transaction.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// For a statement to end.
    statement: Duration,
    /// For the next one.
    idle_in_transaction: Duration,
}

impl Bounds {
    /// The settings that make it so, each between these.
    fn said(self, before: &str, behind: &str) -> String {
        let (at_most, idle) = (self.statement.as_millis(), self.idle_in_transaction.as_millis());
        let settings = [
            format!("statement_timeout={at_most}"),
            format!("lock_timeout={at_most}"),
            format!("idle_in_transaction_session_timeout={idle}"),
        ];
        settings.map(|setting| format!("{before}{setting}{behind}")).concat()
    }
}

thread_local! {
    /// Of which pool, and by which connection, this thread writes.
    static WRITING: RefCell<Option<(usize, Rc<Connection>)>> = const { RefCell::new(None) };
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
    /// This transaction sees all spaces of what agents know: a statement is planned for that or for one space.
    sees_all: Cell<bool>,
    /// The same before its newest part.
    saw_all: Cell<bool>,
    /// Statements without an answer, which go with the next.
    pending: RefCell<String>,
    /// The first of those begins a transaction, which the server knows nothing of yet.
    begins: Cell<bool>,
    /// How this transaction began.
    begun: Cell<Begin>,
    is_pooled: Arc<AtomicBool>,
    forms: Arc<Mutex<HashSet<String>>>,
    silence: Arc<Silence>,
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
    /// What makes it so until the transaction ends, behind another statement.
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

impl Pool {
    /// Connects to nothing yet.
    pub(crate) fn new(address: &Address, opening: &Opening) -> Result<Self, Error> {
        let (connecting, at_most) = Connecting::new(address, opening)?;
        let limits = address.limits();
        let statement_timeout = opening.bounded(limits.statement_timeout.unwrap_or(opening.statement_timeout));
        let bounds = Bounds {
            statement: statement_timeout,
            idle_in_transaction: limits.idle_in_transaction_session_timeout.unwrap_or(statement_timeout),
        };
        let (is_pooled, connecting) = (connecting.is_pooled(), connecting.setting(bounds.said("-c ", " ")));
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
        Ok(Self {
            address: address.clone(),
            idle: pool,
            handle: runtime.handle().clone(),
            runtime: Mutex::new(Some(runtime)),
            limits: bounds,
            is_pooled,
            forms: Arc::default(),
            silence: Arc::new(Silence::new(Connecting::new(address, opening)?.0)),
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
        if self.silence.is_known() {
            return Err(Trouble::Silent.of(&self.address));
        }
        let _inside = self.handle.enter();
        let client = block_on(self.idle.get()).map_err(|error| {
            let trouble = Trouble::from(error);
            if matches!(trouble, Trouble::Silent) {
                self.silence.begin(&self.handle);
            }
            trouble.of(&self.address)
        })?;
        Ok(Connection {
            client: Some(client),
            handle: self.handle.clone(),
            limits: self.limits,
            is_open: Cell::new(false),
            is_failed: Cell::new(false),
            is_spent: Cell::new(false),
            sees_all: Cell::new(false),
            saw_all: Cell::new(false),
            pending: RefCell::default(),
            begins: Cell::new(false),
            begun: Cell::new(Begin::Read),
            is_pooled: self.is_pooled.clone(),
            forms: self.forms.clone(),
            silence: self.silence.clone(),
        })
    }

    /// Reads one state of the log.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Error> {
        self.read_in(Reach::Nothing, work)
    }

    /// Reads one state of the log, and of what agents know as far as that reaches.
    ///
    /// Whoever writes in this thread reads by the connection that it has: another one may never come free while others wait for this one's lock.
    pub(crate) fn read_in<T>(
        &self,
        reach: Reach<'_>,
        work: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, Error> {
        if reach == Reach::Nothing
            && let Some(writing) = self.writing_here()
        {
            return work(&writing).map_err(|trouble| trouble.of(&self.address));
        }
        let connection = self.take()?;
        let outcome = connection.look_in(reach, work);
        // What was cut off by closing is told as that.
        outcome.map_err(|trouble| if self.idle.is_closed() { closed() } else { trouble.of(&self.address) })
    }

    /// Does something in a transaction under the write lock.
    pub(crate) fn while_writing<T>(&self, connection: Connection, work: impl FnOnce(&Connection) -> T) -> T {
        /// What was being written before is again, a panic or not.
        struct Back(Option<(usize, Rc<Connection>)>);
        impl Drop for Back {
            fn drop(&mut self) {
                WRITING.set(self.0.take());
            }
        }
        let connection = Rc::new(connection);
        let _back = Back(WRITING.replace(Some((self.number(), Rc::clone(&connection)))));
        work(&connection)
    }

    /// The connection by which this thread writes.
    fn writing_here(&self) -> Option<Rc<Connection>> {
        WRITING.with_borrow(|writing| {
            writing.as_ref().filter(|(pool, _)| *pool == self.number()).map(|(_, connection)| Rc::clone(connection))
        })
    }

    /// What tells this pool from others in this process.
    fn number(&self) -> usize {
        Arc::as_ptr(&self.is_pooled) as usize
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
        self.begin(Begin::Read, reach);
        let outcome = work(self);
        self.roll_back();
        outcome
    }

    /// Begins a transaction with its limits, as soon as it has a statement.
    pub(crate) fn begin(&self, how: Begin, reach: Reach<'_>) {
        let mode = match how {
            Begin::Read => "ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Begin::Write => "ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        // With the server itself they were agreed on when the connection was made.
        let is_pooled = self.is_pooled.load(Ordering::Relaxed);
        let bounds = if is_pooled { self.limits.said("; SET LOCAL ", "") } else { String::new() };
        self.is_open.set(true);
        self.is_failed.set(false);
        self.begins.set(true);
        self.begun.set(how);
        self.pending.replace(format!("BEGIN {mode}{bounds}{}", reach.said()));
        self.sees_all.set(reach == Reach::All);
    }

    /// Carries out the last statements and commits. What comes back tells a failure before the commit from one after which nobody knows.
    pub(crate) fn commit(&self, last: &[Statement<'_>]) -> Result<(), Trouble> {
        if self.is_failed.get() {
            return Err(Trouble::Damaged("a transaction goes on after a failure".to_owned()));
        }
        // Behind a statement that failed it is none. One that waits for a standby and is cancelled says that it succeeded; so it has no time limit over there, and whoever waits too long for it
        // here cuts the connection.
        match self.send(last, "SET LOCAL statement_timeout = 0; COMMIT") {
            Ok(_) => {
                self.is_open.set(false);
                Ok(())
            }
            // A row that was refused is told already.
            Err(trouble) if trouble.is_of_statement() || matches!(trouble, Trouble::Told(_)) => Err(trouble),
            Err(trouble) => Err(Trouble::Unknown(Box::new(trouble))),
        }
    }

    /// Ends the transaction without a trace. A connection that can't do that is dropped, which does it too.
    pub(crate) fn roll_back(&self) {
        let is_unsent = self.begins.replace(false);
        self.pending.take();
        if !self.is_open.get() || self.is_spent.get() {
            return;
        }
        if is_unsent {
            self.is_open.set(false);
        } else if self.begun.get() == Begin::Read && !self.is_failed.get() {
            self.leave();
        } else {
            self.is_open.set(self.batch("ROLLBACK").is_err());
        }
    }

    /// Sends the end of a transaction that holds nothing, for whose answer there is no need to wait: whatever comes next on this connection comes behind it.
    fn leave(&self) {
        let client = self.client.as_ref().expect("taken out by drop alone");
        let mut sent = pin!(client.batch_execute("ROLLBACK"));
        let refused = matches!(sent.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Err(_)));
        self.is_open.set(refused);
    }

    /// Begins a part of the transaction that can be undone alone, and sees one space.
    pub(crate) fn part(&self, space: &str) {
        self.saw_all.set(self.sees_all.replace(false));
        self.push(&format!("SAVEPOINT part{}", Reach::Space(space).said()));
    }

    /// Sees all spaces again behind the parts that saw one each.
    pub(crate) fn widen(&self) {
        if !self.sees_all.replace(true) {
            self.push("SET LOCAL annals.reach = 'all'");
        }
    }

    /// Undoes the newest part, whatever failed in it.
    pub(crate) fn undo_part(&self) -> Result<(), Trouble> {
        self.batch("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")?;
        self.sees_all.set(self.saw_all.get());
        self.is_failed.set(false);
        Ok(())
    }

    /// Whether this transaction sees one state of the database and nothing of its own.
    pub(crate) fn is_reading(&self) -> bool {
        self.begun.get() == Begin::Read
    }

    /// Whether it was cut.
    pub(crate) fn is_lost(&self) -> bool {
        self.client.as_ref().is_none_or(|client| client.is_closed())
    }

    /// Lets the transaction wait for as long as it likes between two statements.
    pub(crate) fn wait_for_ever(&self) {
        self.push("SET LOCAL idle_in_transaction_session_timeout = 0");
    }

    /// Sends these with the next statement.
    pub(crate) fn push(&self, statements: &str) {
        let mut pending = self.pending.borrow_mut();
        if !pending.is_empty() {
            pending.push_str("; ");
        }
        pending.push_str(statements);
    }

    /// Carries out statements without parameters.
    pub(crate) fn batch(&self, statements: &str) -> Result<(), Trouble> {
        self.send(&[], statements).map(drop)
    }

    /// Carries out a statement, and answers how many rows it changed.
    pub(crate) fn execute(&self, text: &'static str, values: &[&dyn Parameter]) -> Result<u64, Trouble> {
        Ok(self.answer(Statement::kept(text, values))?.n_changed)
    }

    /// The rows of a statement.
    pub(crate) fn rows(&self, text: &'static str, values: &[&dyn Parameter]) -> Result<Vec<Row>, Trouble> {
        Ok(self.answer(Statement::kept(text, values))?.rows)
    }

    /// The first row of a statement, if it has any.
    pub(crate) fn first(&self, text: &'static str, values: &[&dyn Parameter]) -> Result<Option<Row>, Trouble> {
        Ok(self.rows(text, values)?.into_iter().next())
    }

    /// The one row of a statement that has one.
    pub(crate) fn one(&self, text: &'static str, values: &[&dyn Parameter]) -> Result<Row, Trouble> {
        self.answer(Statement::kept(text, values))?.one()
    }

    /// What a statement answers.
    pub(crate) fn answer(&self, statement: Statement<'_>) -> Result<Answer, Trouble> {
        Ok(self.together(&[statement])?.pop().unwrap_or_default())
    }

    /// What statements answer that are sent one behind the other, without waiting in between. Of several that fail, the first is told of.
    pub(crate) fn together(&self, statements: &[Statement<'_>]) -> Result<Vec<Answer>, Trouble> {
        if statements.is_empty() { Ok(Vec::new()) } else { self.send(statements, "") }
    }

    /// Sends what is pending, statements, and last of all statements without parameters, and waits for all answers.
    fn send(&self, statements: &[Statement<'_>], last: &str) -> Result<Vec<Answer>, Trouble> {
        let (pending, begins) = (self.pending.take(), self.begins.replace(false));
        let client = self.client.as_ref().expect("taken out by drop alone");
        let _inside = self.handle.enter();
        let n = u32::try_from(statements.len()).unwrap_or(u32::MAX).saturating_add(1);
        let at_most = self.limits.statement.saturating_mul(n).saturating_add(GRACE);
        let is_direct = !self.is_pooled.load(Ordering::Relaxed);
        let is_kept = |statement: &Statement<'_>| is_direct && self.keeps(statement);
        let sending = statement::send(client, &pending, statements, last, is_kept, self.sees_all.get());
        let answer = block_on(self.unless_silent(tokio::time::timeout(at_most, sending)));
        let answer = answer.unwrap_or(Err(Failed::Silent)).map_err(|failed| self.trouble(failed, begins));
        self.is_failed.set(self.is_failed.get() || answer.is_err());
        answer
    }

    /// What is waited for, unless the server answers nobody any more.
    async fn unless_silent<T>(
        &self,
        waiting: impl Future<Output = Result<T, tokio::time::error::Elapsed>>,
    ) -> Result<T, tokio::time::error::Elapsed> {
        let mut waiting = pin!(waiting);
        let mut doubt = FIRST_DOUBT;
        loop {
            match tokio::time::timeout(doubt, waiting.as_mut()).await {
                Ok(answer) => return answer,
                Err(elapsed) if !self.silence.is_broken().await => {
                    self.silence.begin(&self.handle);
                    return Err(elapsed);
                }
                Err(_) => doubt = (doubt * 2).min(LONGEST_DOUBT),
            }
        }
    }

    fn keeps(&self, statement: &Statement<'_>) -> bool {
        match statement.keeping {
            Keeping::Always => true,
            Keeping::Never => false,
            Keeping::AsForm => {
                let mut forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
                forms.contains(statement.text) || forms.len() < MAX_FORMS && forms.insert(statement.text.to_owned())
            }
        }
    }

    /// What failed, and whether this connection is of use to anybody afterwards.
    fn trouble(&self, failed: Failed, begins: bool) -> Trouble {
        let (error, what) = match failed {
            Failed::Silent => {
                // Whatever it is at, nobody else shall wait for it.
                self.is_spent.set(true);
                return Trouble::Silent;
            }
            Failed::Told(error, what) => (error, what),
        };
        let trouble = Trouble::from(error);
        if what == What::Pending && begins && self.begun.get() == Begin::Write && trouble.is_of_standby() {
            self.is_spent.set(true);
            return Trouble::Standby;
        }
        if trouble.is_of_preparing() {
            // Something stands between us and the server all the same, or what was prepared is outdated.
            self.is_pooled.fetch_or(trouble.is_of_unknown_statement(), Ordering::Relaxed);
            self.is_spent.set(true);
        }
        if what == What::Rows { trouble.of_rows() } else { trouble }
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
