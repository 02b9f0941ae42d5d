//! What is read: single details, and lines without end in constant memory.

mod chunks;
mod details;
mod lines;

pub(crate) use chunks::{Chunks, Input, Next};
pub(crate) use details::details;
pub(crate) use lines::{Line, Lines};
