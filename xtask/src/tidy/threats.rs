//! The threat model names what shows each of its rows; here every such name is looked up, so that no promise outlives its proof.

use super::Finding;

/// The page.
pub(super) const PAGE: &str = "docs/threats.md";
/// The folder of the attacks' sources.
const ATTACKS: &str = "xtask/tamper/src/";
/// What begins the name of an attack.
const TAMPER: &str = "tamper ";

/// Checks the last column of the table against the sources, given by path and content.
pub(super) fn check(page: &str, sources: &[(String, String)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rows = page.lines().enumerate().filter(|(_, line)| line.starts_with("| ") && !line.starts_with("| ---"));
    for (index, row) in rows.skip(1) {
        let shown_by = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
        let names: Vec<_> = shown_by.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            findings.push(Finding::new(PAGE, index + 1, "a threat that nothing shows"));
        }
        for name in names.into_iter().filter(|name| !exists(name, sources)) {
            findings.push(Finding::new(PAGE, index + 1, format!("there is no `{name}`")));
        }
    }
    if page.lines().filter(|line| line.starts_with("| ")).count() < 3 {
        findings.push(Finding::new(PAGE, 0, "the table of threats is empty or gone"));
    }
    findings
}

fn exists(name: &str, sources: &[(String, String)]) -> bool {
    let Some(attack) = name.strip_prefix(TAMPER) else { return is_test(name, sources) };
    // A star stands for what the name is put together with.
    let quoted = match attack.strip_suffix('*') {
        Some(start) => format!("\"{start}{{"),
        None => format!("\"{attack}\""),
    };
    sources.iter().any(|(path, content)| path.starts_with(ATTACKS) && content.contains(&quoted))
}

/// Whether a test has that name; its module may stand before it.
fn is_test(name: &str, sources: &[(String, String)]) -> bool {
    let function = format!("fn {}(", name.rsplit("::").next().unwrap_or(name));
    sources.iter().any(|(_, content)| {
        content
            .lines()
            .scan("", |before, line| Some((std::mem::replace(before, line), line)))
            .any(|(before, line)| before.trim() == concat!("#[", "test]") && line.trim_start().starts_with(&function))
    })
}
