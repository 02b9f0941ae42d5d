//! What is read: single details, small files, and lines without end in constant memory.

mod chunks;
mod details;
mod lines;
mod whole;

pub(crate) use chunks::{Chunks, Input, Next};
pub(crate) use details::details;
pub(crate) use lines::{Line, Lines};
pub(crate) use whole::{key, whole};
