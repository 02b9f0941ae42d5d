//! The binary as a person and a program meet it: every test runs it for real, in a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

#[cfg(target_os = "linux")]
mod awareness;
#[cfg(target_os = "linux")]
mod backup;
mod bad_input;
mod bed;
#[cfg(target_os = "linux")]
mod browser;
mod calls;
#[cfg(target_os = "linux")]
mod copying;
mod described;
#[cfg(target_os = "linux")]
mod embedding;
mod erase;
#[cfg(target_os = "linux")]
mod export;
mod failed;
#[cfg(target_os = "linux")]
mod forward;
mod help;
mod hook;
#[cfg(target_os = "linux")]
mod hostile;
mod import;
#[cfg(target_os = "linux")]
mod inspector;
#[cfg(unix)]
mod installed;
mod interrupt;
mod layers;
#[cfg(target_os = "linux")]
mod mcp;
#[cfg(target_os = "linux")]
mod migrate;
mod missing;
#[cfg(target_os = "linux")]
mod nodes;
mod numbers;
mod pipes;
#[cfg(target_os = "linux")]
mod postgres;
#[cfg(target_os = "linux")]
mod questions;
mod read;
mod record;
#[cfg(unix)]
mod replay;
mod sealed;
#[cfg(target_os = "linux")]
mod serve;
mod setup;
mod show;
#[cfg(unix)]
mod stranger;
mod stuck;
#[cfg(target_os = "linux")]
mod terminal;
mod verify;
mod verify_export;
#[cfg(target_os = "linux")]
mod wrap;
