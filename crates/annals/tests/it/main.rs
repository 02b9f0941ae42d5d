//! The service against real files, real processes and real faults.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod entries;
mod erased;
mod faults;
mod fixtures;
mod forwarded;
mod hooks;
mod injected;
mod limits;
mod offered;
mod once;
mod opened_once;
mod operations;
mod order;
mod outside;
mod power;
mod public_api;
mod rollback;
mod sealing;
mod secrets;
mod silence;
mod synchronous;
mod traced;
mod verify;
