//! The statements of a search.
