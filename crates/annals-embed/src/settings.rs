//! What is to be opened, as somebody has written it down.

use std::str::FromStr;

/// What makes the vectors.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Nothing: there are no vectors.
    #[default]
    None,
    /// An endpoint that speaks OpenAI's protocol.
    OpenAi,
    /// A model in a directory, computed in this process.
    Local,
}

impl FromStr for Kind {
    type Err = SettingsError;

    /// `none`, `openai` or `local`.
    fn from_str(text: &str) -> Result<Self, SettingsError> {
        match text {
            "none" => Ok(Self::None),
            "openai" => Ok(Self::OpenAi),
            "local" => Ok(Self::Local),
            _ => Err(SettingsError::new(
                "provider",
                format!("`{}` is no provider of vectors (hint: one of `none`, `openai`, `local`)", shown(text)),
            )),
        }
    }
}

/// What an endpoint is shown to be let in. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key as it was given; space around it does not belong to it. Whether it can be sent is checked when something is opened with it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    #[cfg(feature = "openai")]
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.0.is_empty() { "Key([empty])" } else { "Key([set])" })
    }
}

/// What makes the vectors, and what it needs. What a provider has no use for is not looked at.
#[derive(Clone, Default, Debug)]
pub struct Settings {
    /// What makes them.
    pub provider: Kind,
    /// Where the endpoint is, up to and without `/embeddings`, such as `http://localhost:11434/v1`.
    pub url: Option<String>,
    /// The endpoint's name of the model, or the directory where the local one lies.
    pub model: Option<String>,
    /// The endpoint's key, where it wants one.
    pub key: Option<Key>,
    /// How many numbers a vector is to have. An endpoint is asked for so many; what gives another number is refused.
    pub dimension: Option<usize>,
}

/// Who gives a second opinion on the order of answers.
#[derive(Clone, Default, Debug)]
pub struct RerankerSettings {
    /// Where the endpoint is, up to and without `/rerank`; nobody gives one where this is missing.
    pub url: Option<String>,
    /// The endpoint's name of the model.
    pub model: Option<String>,
    /// The endpoint's key, where it wants one.
    pub key: Option<Key>,
}

/// A setting with which nothing can be opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettingsError {
    /// The field of [`Settings`] or [`RerankerSettings`] that it is about.
    pub setting: &'static str,
    /// What is wrong with it, and what would be right. For the operator: it may name a file, and never a key.
    pub message: String,
}

impl SettingsError {
    pub(crate) fn new(setting: &'static str, message: impl Into<String>) -> Self {
        Self { setting, message: message.into() }
    }
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "`{}`: {}", self.setting, self.message)
    }
}

impl std::error::Error for SettingsError {}

/// The most numbers that a vector may be asked to have; no model is known to have as many.
#[cfg(any(feature = "openai", feature = "local"))]
pub(crate) const MAX_DIMENSION: usize = 16_384;

/// The model, and the dimension if there is one, as both providers want them.
#[cfg(any(feature = "openai", feature = "local"))]
pub(crate) fn model_of<'a>(model: Option<&'a str>, example: &str) -> Result<&'a str, SettingsError> {
    match model.map(str::trim) {
        None | Some("") => Err(SettingsError::new("model", format!("is missing (hint: {example})"))),
        Some(model) if model.chars().any(char::is_control) => {
            Err(SettingsError::new("model", format!("has a control character in it (hint: {example})")))
        }
        Some(model) => Ok(model),
    }
}

#[cfg(any(feature = "openai", feature = "local"))]
pub(crate) fn check_dimension(dimension: Option<usize>) -> Result<(), SettingsError> {
    match dimension {
        Some(0) => Err(SettingsError::new("dimension", "a vector has at least one number (hint: leave it out)")),
        Some(dimension) if MAX_DIMENSION < dimension => Err(SettingsError::new(
            "dimension",
            format!("{dimension} is more than a vector may have (hint: at most {MAX_DIMENSION}, or leave it out)"),
        )),
        _ => Ok(()),
    }
}

/// A value as it may stand in a message: short, and without what would move a terminal's cursor.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(100).collect()
}
