//! Hearing of what other processes have written: `LISTEN`, on one connection that does nothing else.
//!
//! A writer whose transaction puts rows into the log tells so in it (`NOTIFY`), once, and only if somebody listens: every transaction of the server that tells something commits behind the others
//! that do. Who listens has a lock together with all who do; a writer tries to have it alone until its transaction ends, and if it can, nobody listens. Whoever begins to meanwhile waits for that
//! transaction, and looks at the log after it. So nothing is missed between the two, and there is no list of listeners that somebody would have to clean.
//!
//! A pooler may answer `LISTEN` and yet tell nobody anything, and an address may be another database's. So it is tried: a word that is said on an ordinary connection has to arrive. Until it has,
//! and whenever the connection is lost, whoever waits for news looks for itself, more often; it is also called at both of these moments.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use annals_store::{Error, Heard};
use deadpool_postgres::WeakPool;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client};

use crate::connecting::{Connecting, Driven};
use crate::writer::random;

/// Between two looks where nobody tells.
const UNTOLD: Duration = Duration::from_millis(500);
/// Between two looks where somebody does: should it be for nothing, news are a second late and no more.
const TOLD: Duration = Duration::from_secs(1);
/// How long any answer may take, and the word that is tried.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a connection on which nothing comes is asked whether it is still one.
const BEAT: Duration = Duration::from_secs(10);
/// The pause before a lost connection is made anew; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The pause where listening is of no use as things stand.
const DEAF_PAUSE: Duration = Duration::from_mins(1);

/// The lock of those who listen; a number that nobody else takes in this database.
macro_rules! lock {
    () => {
        "1095650894"
    };
}

/// What a transaction that has put rows into the log does last.
pub(crate) const TELL: &str =
    concat!("SELECT pg_notify('annals', '') WHERE NOT pg_try_advisory_xact_lock(", lock!(), ")");
/// How listening begins.
const LISTEN: &str = "LISTEN annals";
/// And how writers come to know of it. It waits for those who have just found out that nobody listens.
const BE_KNOWN: &str = concat!("SELECT pg_advisory_lock_shared(", lock!(), ")");

/// Whether this store hears of what others write.
#[derive(Default)]
pub(crate) struct Listening {
    hears: Arc<AtomicBool>,
}

impl Listening {
    /// How long to wait between two looks.
    pub(crate) fn look_interval(&self) -> Duration {
        if self.hears.load(Ordering::Acquire) { TOLD } else { UNTOLD }
    }

    /// Listens for as long as the pool is open: what is to run on its runtime.
    pub(crate) fn listen(
        &self,
        connecting: Connecting,
        pool: WeakPool,
        heard: Heard,
    ) -> impl Future<Output = ()> + Send + use<> {
        let ear = Ear { connecting, pool, hears: Arc::clone(&self.hears), heard };
        async move { ear.listen().await }
    }
}

/// What listens.
struct Ear {
    connecting: Connecting,
    pool: WeakPool,
    hears: Arc<AtomicBool>,
    heard: Heard,
}

/// Why nothing is heard.
enum End {
    /// There is no connection, or no more.
    Lost,
    /// There is one on which nothing comes.
    Deaf,
    /// The pool is closed.
    Over,
}

impl Ear {
    async fn listen(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let Err(end) = self.hear().await;
            if self.hears.swap(false, Ordering::AcqRel) {
                pause = FIRST_PAUSE;
                // They look more often from now on, and at once.
                (self.heard)();
            }
            match end {
                End::Over => return,
                End::Lost => tokio::time::sleep(pause).await,
                End::Deaf => tokio::time::sleep(DEAF_PAUSE).await,
            }
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// Listens on one connection, for as long as that goes well.
    async fn hear(&self) -> Result<Infallible, End> {
        let (client, connection) = in_time(self.connecting.any()).await?;
        let word = format!("{:016x}", random().map_err(|_: Error| End::Lost)?);
        let has_arrived = Arc::new(Notify::new());
        let mut driving = self.drive(connection, word.clone(), Arc::clone(&has_arrived));
        in_time(client.batch_execute(LISTEN)).await?;
        self.say(&word).await?;
        tokio::time::timeout(PATIENCE, has_arrived.notified()).await.map_err(|_| End::Deaf)?;
        in_time(client.batch_execute(BE_KNOWN)).await?;
        self.hears.store(true, Ordering::Release);
        // What was written before anybody knew that we listen is there to be seen.
        (self.heard)();
        loop {
            if tokio::time::timeout(BEAT, &mut driving).await.is_ok() {
                return Err(End::Lost);
            }
            in_time(alive(&client)).await?;
        }
    }

    /// Takes in what the server says, until it is gone.
    fn drive(&self, mut connection: Driven, word: String, has_arrived: Arc<Notify>) -> JoinHandle<()> {
        let heard = Arc::clone(&self.heard);
        tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                match message {
                    AsyncMessage::Notification(said) if said.payload() == word => has_arrived.notify_one(),
                    // Nothing is said of rows, whose number would have to be trusted.
                    AsyncMessage::Notification(said) if said.payload().is_empty() => heard(),
                    _ => {}
                }
            }
        })
    }

    /// Says a word on an ordinary connection.
    async fn say(&self, word: &str) -> Result<(), End> {
        let pool = self.pool.upgrade().ok_or(End::Over)?;
        let client = pool.get().await.map_err(|_| if pool.is_closed() { End::Over } else { End::Lost })?;
        in_time(client.batch_execute(&format!("SELECT pg_notify('annals', '{word}')"))).await
    }
}

async fn alive(client: &Client) -> Result<(), tokio_postgres::Error> {
    client.batch_execute("").await
}

/// An answer that comes before the patience is over.
async fn in_time<T>(answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, End> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        _ => Err(End::Lost),
    }
}
