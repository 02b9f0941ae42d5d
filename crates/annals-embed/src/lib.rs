//! Vectors of texts, by which texts that mean the same are found, and a second opinion on which text answers a question.
//!
//! An [`Embedder`] is one of two: an endpoint that speaks OpenAI's protocol (feature `openai`; Ollama and many others do), or a model in a directory that is computed here, in
//! Rust alone (feature `local`). Both give vectors of length 1, so that whoever compares two needs the product of their numbers and nothing else, and both check what they give:
//! a vector that is stored is found again months later, and one with a hole in it spoils every comparison without a word.
//!
//! Nothing is downloaded, and nothing is tried a second time: a [`Failure`] says what trying again would be good for, and who has a queue decides.
//!
//! It knows no database, no entry and no space, reads no environment, and keeps no text.

mod embedder;
mod failure;
#[cfg(feature = "openai")]
mod http;
#[cfg(feature = "local")]
mod local;
mod open;
#[cfg(feature = "openai")]
mod openai;
#[cfg(feature = "openai")]
mod reranker;
mod settings;
#[cfg(any(feature = "openai", feature = "local"))]
mod unit;

pub use embedder::{Embedder, Reranker};
pub use failure::{Failure, FailureKind};
pub use open::{open, open_reranker};
pub use settings::{Key, Kind, RerankerSettings, Settings, SettingsError};
