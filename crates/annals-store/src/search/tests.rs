//! What a search means.
