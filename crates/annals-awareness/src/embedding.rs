//! Vectors of entries and questions, beside the service: a queue that is worked off in the background, and a lane of the search that is never waited for longer than a moment.
//!
//! Which entries wait for a vector is kept in the database, with the entries (`annals_store::awareness::vectors`). Workers take from there, ask the provider, and hand in what they got; nobody else
//! waits for a provider but a search, for a moment, and not even that while the provider is known not to answer ([`line`]).
//!
//! The provider is known by its trait alone: which one it is and where, whoever starts the process says.

mod asking;
mod line;
mod passages;
mod worker;

use std::collections::HashSet;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use annals_embed::{Embedder, Reranker};
use annals_store::awareness::vectors::{Backlog, Model, ModelId, Turn};

use self::asking::Remembered;
use self::line::Line;

pub(crate) use asking::Lane;

/// How embedding goes about its work.
#[derive(Clone, Debug)]
pub struct Pace {
    /// How long a search waits for the vector of its question.
    pub patience: Duration,
    /// How long a worker waits for the vectors of a batch.
    pub batch_patience: Duration,
    /// How many batches are under way at once.
    pub n_workers: usize,
    /// The first pause after a provider did not answer; it doubles up to a minute.
    pub first_pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            patience: Duration::from_millis(300),
            batch_patience: Duration::from_secs(30),
            n_workers: 2,
            first_pause: Duration::from_secs(1),
        }
    }
}

/// What makes vectors for a service, and what it has still to do.
pub struct Embedding {
    embedder: Arc<dyn Embedder>,
    reranker: Option<Arc<dyn Reranker>>,
    pace: Pace,
    /// Whether the provider answers.
    line: Line,
    reranks: Line,
    /// Vectors of questions.
    remembered: Mutex<Remembered>,
    /// The provider's model as the store knows it.
    own: OnceLock<(Model, ModelId)>,
    /// The provider with the model that served before, once it was looked for.
    other: Mutex<Option<Other>>,
    state: Mutex<State>,
    news: Condvar,
    /// Held by who takes entries.
    taking: Mutex<()>,
    /// How many texts the provider is given at once: fewer, where it did not come to an end with more.
    n_texts: AtomicUsize,
    /// The turn of this process, while a worker has it.
    turn: Mutex<Weak<Turn>>,
}

/// The provider with another of its models, by that one's name; `None` where it has none of this name.
type Other = (String, Option<Arc<dyn Embedder>>);

/// What the workers share.
#[derive(Default)]
struct State {
    /// Entries that somebody has taken.
    taken: HashSet<i64>,
    /// The model whose vectors answer questions.
    serving: Option<Model>,
    /// Counts what may have made work, so that nobody sleeps through it.
    n_nudges: u64,
    is_stopping: bool,
}

/// How embedding stands, for whoever asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The provider's model.
    pub model: String,
    /// How far it has come; `None` before the provider has answered for the first time.
    pub backlog: Option<Backlog>,
    /// Why the provider can't be asked now, in words for any client.
    pub trouble: Option<&'static str>,
}

impl Embedding {
    /// Embeds with this provider at this pace. Entries are embedded once [`Awareness::embed`](crate::Awareness::embed) runs.
    pub fn new(embedder: Arc<dyn Embedder>, reranker: Option<Arc<dyn Reranker>>, pace: Pace) -> Self {
        Self {
            line: Line::new(pace.first_pause),
            reranks: Line::new(pace.first_pause),
            embedder,
            reranker,
            pace,
            remembered: Mutex::default(),
            own: OnceLock::new(),
            other: Mutex::default(),
            state: Mutex::default(),
            news: Condvar::new(),
            taking: Mutex::default(),
            n_texts: AtomicUsize::new(worker::MOST_TEXTS),
            turn: Mutex::default(),
        }
    }

    pub(crate) fn n_workers(&self) -> usize {
        self.pace.n_workers.max(1)
    }

    /// Why the provider can't be asked now, in words for any client.
    pub(crate) fn trouble(&self) -> Option<&'static str> {
        self.line.trouble()
    }

    /// Whether somebody gives second opinions.
    pub(crate) fn has_reranker(&self) -> bool {
        self.reranker.is_some()
    }

    /// Tells the workers that there may be something to do.
    pub(crate) fn nudge(&self) {
        self.lock().n_nudges += 1;
        self.news.notify_all();
    }

    /// Ends the workers, each after what it is at. An answer that comes later is for nobody.
    pub fn stop(&self) {
        self.lock().is_stopping = true;
        self.news.notify_all();
    }

    /// What makes vectors of this model; `None` where nothing does any more.
    fn embedder_of(&self, model: &str) -> Option<Arc<dyn Embedder>> {
        if self.embedder.model() == model {
            return Some(Arc::clone(&self.embedder));
        }
        let mut other = self.other.lock().unwrap_or_else(PoisonError::into_inner);
        match &*other {
            Some((name, known)) if name == model => known.clone(),
            _ => {
                let found = self.embedder.other(model);
                *other = Some((model.to_owned(), found.clone()));
                found
            }
        }
    }

    /// Every step leaves the state whole, so that of a poisoned lock nothing is to be feared.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Embedding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Embedding").field("model", &self.embedder.model()).finish_non_exhaustive()
    }
}
