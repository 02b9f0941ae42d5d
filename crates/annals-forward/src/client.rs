//! The store that is a server's: what is appended goes there, and is durable when the server has said so.
//!
//! Nothing is contacted before the first append. While the server is away it is asked at growing intervals, and in between the last trouble is answered at once, so that
//! whoever calls keeps its own patience. Every batch may be sent again after a lost answer: the producer's mark, which the server keeps, makes the second one harmless.
//!
//! What the server refuses for itself it puts aside itself, so that no event is thrown away on this side, whatever stands between the two and answers in its name.

mod http;
mod parcel;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use annals_event::{EventId, ProducerId, StoredEvent, Timestamp};
use annals_store::{
    Appended, Batch, Bucket, BucketWidth, Error, ErrorKind, EventStore, Filter, Head, LogId, Mark, OpenOperations,
    Origin, Page, PageRequest, Refused, SessionPage,
};

use self::http::{Http, Reply};
use self::parcel::Parcel;
use crate::{Answer, Top};

/// The pause after the first failure to reach the server; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Short enough that a server that is back is noticed within seconds.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a request shows to be let in. Never printed.
#[derive(Clone, Default)]
pub enum Token {
    /// Nothing.
    #[default]
    None,
    /// This text.
    Given(String),
    /// What stands in this file when it is needed, so that it may be changed meanwhile.
    File(PathBuf),
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => formatter.write_str("None"),
            Self::Given(_) => formatter.write_str("Given([set])"),
            Self::File(path) => formatter.debug_tuple("File").field(path).finish(),
        }
    }
}

/// A log that is kept by a server.
#[derive(Debug)]
pub struct ForwardStore {
    http: Http,
    /// When to speak to the server again, and why not before.
    waiting: Mutex<Waiting>,
    /// What the server said of its log.
    log: Mutex<Option<LogId>>,
    is_closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    n_failures: u32,
    until: Option<(Instant, Error)>,
}

impl ForwardStore {
    /// A store behind this address, such as `https://audit.example:8420`. `timeout` bounds a request with its answer. Contacts nobody.
    pub fn new(server: &str, token: Token, timeout: Duration) -> Self {
        Self {
            http: Http::new(server, token, timeout),
            waiting: Mutex::default(),
            log: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Asks whether the server answers and lets this token read.
    pub fn probe(&self) -> Result<(), Error> {
        match self.http.get("/v1/events?limit=1")? {
            Reply::Done(_) => Ok(()),
            Reply::Jump | Reply::TooLarge => Err(self.http.strange("an answer to another question")),
            Reply::Later { error, .. } => Err(error),
        }
    }

    /// Sends one parcel and reads the answer.
    fn send(&self, parcel: &Parcel) -> Result<Sent, Error> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the way to the server was closed"));
        }
        {
            let waiting = lock(&self.waiting);
            if let Some((until, error)) = &waiting.until
                && Instant::now() < *until
            {
                return Err(error.clone());
            }
        }
        let replied = self.http.post(parcel.body());
        let mut waiting = lock(&self.waiting);
        let reply = match replied {
            Ok(Reply::Later { error, after }) => {
                let pause = after.unwrap_or_else(|| next_pause(&mut waiting));
                waiting.until = Some((Instant::now() + pause, error.clone()));
                return Err(error);
            }
            // That is about one producer.
            Err(error) if error.kind() == ErrorKind::Foreign => return Err(error),
            Err(error) => {
                let pause = next_pause(&mut waiting);
                waiting.until = Some((Instant::now() + pause, error.clone()));
                return Err(error);
            }
            Ok(reply) => reply,
        };
        *waiting = Waiting::default();
        drop(waiting);
        match reply {
            Reply::Done(body) => {
                let answer = Answer::read(&body, parcel.n_events())
                    .ok_or_else(|| self.http.strange("something that is no answer to a batch of events"))?;
                *lock(&self.log) = Some(answer.log);
                Ok(Sent::Taken(answer))
            }
            Reply::TooLarge => Ok(Sent::TooLarge),
            Reply::Jump | Reply::Later { .. } => Err(Error::new(
                ErrorKind::Jump,
                "the server lacks events that this producer had sent it: its database was put back (hint: the next process that records here declares what is missing)",
            )),
        }
    }

    /// Sends what has no events, for the answer alone.
    fn ask(&self, top: &Top) -> Result<Answer, Error> {
        match self.send(&Parcel::empty(top))? {
            Sent::Taken(answer) => Ok(answer),
            Sent::TooLarge => Err(self.http.strange("that a line is too large for it")),
        }
    }

    /// There is nothing to read here.
    fn elsewhere<T>(&self) -> Result<T, Error> {
        Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "the trail is kept by the server `{0}` (hint: look at {0}/ in a browser, or ask its `/v1/events`)",
                self.http.server()
            ),
        ))
    }
}

enum Sent {
    Taken(Answer),
    TooLarge,
}

fn next_pause(waiting: &mut Waiting) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(1 << waiting.n_failures.min(6)).min(LONGEST_PAUSE);
    waiting.n_failures = waiting.n_failures.saturating_add(1);
    pause
}

/// Takes a lock; what these locks guard is whole at every step.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl EventStore for ForwardStore {
    /// The server's log as far as it has named it; zeros before.
    fn log_ids(&self) -> (LogId, Vec<LogId>) {
        (lock(&self.log).unwrap_or(LogId::from_bytes([0; 16])), Vec::new())
    }

    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        let Origin::Producer(producer) = batch.origin else {
            return Err(Error::new(ErrorKind::Invalid, "a server takes events of a journal alone"));
        };
        if batch.events.is_empty() && batch.gaps.is_empty() && batch.sheds.total == 0 {
            return Ok(Appended::default());
        }
        let mut n_at_most = batch.events.len();
        loop {
            let parcel = Parcel::of(producer, batch, n_at_most)?;
            match self.send(&parcel)? {
                Sent::Taken(answer) => {
                    return Ok(Appended {
                        n_taken: answer.seqs.len(),
                        seqs: answer.seqs,
                        n_gaps: answer.n_gaps,
                        buried: answer.buried,
                    });
                }
                Sent::TooLarge if 1 < parcel.n_events() => n_at_most = parcel.n_events() / 2,
                Sent::TooLarge => {
                    return Err(Error::new(
                        ErrorKind::Io,
                        format!(
                            "the server `{}` takes no body of {} bytes, which one event needs (hint: raise its limit on bodies)",
                            self.http.server(),
                            parcel.body().len()
                        ),
                    ));
                }
            }
        }
    }

    /// Nothing is put aside here: the server does that itself.
    fn bury(&self, _: &Refused<'_>) -> Result<Option<u64>, Error> {
        Err(Error::new(ErrorKind::Invalid, "the server puts aside what it refuses"))
    }

    /// What nobody owns is ended by the server in its own time.
    fn end_operations(&self, which: OpenOperations) -> Result<u64, Error> {
        match which {
            OpenOperations::UnownedBefore(_) => Ok(0),
            OpenOperations::OwnedBy(producer) => Ok(self.ask(&Top { ended: true, ..Top::new(producer) })?.n_ended),
        }
    }

    fn end_sessions(&self, _: Timestamp) -> Result<u64, Error> {
        Ok(0)
    }

    fn mark(&self, producer: ProducerId) -> Result<Mark, Error> {
        let answer = self.ask(&Top::new(producer))?;
        Ok(Mark { next_pseq: answer.next_pseq, n_shed: answer.n_shed })
    }

    fn head(&self) -> Result<Head, Error> {
        self.elsewhere()
    }

    fn query(&self, _: &Filter, _: &PageRequest) -> Result<Page, Error> {
        self.elsewhere()
    }

    fn get(&self, _: EventId) -> Result<Option<StoredEvent>, Error> {
        self.elsewhere()
    }

    fn ids_with_prefix(&self, _: &str, _: usize) -> Result<Vec<EventId>, Error> {
        self.elsewhere()
    }

    fn sessions_with_prefix(&self, _: &str, _: usize) -> Result<Vec<String>, Error> {
        self.elsewhere()
    }

    fn count(&self, _: &Filter) -> Result<u64, Error> {
        self.elsewhere()
    }

    fn sessions(&self, _: &Filter, _: &PageRequest) -> Result<SessionPage, Error> {
        self.elsewhere()
    }

    fn stats(&self, _: &Filter, _: BucketWidth) -> Result<Vec<Bucket>, Error> {
        self.elsewhere()
    }

    fn n_dead_letters(&self) -> Result<u64, Error> {
        self.elsewhere()
    }

    /// What the server has answered for is on its disk.
    fn settle(&self) -> Result<(), Error> {
        Ok(())
    }

    fn close(&self) -> Result<(), Error> {
        self.is_closed.store(true, Ordering::Release);
        Ok(())
    }
}
