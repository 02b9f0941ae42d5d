//! From what an agent's client or an MCP server says to events, as pure functions.
//!
//! Somebody else reads standard input, starts processes and asks the clock; here bytes and [`Surroundings`] come in, and events come out.
//! How much of what an agent handled is kept is decided in one place, by a [`Policy`], so that no way in keeps more than another.
//! Whatever comes in, what comes out is an event that `annals_event::encode` accepts: an audit that refuses what it doesn't expect has holes just there.
//!
//! The crate does no I/O, reads no clock and knows no database.

mod call;
pub mod claude_code;
mod content;
mod cut;
mod guard;
pub mod mcp;
mod policy;
mod surroundings;

pub use call::Call;
pub use policy::{Kept, Policy};
pub use surroundings::{Project, Surroundings};
