//! A Python with the one library that the stranger's script needs, for the test that has the script check what Annals gives away, one with `schemathesis`, which drives a server by its description, and one with the official MCP client.
//!
//! The versions are exact and stand in a list each, with the digests of the packages; only built packages are taken, so that no script of theirs runs.
//! The environment lies where integration tests look for it, beside npm's. A copy of the list is put beside it last: it says that all of it is there.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::process;
use crate::workspace::Workspace;

/// Where the versions are written down, under the root, and the name of the environment that is made of them.
const LISTS: [(&str, &str); 3] = [
    ("tests/stranger/requirements.txt", "python"),
    ("tests/schemathesis/requirements.txt", "schemathesis"),
    ("examples/python/requirements.txt", "python-mcp"),
];
/// The copy that is written when everything is installed.
const DONE: &str = "installed.txt";

/// Installs what is not there in these versions.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    for (list, name) in LISTS {
        ensure(workspace, list, name)?;
    }
    Ok(())
}

fn ensure(workspace: &Workspace, list: &str, name: &str) -> anyhow::Result<()> {
    let requirements = workspace.root.join(list);
    let place = workspace.target.join("tmp").join(name);
    let wanted = fs::read(&requirements).with_context(|| format!("cannot read `{list}`"))?;
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
