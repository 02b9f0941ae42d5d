//! Programs that are not ours, for the tests that put Annals between them: an MCP server, a client of it, and the Node that runs both.
//!
//! Their versions are exact and stand in `crates/annals-cli/tests/node`, with the digest of every package; no script of theirs runs while they are installed.
//! They lie in the folder that cargo gives to integration tests, so that a test finds them without being told, also when nextest is started by hand.
//! A copy of the lock file is put beside them last: it says that all of it is there, and a second run compares it and is done.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::process;
use crate::workspace::Workspace;

/// Where the versions are written down, under the root.
const PROJECT: &str = "crates/annals-cli/tests/node";
/// What is copied from there.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];
/// The copy of the lock file that is written when everything is installed.
const DONE: &str = "installed-lock.json";

/// Installs them if they are not there in these versions.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let project = workspace.root.join(PROJECT);
    // The name `tmp` is cargo's: `CARGO_TARGET_TMPDIR` names this folder where integration tests are compiled.
    let place = workspace.target.join("tmp/node");
    let lock = fs::read(project.join("package-lock.json")).context("cannot read the lock file of npm")?;
    if fs::read(place.join(DONE)).is_ok_and(|done| done == lock) {
        println!("`{}` is as the lock file has it", place.display());
        return Ok(());
    }
    install(&project, &place)?;
    fs::write(place.join(DONE), lock).context("cannot write down that everything is installed")
}

fn install(project: &Path, place: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(place).with_context(|| format!("cannot make `{}`", place.display()))?;
    for file in FILES {
        fs::copy(project.join(file), place.join(file)).with_context(|| format!("cannot copy `{file}`"))?;
    }
    // npm complains that the Node it runs on is too old for some of the packages; they run on the one that is among them.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(place);
    process::run(&mut npm)
}
