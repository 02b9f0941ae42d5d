//! `cargo xtask eval FILE`: starts the measuring of how well questions find what answers them.
//!
//! It lives in the package of the benchmarks, with which it shares the starting of a server and the calling of tools.

use anyhow::{Context, bail};

use crate::process::{self, cargo};
use crate::workspace::Workspace;

/// The package that holds it.
const PACKAGE: &str = "xtask-bench";

/// Runs it, optimised, with the arguments passed on.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    if arguments.is_empty() {
        bail!(
            "`eval` needs a dataset (hint: `cargo xtask eval locomo10.json`; docs/search-eval.md says what it may be)"
        );
    }
    workspace.package(PACKAGE).with_context(|| format!("the package `{PACKAGE}` is not in this workspace"))?;
    let mut command = cargo(["run", "--release", "--quiet", "--package", PACKAGE, "--", "eval"]);
    process::run_quietly(command.args(arguments))
}
