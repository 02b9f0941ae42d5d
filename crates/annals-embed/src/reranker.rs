//! A second opinion from an endpoint: `POST {url}/rerank`, in the shape that Jina, Cohere and others share.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::http::Endpoint;
use crate::settings::model_of;
use crate::{Failure, Reranker, RerankerSettings, SettingsError};

/// An answer holds a number for each text, and may hold the texts.
const MAX_ANSWER: u64 = 16 << 20;

/// An endpoint that orders texts.
#[derive(Debug)]
pub(crate) struct HttpReranker {
    endpoint: Endpoint,
    model: String,
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    relevance_score: f64,
}

impl HttpReranker {
    pub(crate) fn open(url: &str, settings: &RerankerSettings) -> Result<Self, SettingsError> {
        let endpoint = Endpoint::new(url, "rerank", settings.key.as_ref())?;
        let model = model_of(settings.model.as_deref(), "the endpoint's name of it, such as `bge-reranker-v2-m3`")?;
        Ok(Self { endpoint, model: model.to_owned() })
    }
}

impl Reranker for HttpReranker {
    fn rerank(&self, question: &str, texts: &[&str], patience: Duration) -> Result<Vec<f64>, Failure> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let body = json!({ "model": self.model, "query": question, "documents": texts, "top_n": texts.len() });
        let body = self.endpoint.ask(&body.to_string(), MAX_ANSWER, patience)?;
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|_| self.endpoint.malformed("something without a list of numbered scores in `results`"))?;
        if answer.results.len() != texts.len() {
            let what = format!("{} scores for {} texts", answer.results.len(), texts.len());
            return Err(self.endpoint.malformed(&what));
        }
        let mut items = answer.results;
        items.sort_unstable_by_key(|item| item.index);
        if items.iter().enumerate().any(|(place, item)| item.index != place || !item.relevance_score.is_finite()) {
            return Err(self.endpoint.malformed("scores whose `index` does not count the texts"));
        }
        Ok(items.into_iter().map(|item| item.relevance_score).collect())
    }
}
