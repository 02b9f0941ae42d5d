//! `cargo xtask bench NAME`: starts the benchmark of that name.
//!
//! The benchmarks themselves are a package of their own, `xtask-bench` in `xtask/bench`: they need the product, a histogram and the libraries they compare with, and none of
//! that may slow down the build of this crate, which every test run waits for. Here is only what starts them, optimised, with the arguments passed on.

use anyhow::{Context, bail};

use crate::process::{self, cargo};
use crate::workspace::Workspace;

/// The package that holds the benchmarks.
const PACKAGE: &str = "xtask-bench";

/// Runs the benchmark that the arguments name.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    if arguments.is_empty() {
        bail!("`bench` needs the name of a benchmark (hint: `cargo xtask bench record --json`)");
    }
    let package = workspace.package(PACKAGE);
    package.with_context(|| format!("the package `{PACKAGE}` is not in this workspace"))?;
    // Cargo's own progress goes to standard error; standard output is the benchmark's, for `--json`.
    let mut command = cargo(["run", "--release", "--quiet", "--package", PACKAGE, "--"]);
    process::run_quietly(command.args(arguments))
}
