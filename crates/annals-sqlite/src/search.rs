//! Events by their words: an index of words beside the log, and what it has not come to yet.
//!
//! Appends do not fill the index: whoever has nothing better to do takes some events in, in short transactions of their own, and a mark says how far that is. What lies behind the
//! mark is cut when it is looked for, a bounded number of rows a page. So a search finds whatever is recorded, also in a file that nobody writes to, and the index only makes it fast.
//!
//! The index holds the words of rows as they stand: what makes content go takes its words in the same transaction. Which words an event has, and what a search means, is said by
//! [`annals_store::EventWords`] and [`annals_store::Search`] and nowhere else.

mod index;
mod words;

pub(crate) use index::{cut_back, forget, index};
pub(crate) use words::{Words, add_function};

#[cfg(test)]
mod tests;
