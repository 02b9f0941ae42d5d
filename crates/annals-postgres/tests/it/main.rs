//! The store on a real server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod beginnings;
mod commits;
mod connections;
mod encryption;
mod entries;
mod isolation;
mod moving;
mod nearest;
mod news;
mod pooled;
mod refusals;
mod suite;
mod support;
mod upgrades;
