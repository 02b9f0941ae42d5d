//! From settings to what they name.

use std::sync::Arc;

use crate::{Embedder, Kind, Reranker, RerankerSettings, Settings, SettingsError};

/// Opens what the settings name, and gives nothing where they name nobody.
///
/// An endpoint is not contacted; a model on disk is read whole, which takes up to a second.
pub fn open(settings: &Settings) -> Result<Option<Arc<dyn Embedder>>, SettingsError> {
    match settings.provider {
        Kind::None => Ok(None),
        #[cfg(feature = "openai")]
        Kind::OpenAi => Ok(Some(Arc::new(crate::openai::OpenAi::open(settings)?))),
        #[cfg(feature = "local")]
        Kind::Local => crate::local::open(settings).map(Some),
        #[cfg(not(all(feature = "openai", feature = "local")))]
        absent => Err(SettingsError::new(
            "provider",
            format!(
                "this program was built without `{}` (hint: build it with the feature of that name)",
                if absent == Kind::Local { "local" } else { "openai" }
            ),
        )),
    }
}

/// Opens the reranker that the settings name, and gives nothing where they name none. It is not contacted.
pub fn open_reranker(settings: &RerankerSettings) -> Result<Option<Arc<dyn Reranker>>, SettingsError> {
    match &settings.url {
        None => Ok(None),
        #[cfg(feature = "openai")]
        Some(url) => Ok(Some(Arc::new(crate::reranker::HttpReranker::open(url, settings)?))),
        #[cfg(not(feature = "openai"))]
        Some(_) => Err(SettingsError::new(
            "url",
            "this program was built without rerankers (hint: build it with the feature `openai`)",
        )),
    }
}
