//! README's program, compiled with the examples of the documentation.
//!
//! It is only compiled here, since it leaves a folder where it runs; `cargo xtask test --only embedded` runs it in a crate of its own.
#![doc = include_str!("../../../README.md")]
