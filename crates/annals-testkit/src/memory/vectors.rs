//! Vectors in memory.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use annals_store::Error;
use annals_store::awareness::vectors::{Embedded, Holding, Model, Turn, VectorStore, Waiting};
use annals_store::awareness::{Backlog, ModelId};

use super::MemoryStore;
use super::entries::{Flaw, Kept};

/// What memory knows of models: the place of each is its number, from 1, and whether it serves.
pub(super) type Models = Vec<(Model, bool)>;

/// The turn while it is held.
struct Held(Arc<std::sync::atomic::AtomicBool>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Holding for Held {
    fn is_held(&self) -> bool {
        true
    }
}

impl VectorStore for MemoryStore {
    fn turn(&self) -> Result<Option<Turn>, Error> {
        drop(self.log()?);
        let is_held = self.memory.embeds.swap(true, Ordering::SeqCst);
        if is_held && self.memory.flaw != Flaw::GivesTheTurnTwice {
            return Ok(None);
        }
        Ok(Some(Box::new(Held(Arc::clone(&self.memory.embeds)))))
    }

    fn model(&self, model: &Model) -> Result<ModelId, Error> {
        drop(self.log()?);
        let mut models = self.memory.models.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &(Model, bool)| {
            known.0.name == model.name
                && (known.0.dimension == model.dimension || self.memory.flaw == Flaw::MixesModels)
        };
        let at = models.iter().position(same).unwrap_or_else(|| {
            let is_first = !models.iter().any(|(_, serves)| *serves);
            models.push((model.clone(), is_first));
            models.len() - 1
        });
        Ok(ModelId(i64::try_from(at + 1).unwrap_or(i64::MAX)))
    }

    fn serving(&self) -> Result<Option<Model>, Error> {
        drop(self.log()?);
        let models = self.memory.models.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(models.iter().find(|(_, serves)| *serves).map(|(model, _)| model.clone()))
    }

    fn serve(&self, model: ModelId) -> Result<(), Error> {
        drop(self.log()?);
        let mut models = self.memory.models.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, known) in (1..).zip(models.iter_mut()) {
            known.1 = at == model.0;
        }
        Ok(())
    }

    fn forget_others(&self, model: ModelId) -> Result<bool, Error> {
        drop(self.log()?);
        for kept in self.entries().iter_mut() {
            kept.passages.retain(|passage| passage.0 == model);
        }
        Ok(false)
    }

    fn waiting(
        &self,
        model: ModelId,
        space: Option<&str>,
        limit: usize,
        without: &[i64],
    ) -> Result<Vec<Waiting>, Error> {
        drop(self.log()?);
        let entries = self.entries();
        let waits = |kept: &&Kept| kept.embedded.is_some_and(|(by, _)| by != model) && !without.contains(&kept.place.n);
        let of_space = |kept: &&Kept| space.is_none_or(|space| kept.space == space);
        let mut waiting: Vec<&Kept> = entries.iter().filter(waits).filter(of_space).collect();
        waiting.sort_by_key(|kept| (kept.embedded != Some((ModelId(0), false)), -kept.place.n));
        let known =
            |kept: &Kept| kept.passages.iter().filter(|passage| passage.0 == model).map(|passage| passage.1).collect();
        Ok(waiting
            .into_iter()
            .take(limit)
            .map(|kept| Waiting { place: kept.place, entry: kept.entry.clone(), known: known(kept) })
            .collect())
    }

    fn embed(&self, model: ModelId, embedded: Vec<Embedded>) -> Result<u64, Error> {
        drop(self.log()?);
        let mut n_taken = 0;
        for embedded in embedded {
            let mut entries = self.entries();
            let is_same = |kept: &&mut Kept| {
                kept.place.n == embedded.place.n
                    && (kept.place == embedded.place || self.memory.flaw == Flaw::EmbedsWhatChanged)
            };
            let Some(kept) = entries.iter_mut().find(is_same) else { continue };
            let before = std::mem::take(&mut kept.passages);
            for passage in embedded.passages {
                let known = before.iter().find(|known| known.0 == model && known.1 == passage.digest);
                let vector = passage.vector.or_else(|| known.map(|known| known.2.clone())).unwrap_or_default();
                kept.passages.push((model, passage.digest, vector));
            }
            kept.passages.extend(before.into_iter().filter(|known| known.0 != model));
            kept.embedded = Some((model, embedded.is_refused));
            n_taken += 1;
        }
        Ok(n_taken)
    }

    fn backlog_of(&self, model: ModelId, space: Option<&str>) -> Result<Backlog, Error> {
        drop(self.log()?);
        let mut backlog = Backlog::default();
        let entries = self.entries();
        let of_space = entries.iter().filter(|kept| space.is_none_or(|space| kept.space == space));
        for (by, is_refused) in of_space.filter_map(|kept| kept.embedded) {
            backlog.n_waiting += u64::from(by != model);
            backlog.n_refused += u64::from(by == model && is_refused);
        }
        Ok(backlog)
    }

    fn retry(&self, space: &str) -> Result<u64, Error> {
        drop(self.log()?);
        let mut n_again = 0;
        for kept in self.entries().iter_mut().filter(|kept| kept.space == space) {
            if matches!(kept.embedded, Some((_, true))) {
                kept.embedded = Some((ModelId(0), false));
                kept.place.generation += 1;
                n_again += 1;
            }
        }
        Ok(n_again)
    }
}
