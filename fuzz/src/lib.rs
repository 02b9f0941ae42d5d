//! Fuzz targets: one for each parser of bytes that strangers write.
//!
//! A target is a function over bytes that panics where a promise does not hold: what was read is written and read again as the same, a refusal names a field and does
//! nothing to a terminal, a proof that holds was really signed. That a parser does not panic is the least of it.
//!
//! All targets are in one program, and the variable `ANNALS_FUZZ_TARGET` names the one to run. One program each would be the custom, and costs a link and a copy of
//! the product for each of them. Built with `--cfg fuzzing` and coverage it is a fuzzer (libFuzzer, on the stable toolchain, without `cargo-fuzz`); built as anything
//! else is, it runs the files that it is given, so that what was found can be looked at with a debugger. `cargo xtask test --only fuzz` does the former for all targets.
//!
//! What is not here: parsers in private modules of the binary and of the server that only call what is here or a library of others (the settings file, HTTP heads, JSON
//! Web Tokens), and SQLite's own file format, which `cargo xtask tamper` attacks.
//!
//! `seeds/TARGET/` has a few inputs to begin with, and each input that once broke something; they run as a test, too.

mod check;
mod cloudevent;
mod encoded_event;
mod event_json;
mod forward_answer;
mod forward_batch;
mod glob;
mod hook_payload;
mod journal_segment;
mod log_resource;
mod note;
mod planted;
mod proof_file;
mod question;
mod scalar;
mod secrets;
mod targets;
mod tree_proof;
mod wrapped_stream;

pub use targets::{PLANTED, TARGETS, Target, VARIABLE, target};
