//! Rules for every text file: no white space at a line's end, one newline at the end of the file, and no path of somebody's machine.

use super::Finding;

/// Folders under which people live. What a path under them names is a person or a machine.
const HOMES: &[&str] = &["/home/", "/Users/", "/root/"];

/// The people whom examples and tests may name, beside those of a single letter.
const EXAMPLES: &[&str] = &["ada", "alice", "bob", "user"];

/// Checks one file. `root` is where this workspace lies, which no file may mention.
pub(super) fn check(path: &str, content: &str, root: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Not `lines`, which would take a carriage return away with the newline.
    for (index, line) in content.split('\n').enumerate() {
        if line.ends_with([' ', '\t', '\r']) {
            findings.push(Finding::new(path, index + 1, "white space at the end of the line"));
        }
        if names_a_machine(line, root) {
            let problem = format!("a path of one machine (use one under `{}{}/`)", HOMES[0], EXAMPLES[0]);
            findings.push(Finding::new(path, index + 1, problem));
        }
    }
    if !content.is_empty() && (!content.ends_with('\n') || content.ends_with("\n\n")) {
        findings.push(Finding::new(path, 0, "the file must end with just one newline"));
    }
    findings
}

fn names_a_machine(line: &str, root: &str) -> bool {
    // A path begins where nothing before it could belong to it.
    let begins =
        |at: usize| !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-~/*".contains(before));
    let is_root = root.len() > 1 && line.match_indices(root).any(|(at, _)| begins(at));
    let is_home = HOMES.iter().any(|home| {
        line.match_indices(home).any(|(at, _)| {
            let who = &line[at + home.len()..];
            let who = &who[..who
                .find(|after: char| !after.is_alphanumeric() && after != '-' && after != '_')
                .unwrap_or(who.len())];
            begins(at) && 1 < who.len() && !EXAMPLES.contains(&who)
        })
    });
    is_root || is_home
}
