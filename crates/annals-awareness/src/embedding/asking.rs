//! The vector of a question, and a second opinion on the order of what was found: both for a moment, or not at all.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use annals_embed::{Embedder, Failure, FailureKind};
use annals_store::awareness::vectors::{Direction, Model};

use super::Embedding;
use super::line::Line;

/// Vectors of the last questions are kept: who turns a page asks the same again.
const MOST_REMEMBERED: usize = 256;
/// A question is cut here; what asks for more is a text.
const LONGEST: usize = 2_000;

/// Vectors of questions, the last asked last.
#[derive(Default)]
pub(super) struct Remembered(VecDeque<(Model, String, Vec<f32>)>);

/// What became of a lane of the search.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Lane<T> {
    /// It ran.
    Ran(T),
    /// It did not, and why, in words for any client.
    Missing(&'static str),
}

impl Embedding {
    /// Which way a question points, by the model that serves.
    pub(crate) fn direction(self: &Arc<Self>, question: &str) -> Lane<Direction> {
        let question = question[..question.floor_char_boundary(LONGEST)].trim();
        if question.is_empty() {
            return Lane::Missing("there are no words to compare");
        }
        let Some(serving) = self.lock().serving.clone() else {
            return Lane::Missing(self.line.trouble().unwrap_or("no entry has a vector yet"));
        };
        if let Some(vector) = self.remembered(&serving, question) {
            return Lane::Ran(Direction { model: serving, vector });
        }
        if let Some(trouble) = self.line.trouble() {
            return Lane::Missing(trouble);
        }
        let Some(embedder) = self.embedder_of(&serving.name) else {
            return Lane::Missing("entries are being embedded by another model");
        };
        match self.asked(embedder, &serving, question) {
            Some(vector) => Lane::Ran(Direction { model: serving, vector }),
            None => Lane::Missing("the provider does not answer in time"),
        }
    }

    /// Asks on a thread of its own, which may outlast our patience: what it brings then is remembered.
    fn asked(self: &Arc<Self>, embedder: Arc<dyn Embedder>, model: &Model, question: &str) -> Option<Vec<f32>> {
        let (answer, answered) = mpsc::sync_channel(1);
        let (own, model, question) = (Arc::clone(self), model.clone(), question.to_owned());
        let asking = thread::Builder::new().name("annals-question".to_owned()).spawn(move || {
            let began = Instant::now();
            let outcome = embedder.embed(&[&question], own.pace.batch_patience);
            let vector = outcome.and_then(|mut vectors| {
                vectors.pop().filter(|vector| vector.len() == model.dimension).ok_or_else(|| Failure {
                    kind: FailureKind::Malformed,
                    message: "a vector of another dimension than those of entries".to_owned(),
                })
            });
            match vector {
                Ok(vector) => {
                    if began.elapsed() <= own.pace.patience {
                        own.line.answered();
                    }
                    own.remember(&model, &question, &vector);
                    // Nobody may be left to hear it.
                    let _ = answer.send(vector);
                }
                // Another text may do.
                Err(failure) if failure.kind == FailureKind::Refused => {}
                Err(failure) => own.line.failed(&failure),
            }
        });
        if let Err(error) = asking {
            tracing::warn!("no thread to ask for a question's vector: {error}");
            return None;
        }
        match answered.recv_timeout(self.pace.patience) {
            Ok(vector) => Some(vector),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let message = format!("no vector of a question within {:?}", self.pace.patience);
                self.line.failed(&Failure { kind: FailureKind::Unavailable, message });
                None
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
        }
    }

    /// The order in which a second opinion puts these texts, each place once, the best first.
    pub(crate) fn reordered(&self, question: &str, texts: &[String]) -> Option<Lane<Vec<usize>>> {
        let reranker = self.reranker.as_ref()?;
        if self.reranks.trouble().is_some() && !self.reranks.pause().is_zero() {
            return Some(Lane::Missing("the provider of second opinions does not answer"));
        }
        let shown: Vec<&str> = texts.iter().map(String::as_str).collect();
        Some(match reranker.rerank(question, &shown, self.pace.patience) {
            Ok(scores) => {
                self.reranks.answered();
                let mut order: Vec<usize> = (0..texts.len()).collect();
                let score = |at: &usize| scores.get(*at).copied().unwrap_or(f64::NEG_INFINITY);
                order.sort_by(|one, other| score(other).total_cmp(&score(one)));
                Lane::Ran(order)
            }
            Err(failure) => {
                self.reranks.failed(&failure);
                Lane::Missing("the provider of second opinions does not answer")
            }
        })
    }

    fn remembered(&self, model: &Model, question: &str) -> Option<Vec<f32>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let same = remembered.0.iter().find(|known| known.0 == *model && known.1 == question)?;
        Some(same.2.clone())
    }

    fn remember(&self, model: &Model, question: &str, vector: &[f32]) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.0.len() == MOST_REMEMBERED {
            remembered.0.pop_front();
        }
        remembered.0.push_back((model.clone(), question.to_owned(), vector.to_vec()));
    }

    /// The provider's line, for those who work the queue off.
    pub(super) fn line(&self) -> &Line {
        &self.line
    }
}
