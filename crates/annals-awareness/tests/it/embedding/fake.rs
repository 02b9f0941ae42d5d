//! A provider in this process: what it answers is the test's to say, and each text is counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use annals_embed::{Embedder, Failure, FailureKind};
use annals_testkit::{Door, meaning};

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Answers {
    /// The vectors.
    #[default]
    Vectors,
    /// That it can't be reached.
    Down,
    /// The vectors are made, and what is answered is that it can't be reached; the next call is answered.
    DownOnceAfterwards,
    /// That the answer is none, whatever the text.
    Malformed,
    /// That no text is taken.
    RefusesAll,
    /// The vectors of so many texts at once; of more, that it was not done in time.
    Slowly(usize),
}

/// A provider.
pub(super) struct Fake {
    model: String,
    dimension: usize,
    /// Whether it knows its dimension before it is asked.
    tells_dimension: bool,
    door: Door,
    state: Mutex<State>,
    others: Vec<Arc<Self>>,
}

#[derive(Default)]
struct State {
    answers: Answers,
    /// It takes no text in which one of these stands.
    refused: Vec<String>,
    /// Texts in which this stands are kept waiting before the door.
    held: Option<String>,
    /// How often it was asked for each text.
    asked: BTreeMap<String, usize>,
    /// How often it made the vector of each text.
    made: BTreeMap<String, usize>,
}

impl Fake {
    /// One that answers with vectors of so many numbers.
    pub(super) fn new(model: &str, dimension: usize) -> Arc<Self> {
        Arc::new(Self::plain(model, dimension))
    }

    /// One that does not know its dimension before it has answered.
    pub(super) fn untold(model: &str, dimension: usize) -> Arc<Self> {
        Arc::new(Self { tells_dimension: false, ..Self::plain(model, dimension) })
    }

    /// One that has other models beside its own.
    pub(super) fn with_others(model: &str, dimension: usize, others: &[&Arc<Self>]) -> Arc<Self> {
        let others = others.iter().map(|other| Arc::clone(other)).collect();
        Arc::new(Self { others, ..Self::plain(model, dimension) })
    }

    fn plain(model: &str, dimension: usize) -> Self {
        Self {
            model: model.to_owned(),
            dimension,
            tells_dimension: true,
            door: Door::shut_at_first("the provider"),
            state: Mutex::default(),
            others: Vec::new(),
        }
    }

    pub(super) fn answer(&self, answers: Answers) {
        self.state().answers = answers;
    }

    /// From now on it takes no text in which this stands.
    pub(super) fn refuse(&self, mark: &str) {
        self.state().refused.push(mark.to_owned());
    }

    /// It takes every text again.
    pub(super) fn take_all(&self) {
        self.state().refused.clear();
    }

    /// From now on calls with a text in which this stands hang until [`Fake::release`], longer than anybody has patience.
    pub(super) fn hold(&self, mark: &str) {
        self.door.shut();
        self.state().held = Some(mark.to_owned());
    }

    #[track_caller]
    pub(super) fn wait_until_held(&self, n_calls: usize) {
        self.door.wait_for(n_calls);
    }

    pub(super) fn release(&self) {
        self.state().held = None;
        self.door.open();
    }

    /// How often it was asked for texts in which this stands.
    pub(super) fn n_asked(&self, part: &str) -> usize {
        self.state().asked.iter().filter(|(text, _)| text.contains(part)).map(|(_, n)| n).sum()
    }

    /// How often it made the vector of each text in which this stands.
    pub(super) fn made(&self, part: &str) -> BTreeMap<String, usize> {
        self.state().made.iter().filter(|(text, _)| text.contains(part)).map(|(text, n)| (text.clone(), *n)).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Embedder for Fake {
    fn model(&self) -> &str {
        &self.model
    }

    fn dimension(&self) -> Option<usize> {
        self.tells_dimension.then_some(self.dimension)
    }

    fn other(&self, model: &str) -> Option<Arc<dyn Embedder>> {
        let other = self.others.iter().find(|other| other.model == model)?;
        let other: Arc<dyn Embedder> = Arc::<Self>::clone(other);
        Some(other)
    }

    fn embed(&self, texts: &[&str], _: Duration) -> Result<Vec<Vec<f32>>, Failure> {
        let is_held = {
            let mut state = self.state();
            for text in texts {
                *state.asked.entry((*text).to_owned()).or_default() += 1;
            }
            state.held.as_ref().is_some_and(|mark| texts.iter().any(|text| text.contains(mark)))
        };
        if is_held {
            self.door.pass();
        }
        let mut state = self.state();
        let failed = |kind| Err(Failure { kind, message: "as the test has it".to_owned() });
        let is_refused = |text: &&str| state.refused.iter().any(|mark| text.contains(mark));
        match state.answers {
            Answers::Down => return failed(FailureKind::Unavailable),
            Answers::Malformed => return failed(FailureKind::Malformed),
            Answers::RefusesAll => return failed(FailureKind::Refused),
            Answers::Slowly(most) if most < texts.len() => return failed(FailureKind::Unavailable),
            Answers::Vectors | Answers::Slowly(_) | Answers::DownOnceAfterwards if texts.iter().any(is_refused) => {
                return failed(FailureKind::Refused);
            }
            Answers::Vectors | Answers::Slowly(_) | Answers::DownOnceAfterwards => {}
        }
        for text in texts {
            *state.made.entry((*text).to_owned()).or_default() += 1;
        }
        if state.answers == Answers::DownOnceAfterwards {
            state.answers = Answers::Vectors;
            return failed(FailureKind::Unavailable);
        }
        Ok(texts.iter().map(|text| meaning(text, self.dimension)).collect())
    }
}
