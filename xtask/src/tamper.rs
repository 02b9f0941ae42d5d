//! `cargo xtask tamper`: starts the attacks of `xtask-tamper`, and is a step of `test` and `full` in a few and in many tries.
//!
//! A package of its own like the benchmarks, since it needs the product.

use std::path::Path;

use anyhow::Context;

use crate::process::{self, cargo};
use crate::workspace::Workspace;

/// The package that holds the attacks.
const PACKAGE: &str = "xtask-tamper";
/// How often each attack is tried on every change.
const N_TRIES: &str = "3";

/// Runs the attacks, optimised, with the arguments passed on.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    workspace.package(PACKAGE).with_context(|| format!("the package `{PACKAGE}` is not in this workspace"))?;
    let mut command = cargo(["run", "--release", "--quiet", "--package", PACKAGE, "--"]);
    process::run_quietly(command.args(arguments))
}

/// A few tries of each, with what the other steps have built.
pub(crate) fn short(_: &Workspace) -> anyhow::Result<()> {
    process::run(&mut cargo(["run", "--quiet", "--package", PACKAGE, "--", "--tries", N_TRIES]))
}

/// As many as are promised; a line of what came out is left in the report.
pub(crate) fn full(report: (&str, &Path)) -> anyhow::Result<()> {
    let (variable, path) = report;
    process::run(cargo(["run", "--release", "--quiet", "--package", PACKAGE]).env(variable, path))
}
