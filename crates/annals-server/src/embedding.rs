//! What makes vectors, as the settings say, and the threads that embed entries beside the requests.
//!
//! They use no thread of those who may wait: a provider may take half a minute, and a request gets its place meanwhile.

use annals_awareness::{Awareness, Embedding};
use annals_embed::SettingsError;

use crate::cleaner::Opens;
use crate::config::Config;

/// The service with its embedding, where the settings ask for one. A model on disk is read here.
pub(crate) fn open(awareness: Awareness, config: &Config) -> std::io::Result<Awareness> {
    let wrong = |group: &str, error: SettingsError| {
        let message = format!("setting `{group}_{}`: {}", error.setting, error.message);
        std::io::Error::new(std::io::ErrorKind::InvalidInput, message)
    };
    let embedder = annals_embed::open(&config.embedding).map_err(|error| wrong("embedding", error))?;
    let reranker = annals_embed::open_reranker(&config.rerank).map_err(|error| wrong("rerank", error))?;
    Ok(match embedder {
        Some(embedder) => awareness.with_embedding(Embedding::new(embedder, reranker, config.pace.clone())),
        None => awareness,
    })
}

/// Embeds until it is dropped. What is under way then is done, and what it brings is for nobody.
pub(crate) struct Attending<'a>(&'a Awareness);

impl<'a> Attending<'a> {
    pub(crate) fn start(awareness: &'a Awareness, opens: Opens) -> std::io::Result<Self> {
        awareness.embed(opens == Opens::Itself)?;
        Ok(Self(awareness))
    }
}

impl Drop for Attending<'_> {
    fn drop(&mut self) {
        if let Some(embedding) = self.0.embedding() {
            embedding.stop();
        }
    }
}
