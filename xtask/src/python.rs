//! A Python with the one library that the stranger's script needs, for the test that has the script check what Annals gives away.
//!
//! The versions are exact and stand in `tests/stranger/requirements.txt`, with the digests of the packages; only built packages are taken, so that no script of theirs runs.
//! The environment lies where integration tests look for it, beside npm's. A copy of the list is put beside it last: it says that all of it is there.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::process;
use crate::workspace::Workspace;

/// Where the versions are written down, under the root.
const REQUIREMENTS: &str = "tests/stranger/requirements.txt";
/// The copy that is written when everything is installed.
const DONE: &str = "installed.txt";

/// Installs it if it is not there in these versions.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let requirements = workspace.root.join(REQUIREMENTS);
    let place = workspace.target.join("tmp/python");
    let wanted = fs::read(&requirements).with_context(|| format!("cannot read `{REQUIREMENTS}`"))?;
    if fs::read(place.join(DONE)).is_ok_and(|done| done == wanted) {
        println!("`{}` is as the list has it", place.display());
        return Ok(());
    }
    install(&requirements, &place)?;
    fs::write(place.join(DONE), wanted).context("cannot write down that everything is installed")
}

fn install(requirements: &Path, place: &Path) -> anyhow::Result<()> {
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(place))?;
    let mut pip = Command::new(place.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    pip.args(["--require-hashes", "--only-binary", ":all:", "--requirement"]).arg(requirements);
    process::run(&mut pip)
}
