//! `annals serve` as a process: killed, stopped, started twice, without room, and with callers whom it must know.

mod access;
pub(crate) mod client;
mod killed;
pub(crate) mod running;
mod stopped;
mod troubles;
