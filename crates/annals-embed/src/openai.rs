//! Vectors from an endpoint that speaks OpenAI's protocol: `POST {url}/embeddings`.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Endpoint;
use crate::settings::{check_dimension, model_of};
use crate::unit::bring_to_unit;
use crate::{Embedder, Failure, Settings, SettingsError};

/// What an answer holds beside its vectors.
const MAX_ANSWER_ALONE: u64 = 1 << 20;
/// A vector of 8 192 numbers, each written with all its digits.
const MAX_ANSWER_EACH: u64 = 256 << 10;
/// No answer may be longer, however many texts there were.
const MAX_ANSWER: u64 = 64 << 20;

/// An endpoint, and the dimension to which all its answers are held.
#[derive(Debug)]
pub(crate) struct OpenAi {
    endpoint: Endpoint,
    model: String,
    /// What is asked for.
    wanted: Option<usize>,
    /// What is known: what was asked for, or what the first answer had.
    dimension: OnceLock<usize>,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

impl OpenAi {
    pub(crate) fn open(settings: &Settings) -> Result<Self, SettingsError> {
        let url = settings.url.as_deref().unwrap_or_default();
        let endpoint = Endpoint::new(url, "embeddings", settings.key.as_ref())?;
        let model = model_of(settings.model.as_deref(), "the endpoint's name of it, such as `nomic-embed-text`")?;
        check_dimension(settings.dimension)?;
        let dimension = settings.dimension.map(OnceLock::from).unwrap_or_default();
        Ok(Self { endpoint, model: model.to_owned(), wanted: settings.dimension, dimension })
    }

    /// The vectors of an answer, in the order of the texts.
    fn read(&self, body: &[u8], n_texts: usize) -> Result<Vec<Vec<f32>>, Failure> {
        // What the parser says of it could quote it.
        let answer: Answer = serde_json::from_slice(body)
            .map_err(|_| self.endpoint.malformed("something without a list of numbered vectors in `data`"))?;
        if answer.data.len() != n_texts {
            let what = format!("{} vectors for {n_texts} texts", answer.data.len());
            return Err(self.endpoint.malformed(&what));
        }
        let mut items = answer.data;
        items.sort_unstable_by_key(|item| item.index);
        if items.iter().enumerate().any(|(place, item)| item.index != place) {
            return Err(self.endpoint.malformed("vectors whose `index` does not count the texts"));
        }
        let mut vectors: Vec<Vec<f32>> = items.into_iter().map(|item| item.embedding).collect();
        let first = vectors.first().map_or(0, Vec::len);
        let dimension = self.dimension.get().copied().unwrap_or(first);
        for vector in &mut vectors {
            if vector.len() != dimension {
                let what = format!("a vector of {} numbers instead of {dimension}", vector.len());
                return Err(self.endpoint.malformed(&what));
            }
            if !bring_to_unit(vector) {
                return Err(self.endpoint.malformed("a vector of zeros, or of what are no numbers"));
            }
        }
        // Only a whole answer tells the dimension. Where two came at once, the later one is held to the earlier.
        if *self.dimension.get_or_init(|| dimension) == dimension {
            Ok(vectors)
        } else {
            Err(self.endpoint.malformed("vectors of two dimensions at once"))
        }
    }
}

impl Embedder for OpenAi {
    fn model(&self) -> &str {
        &self.model
    }

    fn dimension(&self) -> Option<usize> {
        self.dimension.get().copied()
    }

    /// Of what dimension that one's vectors are, its first answer says.
    fn other(&self, model: &str) -> Option<Arc<dyn Embedder>> {
        let endpoint = self.endpoint.clone();
        Some(Arc::new(Self { endpoint, model: model.to_owned(), wanted: None, dimension: OnceLock::new() }))
    }

    fn embed(&self, texts: &[&str], patience: Duration) -> Result<Vec<Vec<f32>>, Failure> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let mut question = json!({ "model": self.model, "input": texts, "encoding_format": "float" });
        if let Some(wanted) = self.wanted {
            question["dimensions"] = Value::from(wanted);
        }
        let each = MAX_ANSWER_EACH.saturating_mul(u64::try_from(texts.len()).unwrap_or(u64::MAX));
        let max_answer = each.saturating_add(MAX_ANSWER_ALONE).min(MAX_ANSWER);
        let body = self.endpoint.ask(&question.to_string(), max_answer, patience)?;
        self.read(&body, texts.len())
    }
}
