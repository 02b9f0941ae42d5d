//! What somebody asks of the trail, read from words: moments such as `2h` and `today`, spans of numbers, and whole questions as the pairs of a URL.
//!
//! The command line, the HTTP interface, the page and the tools all ask the same questions; read here, a word means the same in each of them.
//! Nothing is guessed: what cannot be read is an error that names the field and what would be right.
//!
//! This crate opens nothing, and reads the clock only where the name of a function says so.

mod moment;
mod question;
mod words;

pub use moment::{moment, moment_at, seqs, width};
pub use question::{MAX_VALUES, PARAMETERS, Question};
pub use words::{nearest, shortened, without_secrets};
