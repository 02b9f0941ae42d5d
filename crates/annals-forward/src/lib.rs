//! The batch that one Annals sends another, and the store that sends it.
//!
//! A batch is text: a first line about the producer, then one event a line, as the flat object that is the same everywhere, with the three fields that only another Annals
//! may give (`id`, `pseq`, `created_at`). It was chosen over the journal's bytes because a stranger can read it, and because the receiver checks each event by its own
//! rules anyway, as it would anybody's.
//! Without features this crate is that format, as pure functions. With the feature `client` it has [`ForwardStore`], which is an `EventStore` by a server's leave.
//!
//! It does not know who may send, what becomes of an event that is refused, or where a journal lies.

mod answer;
#[cfg(feature = "client")]
mod client;
mod format;
mod line;
mod top;

#[cfg(test)]
mod tests;

pub use answer::Answer;
#[cfg(feature = "client")]
pub use client::{ForwardStore, Token};
pub use format::{FORMAT, MAX_EVENTS, MEDIA_TYPE};
pub use line::{BadLine, Line, Refused, read_line, write_event};
pub use top::Top;
