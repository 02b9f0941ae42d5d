//! What an MCP client and its server say to each other over a pipe, as events.
//!
//! A wrapper reads both streams and passes every byte on; here the bytes become lines ([`Splitter`]), and a [`Conversation`] turns the lines of both sides into events:
//! a call is an operation, an intent when the request is heard and an outcome when its answer is.
//!
//! | said | by | event |
//! | --- | --- | --- |
//! | `tools/call` | client | `tool.invoked`, `tool` is the tool's name |
//! | `resources/read` | client | `resource.accessed`, `resource` is the URI |
//! | `prompts/get` | client | `context.built`, `resource` is the prompt's name |
//! | `tools/list`, `resources/list`, `prompts/list` and their like | client | `context.built`, `resource` is the method |
//! | `sampling/createMessage` | server | `actor.invoked` |
//! | `elicitation/create` | server | `approval.requested`; accepted is `allow`, declined is `denied` and `deny` |
//! | `notifications/cancelled` | either | the outcome `cancelled` |
//! | what is no JSON-RPC | either | `session.notified`, a run of lines as one event |
//!
//! Both eras of the protocol are understood, and nobody has to say which: until 2025-11-25 names come from `initialize` and a server asks its client by requests of its
//! own; from 2026-07-28 on names come with every message (`_meta`), and a server asks by answering `input_required`, which the client takes up in its next request.
//!
//! Everything here is bounded: a line, what is kept of calls without an answer, how many there are, and how many events garbage can make.
//! There is no clock: instants come in as durations since the start, and ids from a function.

mod conversation;
mod foreign;
mod lines;
mod loose;
mod message;
mod names;
mod operation;
mod pending;

pub use conversation::{Cause, Conversation, Ending, Exit, Heard, Side};
pub use lines::{Foreign, Line, MAX_LINE_BYTES, Problem, Splitter};
pub use message::refusal;
