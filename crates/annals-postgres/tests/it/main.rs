//! The store on a real server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod beginnings;
mod commits;
mod entries;
mod refusals;
mod suite;
mod support;
