//! What makes vectors of texts, and what orders texts by a question.

use std::sync::Arc;
use std::time::Duration;

use crate::Failure;

/// Makes vectors of texts. It blocks, and may be called from any thread.
pub trait Embedder: Send + Sync {
    /// Under what its vectors are kept, since vectors of two models can't be compared: the provider's name of the model, or for a model on disk the directory's name and a
    /// digest of the files, such as `all-MiniLM-L6-v2@3f2a9c0d11e4b7a6`, so that other files under the same name are another model.
    fn model(&self) -> &str;

    /// How many numbers a vector has, where that is known: from the files, from the settings, or from the first answer.
    fn dimension(&self) -> Option<usize>;

    /// The same provider with another of its models, by the name that [`Embedder::model`] gave it; `None` where it has none of this name.
    fn other(&self, model: &str) -> Option<Arc<dyn Embedder>>;

    /// One vector for each text, in their order, each of length 1 and all of one dimension. No texts give no vectors.
    ///
    /// It comes back soon after `patience` at the latest.
    fn embed(&self, texts: &[&str], patience: Duration) -> Result<Vec<Vec<f32>>, Failure>;
}

/// Says how well texts answer a question. It blocks, and may be called from any thread.
pub trait Reranker: Send + Sync {
    /// One score for each text, in their order; the higher, the better. Scores of two calls mean nothing to each other.
    ///
    /// It comes back soon after `patience` at the latest.
    fn rerank(&self, question: &str, texts: &[&str], patience: Duration) -> Result<Vec<f64>, Failure>;
}
