//! Rules for Rust files: how a file opens, how long it may be, what `lib.rs` holds, and which attributes and macros stay out.

use super::Finding;

/// From here on a file says too much for one page.
const MAX_LINES: usize = 600;

/// What a line may not begin with, and why. Put together here so that this file does not break its own rules.
const NO_ATTRIBUTE: &[(&str, &str)] = &[
    (concat!("#[", "ignore"), "no test is ignored: what cannot run fails and says what to install"),
    (concat!("#[", "allow("), "use `#[expect(lint, reason = \"…\")]`"),
    (concat!("#![", "allow("), "use `#![expect(lint, reason = \"…\")]`"),
];

/// What may not be called.
const NO_MACRO: &[&str] = &[concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!(")];

/// Checks one Rust file.
pub(super) fn check(path: &str, content: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "mod.rs" {
        findings.push(Finding::new(path, 0, "a module is `foo.rs` beside its folder `foo/`, never `mod.rs`"));
    }
    if !content.lines().find(|line| !line.trim().is_empty()).is_some_and(opens_with_prose) {
        findings.push(Finding::new(path, 1, "a file opens with `//!` prose: what it is for and what it does not know"));
    }
    let n_lines = content.lines().count();
    if n_lines > MAX_LINES {
        findings.push(Finding::new(path, 0, format!("{n_lines} lines, more than {MAX_LINES}: one page an idea")));
    }
    for (index, line) in content.lines().enumerate() {
        let line = line.trim_start();
        for (start, problem) in NO_ATTRIBUTE {
            if line.starts_with(start) {
                findings.push(Finding::new(path, index + 1, *problem));
            }
        }
        if !line.starts_with("//") && NO_MACRO.iter().any(|name| line.contains(name)) {
            findings.push(Finding::new(path, index + 1, "unfinished code does not land"));
        }
    }
    if name == "lib.rs" {
        findings.extend(lib(path, content));
    }
    findings
}

fn opens_with_prose(line: &str) -> bool {
    line.strip_prefix("//!").is_some_and(|prose| !prose.trim().is_empty())
}

/// `lib.rs` holds the crate's essay and its re-exports: beside attributes there is only `mod name;`, `use …;`, and a module whose body is such lines again.
fn lib(path: &str, content: &str) -> Option<Finding> {
    let mut is_inside = false;
    let mut depth = 0_usize;
    for (index, line) in content.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default().trim();
        if code.is_empty() {
            continue;
        }
        let is_attribute = depth == 0 && !is_inside && (code.starts_with("#[") || code.starts_with("#!["));
        if !is_attribute && !is_inside && depth == 0 {
            let item = code.strip_prefix("pub(crate) ").or_else(|| code.strip_prefix("pub ")).unwrap_or(code);
            let is_module = item.starts_with("mod ") && item.ends_with([';', '{']);
            let is_fine = item.starts_with("use ") || is_module || item == "}";
            if !is_fine {
                return Some(Finding::new(path, index + 1, "`lib.rs` holds prose and re-exports, nothing else"));
            }
            is_inside = item.starts_with("use ") && !item.ends_with(';');
        } else if is_inside {
            is_inside = !code.ends_with(';');
        }
        if is_attribute || depth > 0 {
            let opened = code.matches('[').count();
            depth = (depth + opened).saturating_sub(code.matches(']').count());
        }
    }
    None
}
