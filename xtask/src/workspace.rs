//! What cargo knows about this workspace: where it lies, its packages, their targets and what they depend on.
//!
//! Read once from `cargo metadata`, so that no step keeps a list of crates that somebody must remember to extend.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, anyhow};
use serde_json::Value;

use crate::process;

/// The workspace as cargo describes it.
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// Where cargo builds; scratch folders of the steps lie in it too.
    pub(crate) target: PathBuf,
    /// The members, in cargo's order.
    pub(crate) packages: Vec<Package>,
}

/// One member.
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Whom it depends on, third parties included.
    pub(crate) dependencies: Vec<Dependency>,
    /// What is built from it: name and kind (`lib`, `bin`, `test` and so on).
    pub(crate) targets: Vec<(String, String)>,
}

/// One line of a manifest's dependency tables.
pub(crate) struct Dependency {
    /// The package depended on.
    pub(crate) name: String,
    /// Whether only tests see it.
    pub(crate) is_dev: bool,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let mut command = Command::new("cargo");
        command.args(["metadata", "--format-version", "1", "--no-deps"]);
        let metadata: Value = serde_json::from_str(&process::output(&mut command)?)?;
        let packages = array(&metadata, "packages")?.iter().map(package).collect::<anyhow::Result<_>>()?;
        Ok(Self {
            root: PathBuf::from(text(&metadata, "workspace_root")?),
            target: PathBuf::from(text(&metadata, "target_directory")?),
            packages,
        })
    }

    /// The member of that name, if there is one.
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    /// Reads a file by its path under the root.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> anyhow::Result<String> {
        let path = path.as_ref();
        std::fs::read_to_string(self.root.join(path)).with_context(|| format!("cannot read `{}`", path.display()))
    }
}

fn package(value: &Value) -> anyhow::Result<Package> {
    let dependencies = array(value, "dependencies")?.iter().map(dependency).collect::<anyhow::Result<_>>()?;
    let mut targets = Vec::new();
    for target in array(value, "targets")? {
        for kind in array(target, "kind")? {
            targets.push((text(target, "name")?.to_owned(), kind.as_str().unwrap_or_default().to_owned()));
        }
    }
    Ok(Package { name: text(value, "name")?.to_owned(), dependencies, targets })
}

fn dependency(value: &Value) -> anyhow::Result<Dependency> {
    let is_dev = value.get("kind").and_then(Value::as_str) == Some("dev");
    Ok(Dependency { name: text(value, "name")?.to_owned(), is_dev })
}

fn array<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a Vec<Value>> {
    value.get(name).and_then(Value::as_array).ok_or_else(|| anyhow!("cargo metadata has no list `{name}`"))
}

fn text<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| anyhow!("cargo metadata has no text `{name}`"))
}
