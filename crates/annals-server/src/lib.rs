//! The audit service over HTTP and MCP, and as a page in a browser.
//!
//! This crate translates between a wire and the service, and holds no rule of the domain. What a request may see is decided in one place: a handler is given a
//! `Trail`, which knows the caller and puts the caller's space into every question, and there is no other way to the log.
//! Requests run on the executor's few threads; whatever may wait for a disk or a lock runs on a bounded pool of blocking threads (`workers`).
//! It touches no SQL, reads no environment variable and writes nothing to the terminal.

mod api;
mod app;
mod auth;
mod cleaner;
mod config;
mod connections;
mod embedding;
mod failure;
mod flow;
mod guards;
mod ladder;
mod limits;
mod mcp;
mod metrics;
mod page;
mod passage;
mod reading;
mod ready;
mod router;
mod run;
mod trace;
mod trail;
mod watch;
mod witness;
mod workers;

pub use auth::{Access, AccessError};
pub use config::{BadSetting, Config, ConfigSetting, ToolProfile, Witnessed};
pub use mcp::serve_mcp;
pub use run::run;
