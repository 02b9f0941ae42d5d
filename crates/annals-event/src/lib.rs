//! The event model: types, validation, redaction, encoding and ids, as pure functions.
//!
//! An event's way through this crate is short. A caller builds an [`Event`] (or [`json::from_object`] reads one).
//! [`encode`] checks it against [`Rules`], takes the secrets out and appends its bytes, in the format that the journal
//! keeps and that [`Encoded::decode`] reads back. What a database then gives out is a [`StoredEvent`], and
//! [`json::write`] turns it into the flat object that people and programs see.
//!
//! The decision behind all of it: whatever can be wrong with an event is found *here*, once, before it is queued, and
//! whatever is secret in it is gone before the first byte leaves memory. The alternative, checks in each of the ways
//! in, is how one of them is forgotten. An event behind [`encode`] needs no distrust any more.
//!
//! The crate does no I/O, reads no clock and makes no randomness: ids and times come in through [`Stamp`].

mod column;
mod decode;
mod details;
mod encode;
mod error;
mod event;
mod gap;
mod hex;
mod id;
pub mod json;
mod leaf;
mod redact;
mod stored;
mod time;
mod types;
mod wide;
mod words;

pub use column::{Column, Group, Texts};
pub use decode::{DecodeError, Encoded};
pub use details::MAX_DEPTH;
pub use encode::{
    DEFAULT_MAX_DETAILS, MAX_TEXT_BYTES, PAYLOAD_FORMAT, Rules, Stamp, encode, encode_forwarded, encode_own,
    is_traceparent,
};
pub use error::{Invalid, InvalidKind};
pub use event::Event;
pub use gap::{Gap, GapReason, GapSpan};
pub use id::{EventId, ProducerId};
pub use leaf::{Commitment, Commitments, GroupKey, LeafGroup, LeafRow, Salt, leaf_group};
pub use redact::{REDACTED, Redactor};
pub use stored::StoredEvent;
pub use time::Timestamp;
pub use types::Types;
pub use words::{Capture, Decision, Outcome, Phase};
