//! Working the queue off.
//!
//! Each worker takes some entries that wait, cuts them into passages, asks for the vectors of those that have none, and hands all in, in one transaction. What it took is known to the others of this
//! process by number, and other processes have no turn meanwhile. Killed anywhere in between, it leaves the entries waiting as they were.
//! A provider that does not answer is asked again after the pause of its line, and for half as much: it may be slow. One that will not take a batch is given its entries one by one, and those that it will not take alone are marked.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use annals::Audit;
use annals_embed::{Failure, FailureKind};
use annals_store::awareness::VectorStore;
use annals_store::awareness::vectors::{Embedded, Model, ModelId, Passage as Kept, Turn, Waiting};

use super::passages::{self, Passage};
use super::{Embedding, Standing};

/// So many entries at once.
const BATCH: usize = 32;
/// So many texts in one call, unless the provider is too slow for that.
pub(super) const MOST_TEXTS: usize = 64;
/// A provider that needs less than this share of our patience is given more at once.
const EASY: u32 = 4;
/// How often a worker looks for what other processes wrote.
const LOOKS: Duration = Duration::from_secs(2);
/// What the provider is asked where there is nothing else to ask: whether it answers, and how many numbers its vectors have.
const PROBE: &str = "annals";

/// What a worker found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Round {
    /// Entries that were embedded, or are not taken.
    Worked(u64),
    /// Nothing waits.
    Idle,
    /// The provider or the store could not.
    Held,
}

impl Embedding {
    /// Works the queue off until [`Embedding::stop`]. Some threads may do so at once; the first who needs the database opens it.
    pub(crate) fn work(self: &Arc<Self>, audit: &Audit, opens: bool) {
        let mut turn = None;
        loop {
            let seen = self.lock().n_nudges;
            let round = if opens || audit.is_open() { self.round(audit, &mut turn) } else { Round::Idle };
            let pause = self.line().pause();
            let wait = match round {
                Round::Worked(_) => Duration::ZERO,
                Round::Held if !pause.is_zero() => pause,
                Round::Idle | Round::Held => LOOKS,
            };
            if self.is_over(seen, wait, round == Round::Held) {
                return;
            }
        }
    }

    /// Waits until there may be something to do; whether the work is over. Who waits for a provider is not woken by more work.
    fn is_over(&self, seen: u64, wait: Duration, is_held: bool) -> bool {
        let until = Instant::now() + wait;
        let mut state = self.lock();
        loop {
            if state.is_stopping {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !is_held && state.n_nudges != seen {
                return false;
            }
            state = self.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// One batch.
    fn round(self: &Arc<Self>, audit: &Audit, turn: &mut Option<SharedTurn>) -> Round {
        if self.line().trouble().is_some() && !self.line().pause().is_zero() {
            return Round::Held;
        }
        let outcome = audit.with_vectors(|store| self.batch(store, turn, None, BATCH));
        match outcome {
            Ok(round) => round,
            // Whoever opens the database tells that it can't be opened.
            Err(error) => {
                tracing::debug!("nothing was embedded: {error}");
                Round::Held
            }
        }
    }

    /// Embeds some entries that wait, of one space or of any.
    fn batch(
        self: &Arc<Self>,
        store: &dyn VectorStore,
        turn: &mut Option<SharedTurn>,
        space: Option<&str>,
        most: usize,
    ) -> Result<Round, annals_store::Error> {
        if turn.is_none() {
            *turn = self.turn(store)?;
        }
        self.look(store)?;
        let Some(own) = self.own(store)? else { return Ok(Round::Held) };
        if turn.is_none() {
            // Its questions are asked all the same.
            return Ok(self.idle());
        }
        self.replace(store, &own)?;
        let taken = Taken::some(self, store, own.1, space, most)?;
        if taken.waiting.is_empty() {
            self.settle(store, &own)?;
            return Ok(self.idle());
        }
        match self.embedded(&self.at_once(&taken.waiting)) {
            Ok(embedded) => {
                let n_embedded = store.embed(own.1, embedded)?;
                Ok(Round::Worked(n_embedded))
            }
            Err(failure) => {
                self.line().failed(&failure);
                Ok(Round::Held)
            }
        }
    }

    /// The first of these, as many as go into one call, and at least one: what a call brought is handed in before the next.
    fn at_once<'w>(&self, waiting: &'w [Waiting]) -> Vec<Cut<'w>> {
        let (most, mut n_texts) = (self.n_texts.load(Ordering::Relaxed), 0);
        let mut first = Vec::new();
        for waiting in waiting {
            let cut = Cut { waiting, passages: passages::of(&waiting.entry) };
            n_texts += cut.without_vectors().count();
            if most < n_texts && !first.is_empty() {
                break;
            }
            first.push(cut);
        }
        first
    }

    /// The vectors of some entries. An error is one of the provider, under which all of them wait on.
    fn embedded(&self, cuts: &[Cut<'_>]) -> Result<Vec<Embedded>, Failure> {
        match self.vectors(cuts) {
            Ok(embedded) => Ok(embedded),
            Err(failure) if 1 < cuts.len() && self.is_about_the_texts(&failure) => {
                let mut embedded = Vec::new();
                for cut in cuts {
                    match self.vectors(std::slice::from_ref(cut)) {
                        Ok(mut alone) => embedded.append(&mut alone),
                        Err(failure) if self.is_about_the_texts(&failure) => {
                            embedded.push(self.refused(cut.waiting, &failure));
                        }
                        Err(failure) => return Err(failure),
                    }
                }
                Ok(embedded)
            }
            Err(failure) if self.is_about_the_texts(&failure) => {
                Ok(cuts.iter().map(|cut| self.refused(cut.waiting, &failure)).collect())
            }
            Err(failure) => Err(failure),
        }
    }

    /// Whether other texts would do: a text that nobody minds does.
    fn is_about_the_texts(&self, failure: &Failure) -> bool {
        matches!(failure.kind, FailureKind::Refused | FailureKind::Malformed)
            && self.embedder.embed(&[PROBE], self.pace.batch_patience).is_ok()
    }

    fn refused(&self, waiting: &Waiting, failure: &Failure) -> Embedded {
        tracing::warn!("`{}` gives no vectors of entry `{}`: {failure}", self.embedder.model(), waiting.entry.id);
        Embedded { place: waiting.place, passages: Vec::new(), is_refused: true }
    }

    /// Asks for the vectors of passages that have none.
    fn vectors(&self, cuts: &[Cut<'_>]) -> Result<Vec<Embedded>, Failure> {
        let texts: Vec<&str> =
            cuts.iter().flat_map(Cut::without_vectors).map(|passage| passage.text.as_str()).collect();
        let mut vectors = Vec::with_capacity(texts.len());
        let most = self.n_texts.load(Ordering::Relaxed);
        let mut longest = Duration::ZERO;
        for texts in texts.chunks(most) {
            let began = Instant::now();
            let outcome = self.embedder.embed(texts, self.pace.batch_patience);
            if outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::Unavailable) {
                self.n_texts.fetch_min((texts.len() / 2).max(1), Ordering::Relaxed);
            }
            vectors.append(&mut outcome?);
            longest = longest.max(began.elapsed());
            self.line().answered();
        }
        // Not before all are there: one that fails with more would never come to the end of a long entry.
        if most <= texts.len() && longest < self.pace.batch_patience / EASY {
            self.n_texts.fetch_max((2 * most).min(MOST_TEXTS), Ordering::Relaxed);
        }
        let mut vectors = vectors.into_iter();
        let embedded = cuts.iter().map(|cut| {
            let mut kept = |passage: &Passage| {
                let vector = if cut.is_new(passage) { vectors.next() } else { None };
                Kept { digest: passage.digest, vector }
            };
            let passages = cut.passages.iter().map(&mut kept).collect();
            Embedded { place: cut.waiting.place, passages, is_refused: false }
        });
        Ok(embedded.collect())
    }

    /// Embeds now what of a space waits, also what was refused before: how many entries were embedded for the first time, how many again, and how many wait still, which nobody knows before the
    /// provider has answered once.
    pub(crate) fn backfill(
        self: &Arc<Self>,
        audit: &Audit,
        space: &str,
        most: u64,
    ) -> Result<([u64; 2], Option<u64>), annals::Error> {
        audit.with_vectors(|store| {
            store.retry(space)?;
            if self.line().pause().is_zero()
                && let Some(own) = self.own(store)?
            {
                self.replace(store, &own)?;
            }
            let (mut n_left, mut counts) = (most, [0; 2]);
            while 0 < n_left && self.line().pause().is_zero() {
                let Some(own) = self.own(store)? else { break };
                let n_wanted = usize::try_from(n_left).unwrap_or(BATCH).min(BATCH);
                let taken = Taken::some(self, store, own.1, Some(space), n_wanted)?;
                if taken.waiting.is_empty() {
                    break;
                }
                let cuts = self.at_once(&taken.waiting);
                n_left -= cuts.len() as u64;
                match self.embedded(&cuts) {
                    Ok(embedded) => {
                        for (cut, embedded) in cuts.iter().zip(&embedded).filter(|(_, one)| !one.is_refused) {
                            let is_again = !cut.waiting.known.is_empty();
                            counts[usize::from(is_again)] += u64::from(!embedded.passages.is_empty());
                        }
                        store.embed(own.1, embedded)?;
                    }
                    Err(failure) => self.line().failed(&failure),
                }
            }
            self.nudge();
            let n_remaining = match self.own.get() {
                Some((_, id)) => Some(store.backlog_of(*id, Some(space))?.n_waiting),
                None => None,
            };
            Ok((counts, n_remaining))
        })
    }

    /// How embedding stands in one space, or over all.
    pub(crate) fn standing(&self, audit: &Audit, space: Option<&str>) -> Result<Standing, annals::Error> {
        let backlog = match self.own.get() {
            Some((_, id)) => Some(audit.with_vectors(|store| store.backlog_of(*id, space))?),
            None => None,
        };
        let trouble = self.line().trouble();
        Ok(Standing { model: self.embedder.model().to_owned(), backlog, trouble })
    }

    /// The provider's model as the store knows it. Where its dimension is unknown, the provider is asked for it.
    fn own(&self, store: &dyn VectorStore) -> Result<Option<(Model, ModelId)>, annals_store::Error> {
        if let Some(own) = self.own.get() {
            return Ok(Some(own.clone()));
        }
        let dimension = match self.embedder.dimension() {
            Some(dimension) => dimension,
            None => match self.embedder.embed(&[PROBE], self.pace.batch_patience) {
                Ok(vectors) => vectors.first().map_or(0, Vec::len),
                Err(failure) => {
                    self.line().failed(&failure);
                    return Ok(None);
                }
            },
        };
        self.line().answered();
        let model = Model { name: self.embedder.model().to_owned(), dimension };
        let id = store.model(&model)?;
        let own = self.own.get_or_init(|| (model, id)).clone();
        self.look(store)?;
        Ok(Some(own))
    }

    /// What can't be asked for serves nobody: the own model takes its place with what it has.
    fn replace(&self, store: &dyn VectorStore, own: &(Model, ModelId)) -> Result<(), annals_store::Error> {
        let old = self.lock().serving.clone().filter(|serving| *serving != own.0);
        if let Some(old) = old
            && self.embedder_of(&old.name).is_none()
        {
            tracing::warn!(
                "`{}` can no longer be asked, so `{}` answers by the vectors that it has",
                old.name,
                own.0.name
            );
            store.serve(own.1)?;
            self.look(store)?;
        }
        Ok(())
    }

    /// Which model serves now.
    fn look(&self, store: &dyn VectorStore) -> Result<(), annals_store::Error> {
        let serving = store.serving()?;
        self.lock().serving = serving;
        Ok(())
    }

    /// Nothing waits: the own model serves, and the vectors of others go.
    fn settle(&self, store: &dyn VectorStore, own: &(Model, ModelId)) -> Result<(), annals_store::Error> {
        if !self.lock().taken.is_empty() {
            return Ok(());
        }
        if self.lock().serving.as_ref() != Some(&own.0) {
            store.serve(own.1)?;
            self.look(store)?;
        }
        while store.forget_others(own.1)? {}
        Ok(())
    }

    /// There is nothing to embed: a provider in trouble is asked whether it answers again.
    fn idle(&self) -> Round {
        if self.line().trouble().is_none() {
            return Round::Idle;
        }
        match self.embedder.embed(&[PROBE], self.pace.patience) {
            Ok(_) => {
                self.line().answered();
                Round::Idle
            }
            Err(failure) => {
                self.line().failed(&failure);
                Round::Held
            }
        }
    }

    fn turn(&self, store: &dyn VectorStore) -> Result<Option<SharedTurn>, annals_store::Error> {
        let mut shared = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = shared.upgrade() {
            return Ok(Some(turn));
        }
        let turn = store.turn()?.map(Arc::new);
        *shared = turn.as_ref().map(Arc::downgrade).unwrap_or_default();
        Ok(turn)
    }
}

/// An entry that waits, cut into its passages.
struct Cut<'w> {
    waiting: &'w Waiting,
    passages: Vec<Passage>,
}

impl Cut<'_> {
    /// Whether a passage has no vector yet.
    fn is_new(&self, passage: &Passage) -> bool {
        !self.waiting.known.contains(&passage.digest)
    }

    fn without_vectors(&self) -> impl Iterator<Item = &Passage> {
        self.passages.iter().filter(|passage| self.is_new(passage))
    }
}

/// The turn to embed, which the workers of a process have together.
pub(super) type SharedTurn = Arc<Turn>;

/// Entries that one worker has taken, until it is dropped.
struct Taken<'e> {
    embedding: &'e Embedding,
    waiting: Vec<Waiting>,
}

impl<'e> Taken<'e> {
    fn some(
        embedding: &'e Embedding,
        store: &dyn VectorStore,
        model: ModelId,
        space: Option<&str>,
        most: usize,
    ) -> Result<Self, annals_store::Error> {
        // Held while the store is asked, so that nobody else is given the same.
        let _taking = embedding.taking.lock().unwrap_or_else(PoisonError::into_inner);
        let others: Vec<i64> = embedding.lock().taken.iter().copied().collect();
        let waiting = store.waiting(model, space, most, &others)?;
        embedding.lock().taken.extend(waiting.iter().map(|waiting| waiting.place.n));
        Ok(Self { embedding, waiting })
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.embedding.lock();
        for waiting in &self.waiting {
            state.taken.remove(&waiting.place.n);
        }
    }
}
