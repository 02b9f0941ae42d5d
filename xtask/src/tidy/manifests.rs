//! Rules for dependencies: versions stand in the workspace's manifest only, and each third party has its line among the decisions.
//!
//! The manifests are read line by line: they are ours and plain, and a TOML parser would be a dependency of every test run.

use super::Finding;
use crate::workspace::Workspace;

/// Where the reason for each dependency stands.
const DECISIONS: &str = "docs/decisions/0002-dependencies.md";

/// Checks every manifest against the workspace's and the decisions.
pub(super) fn check(workspace: &Workspace, paths: &[String]) -> anyhow::Result<Vec<Finding>> {
    let decisions = workspace.read(DECISIONS)?;
    let mut findings = undecided(&workspace.read("Cargo.toml")?, &decisions);
    for path in paths.iter().filter(|path| path.ends_with("/Cargo.toml")) {
        if let Ok(manifest) = workspace.read(path) {
            findings.extend(versions(path, &manifest));
        }
    }
    Ok(findings)
}

/// Third parties of the workspace's manifest without a line among the decisions.
pub(super) fn undecided(manifest: &str, decisions: &str) -> Vec<Finding> {
    let dependencies = dependencies(manifest).filter(|(_, table, _)| *table == "workspace.dependencies");
    let strangers = dependencies.filter(|(_, _, line)| !line.contains("path = "));
    let undecided = strangers.filter_map(|(number, _, line)| {
        let name = line.split(['=', '.', ' ']).next()?;
        let problem =
            format!("`{name}` has no line in `{DECISIONS}` (write why it is there and what else it could have been)");
        (!decisions.contains(&format!("`{name}`"))).then(|| Finding::new("Cargo.toml", number, problem))
    });
    undecided.collect()
}

/// Dependencies of a member that do not take their version from the workspace.
pub(super) fn versions(path: &str, manifest: &str) -> Vec<Finding> {
    let alone = dependencies(manifest).filter(|(_, _, line)| !line.contains("workspace = true"));
    alone.map(|(number, _, _)| Finding::new(path, number, "take the version from `[workspace.dependencies]`")).collect()
}

/// The lines of all dependency tables, with their number and the table's name.
fn dependencies(manifest: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    let mut table = "";
    let lines = manifest.lines().enumerate().filter_map(move |(index, line)| {
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_end().trim_end_matches(']');
            return None;
        }
        Some((index + 1, table, line))
    });
    lines.filter(|(_, table, line)| {
        let is_dependency = table.ends_with("dependencies");
        is_dependency && line.contains('=') && !line.starts_with([' ', '#', ']', '}'])
    })
}
