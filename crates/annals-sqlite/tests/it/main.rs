//! The store on real files: appending, reading, several writers, and files that are not what they should be.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod append;
mod copying;
mod entry_answers;
mod files;
mod keyed;
mod leaves;
mod marks;
mod moving;
mod older;
mod operations;
mod reading;
mod rollback;
mod suite;
mod support;
mod words;
mod writers;
