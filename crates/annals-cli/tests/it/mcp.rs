//! MCP with the real binary: what `annals mcp` writes and how it ends, and the protocol's own suite, inspector and Python client against it and `annals serve`.
//!
//! What others wrote is installed by `cargo xtask test --only node` and `--only python`; without it these tests fail.

mod conformance;
mod inspected;
mod killed;
mod lines;
mod python;
mod shared;

use std::path::{Path, PathBuf};

/// What was installed under this name, or a failure that says how to install it.
fn installed(path: &str, step: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(path);
    assert!(path.exists(), "`{}` is not there (hint: `cargo xtask test --only {step}`)", path.display());
    path
}
