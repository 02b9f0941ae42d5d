//! Which crate may depend on which: the table in ARCHITECTURE.md, held against what cargo says.
//!
//! The table is the rule, so that the document cannot say one thing and the manifests another. What only tests depend on is not in it, since it never ships.

use anyhow::bail;

use super::Finding;
use crate::workspace::Workspace;

/// The document.
const ARCHITECTURE: &str = "ARCHITECTURE.md";
/// The heading over the table.
const HEADING: &str = "## Arrows";

/// One row of the table: a crate, and the crates of ours that it may depend on.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Row {
    name: String,
    may_use: Vec<String>,
}

/// Checks every member's dependencies.
pub(super) fn check(workspace: &Workspace) -> anyhow::Result<Vec<Finding>> {
    let rows = rows(&workspace.read(ARCHITECTURE)?);
    if rows.is_empty() {
        bail!("`{ARCHITECTURE}` has no table under `{HEADING}`");
    }
    let members: Vec<_> = workspace.packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let shipped = package.dependencies.iter().filter(|dependency| !dependency.is_dev);
        let ours: Vec<_> =
            shipped.map(|dependency| dependency.name.as_str()).filter(|name| members.contains(name)).collect();
        findings.extend(judge(&rows, &package.name, &ours));
    }
    Ok(findings)
}

/// The rows under the heading: names are in backticks, the first of a line is the crate.
pub(super) fn rows(document: &str) -> Vec<Row> {
    let section =
        document.lines().skip_while(|line| *line != HEADING).skip(1).take_while(|line| !line.starts_with("## "));
    let rows = section.filter(|line| line.starts_with("| `")).filter_map(|line| {
        let mut names = line.split('`').skip(1).step_by(2).map(str::to_owned);
        Some(Row { name: names.next()?, may_use: names.collect() })
    });
    rows.collect()
}

/// What is wrong with one crate's dependencies on ours.
pub(super) fn judge(rows: &[Row], name: &str, uses: &[&str]) -> Vec<Finding> {
    let Some(row) = rows.iter().find(|row| row.name == name) else {
        return vec![Finding::new(ARCHITECTURE, 0, format!("`{name}` is missing under `{HEADING}`"))];
    };
    let wrong = uses.iter().filter(|used| !row.may_use.iter().any(|allowed| allowed == *used));
    wrong
        .map(|used| Finding::new(ARCHITECTURE, 0, format!("`{name}` depends on `{used}`, an arrow that is not drawn")))
        .collect()
}
