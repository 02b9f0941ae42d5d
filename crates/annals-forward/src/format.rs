//! What the format is called, which version of it this is, and how much a batch may hold.

/// What a batch is called on the wire.
pub const MEDIA_TYPE: &str = "application/vnd.annals.batch+ndjson";

/// The version of the format.
pub const FORMAT: u64 = 1;

/// More events than that are not sent in one batch, and not taken.
pub const MAX_EVENTS: usize = 10_000;
