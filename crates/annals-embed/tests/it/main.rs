//! Embedders and rerankers as whoever uses them sees them.

#![cfg_attr(
    any(feature = "openai", feature = "local"),
    expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")
)]

#[cfg(feature = "openai")]
mod endpoint;
#[cfg(feature = "local")]
mod local;
#[cfg(feature = "local")]
mod naive;
#[cfg(feature = "openai")]
mod reranker;
#[cfg(feature = "openai")]
mod server;
mod settings;
#[cfg(feature = "local")]
mod tiny;
#[cfg(feature = "local")]
mod wrong_files;
