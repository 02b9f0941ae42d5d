//! The Model Context Protocol: the same audit trail, for models.
//!
//! This is the only module that knows `rmcp`, which has two major versions a year: nothing of its types leaves it.
//! Both of the protocol's lives are served at once and without state, over HTTP and over a pair of pipes: a client of 2025 may say `initialize` or leave it, one of 2026 says with each
//! request who it is, and any server can answer any request: the session of the former holds nothing but what it is called ([`session`]).
//! The tools are made by hand and not by the library's macros: their list is read by every client in every conversation, so each byte of it is meant.
//! Whom a call is answered for is decided by `auth`, as for every path: [`calling`] finds the caller's trail and nothing else.

mod answer;
mod arguments;
mod awareness;
mod calling;
mod completing;
mod endpoint;
mod handler;
mod lines;
mod message;
mod refusal;
mod session;
mod stdio;
mod tools;

#[cfg(test)]
mod tests;

pub(crate) use self::endpoint::routes;
pub use self::stdio::serve_mcp;
