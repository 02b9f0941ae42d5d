//! What somebody asks of the trail, read from words: moments such as `2h` and `today`, spans of numbers, and whole questions as the pairs of a URL.
//!
//! The command line, the HTTP interface, the page and the tools all ask the same questions; read here, a word means the same in each of them.
//! And how the trail's answers are told to people is said here once, for terminals and browsers: an event in a row, a session as a tree, a stranger's text made harmless.
//! Nothing is guessed: what cannot be read is an error that names the field and what would be right.
//!
//! This crate opens nothing, and reads the clock only where the name of a function says so.

mod fields;
mod harmless;
mod moment;
mod pretty;
mod question;
mod search;
mod telling;
mod tree;
mod words;

pub use fields::{csv_line, field_names, fields};
pub use harmless::{harmless, is_harmful};
pub use moment::{moment, moment_at, seqs, width};
pub use pretty::pretty;
pub use question::{MAX_VALUES, PARAMETERS, Question};
pub use search::{search, search_at};
pub use telling::{Ending, Mood, Summary, agent, ending, happened, is_bad, problem, summary};
pub use tree::{Node, Tree, Verdict};
pub use words::{nearest, shortened, without_secrets};
