//! `annals serve` as a process: killed, stopped, started twice, without room, and with callers whom it must know.

mod access;
mod client;
mod killed;
mod running;
mod stopped;
mod troubles;
