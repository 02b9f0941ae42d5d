//! The house rules that no other tool checks, as code.
//!
//! Each rule is a function from text to findings, so that it is tested without a file; this module only says which files there are and prints what was found.
//! All findings are printed before the step fails: a reader mends them in one go.
//! The files are those that git knows or would add, so that what is built or downloaded is never looked at.

use std::fmt;
use std::process::Command;

use anyhow::bail;

use crate::process;
use crate::workspace::Workspace;

mod arrows;
mod manifests;
mod sources;
mod text;
mod threats;

/// A rule that does not hold somewhere.
#[derive(PartialEq, Eq, Debug)]
struct Finding {
    /// The file, under the root.
    path: String,
    /// The line, from 1; 0 when it is about the whole file.
    line: usize,
    /// What is wrong and what to do instead.
    problem: String,
}

impl Finding {
    fn new(path: &str, line: usize, problem: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, problem: problem.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.path, self.problem),
            line => write!(formatter, "{}:{line}: {}", self.path, self.problem),
        }
    }
}

/// Checks every file and every arrow.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    let mut sources = Vec::new();
    let paths = paths(workspace)?;
    let root = workspace.root.to_string_lossy();
    for path in &paths {
        // What is no UTF-8 is a fixture, and what is gone was deleted but not yet committed.
        let Ok(content) = workspace.read(path) else { continue };
        if !is_kept_as_it_is(path) {
            findings.extend(text::check(path, &content, &root));
        }
        if has_extension(path, "rs") {
            findings.extend(sources::check(path, &content));
            sources.push((path.clone(), content));
        }
    }
    findings.extend(threats::check(&workspace.read(threats::PAGE)?, &sources));
    findings.extend(manifests::check(workspace, &paths)?);
    findings.extend(arrows::check(workspace)?);
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("{} files", paths.len());
            Ok(())
        }
        n => bail!("{n} places break a house rule"),
    }
}

fn paths(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(&workspace.root);
    let mut paths: Vec<_> = process::output(&mut command)?.split_terminator('\0').map(str::to_owned).collect();
    paths.sort_unstable();
    paths.dedup();
    Ok(paths)
}

/// Files that tools write, or whose bytes are the point.
fn is_kept_as_it_is(path: &str) -> bool {
    path == "Cargo.lock"
        || path.starts_with("fuzz/seeds/")
        || path.contains("/fixtures/")
        || path.contains("/snapshots/")
        || has_extension(path, "snap")
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

#[cfg(test)]
mod tests;
