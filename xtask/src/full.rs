//! `cargo xtask full`: the long counts, and the page that keeps their last result.
//!
//! The tests are the same as in `cargo xtask test`; they read `ANNALS_FULL` and then count to what the promises name (a thousand rounds of `kill -9` instead of twenty).
//! A test that has counted something worth keeping appends a line of Markdown to the file that `ANNALS_FULL_REPORT` names; the page quotes these lines.
//! The page says what kind of machine it was, never which.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::process::{self, cargo};
use crate::steps::{self, Done, Step};
use crate::tools::{CC, CHROMIUM, CURL, CXX, MOUNT, NEXTEST, NPM, PGBOUNCER, PYTHON, STRACE, UNSHARE};
use crate::workspace::Workspace;
use crate::{fuzz, node, python, tamper, test};

const STEPS: &[Step] = &[
    Step {
        name: "node",
        about: "an MCP server and client of others are there for the tests",
        tools: &[NPM],
        run: node::run,
    },
    Step {
        name: "python",
        about: "a Python is there that checks proofs and bundles as a stranger would",
        tools: &[PYTHON],
        run: python::run,
    },
    Step {
        name: "unit",
        about: "all tests, to the long counts",
        tools: &[NEXTEST, CC, CHROMIUM, CURL, PGBOUNCER, PYTHON, STRACE, UNSHARE, MOUNT],
        run: unit,
    },
    Step { name: "features", about: "what users are promised, in Gherkin", tools: &[CC], run: features },
    Step {
        name: "tamper",
        about: "attacks on a real log, 200 times each, are caught and called by their names",
        tools: &[CC],
        run: tampering,
    },
    Step {
        name: "fuzz",
        about: "each parser of untrusted bytes under a fuzzer, two minutes each",
        tools: &[CC, CXX],
        run: fuzzing,
    },
    Step { name: "shuttle", about: "many more interleavings", tools: &[NEXTEST, CC], run: shuttle },
];

/// Tells the tests to count far.
const FULL: (&str, &str) = ("ANNALS_FULL", "1");
/// Tells the tests where to leave a line.
const REPORT: &str = "ANNALS_FULL_REPORT";
/// The page, by its path under the root.
const PAGE: &str = "docs/reliability/full.md";

/// Runs the long counts and writes the page, whether they held or not; after a part of them it is only printed.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    let Some(chosen) = steps::choose(STEPS, arguments)? else { return Ok(()) };
    let report = report_path(workspace);
    fs::create_dir_all(&workspace.target)?;
    fs::write(&report, "").with_context(|| format!("cannot write `{}`", report.display()))?;
    let mut done = Vec::new();
    let outcome = steps::run(workspace, "full", &chosen, &mut done);
    let lines = fs::read_to_string(&report)?;
    let page = page(&Setting::read(workspace)?, &done, &lines)?;
    if chosen.len() < STEPS.len() {
        // A part of the counts must not take the place of all of them.
        println!("\n{page}");
        return outcome;
    }
    let path = workspace.root.join(PAGE);
    fs::create_dir_all(path.parent().unwrap_or(&workspace.root))?;
    fs::write(&path, page).with_context(|| format!("cannot write `{PAGE}`"))?;
    println!("wrote `{PAGE}`");
    outcome
}

fn unit(workspace: &Workspace) -> anyhow::Result<()> {
    let mut command = cargo(["nextest", "run", "--workspace", "--all-features", "--profile", "full"]);
    process::run(command.env(FULL.0, FULL.1).env(REPORT, report_path(workspace)))
}

fn features(workspace: &Workspace) -> anyhow::Result<()> {
    test::features(workspace, &[FULL])
}

fn shuttle(workspace: &Workspace) -> anyhow::Result<()> {
    test::shuttle(workspace, "full", &[FULL])
}

fn tampering(workspace: &Workspace) -> anyhow::Result<()> {
    tamper::full((REPORT, &report_path(workspace)))
}

fn fuzzing(workspace: &Workspace) -> anyhow::Result<()> {
    fuzz::full(workspace, &report_path(workspace))
}

fn report_path(workspace: &Workspace) -> std::path::PathBuf {
    workspace.target.join("full-report.md")
}

/// Under which circumstances the counts were made.
struct Setting {
    date: String,
    commit: String,
    machine: String,
    rustc: String,
}

impl Setting {
    fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let git =
            |arguments: &[&str]| process::output(Command::new("git").args(arguments).current_dir(&workspace.root));
        let mut commit = git(&["rev-parse", "--short=12", "HEAD"])?.trim().to_owned();
        if !git(&["status", "--porcelain"])?.trim().is_empty() {
            commit.push_str(" with changes not yet committed");
        }
        Ok(Self {
            date: process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim().to_owned(),
            commit,
            machine: machine(&workspace.target)?,
            rustc: process::output(Command::new("rustc").arg("--version"))?.trim().to_owned(),
        })
    }
}

/// Cores, memory, system and file system: what bears on the figures, and nothing that tells one machine from another of its kind.
fn machine(target: &Path) -> anyhow::Result<String> {
    let n_cores = std::thread::available_parallelism()?;
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib =
        memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let memory =
        kib.map_or_else(|| "unknown memory".to_owned(), |kib| format!("{} GiB of memory", kib.div_ceil(1 << 20)));
    let kernel = process::output(Command::new("uname").args(["-s", "-r"]))?;
    let kernel = kernel.trim().split(['.', '-']).take(2).collect::<Vec<_>>().join(".");
    let file_system = process::output(Command::new("stat").args(["-f", "-c", "%T"]).arg(target))?;
    Ok(format!("{n_cores} cores ({}), {memory}, {kernel}, {}", std::env::consts::ARCH, file_system.trim()))
}

fn page(setting: &Setting, done: &[Done], lines: &str) -> anyhow::Result<String> {
    let mut page = String::new();
    writeln!(page, "# The long counts\n")?;
    writeln!(
        page,
        "Written by `cargo xtask full`, which runs the tests of `cargo xtask test` to the counts that the promises name."
    )?;
    writeln!(page, "It is never edited by hand.\n")?;
    writeln!(page, "- Date: {}", setting.date)?;
    writeln!(page, "- Commit: {}", setting.commit)?;
    writeln!(page, "- Machine: {}", setting.machine)?;
    writeln!(page, "- Compiler: {}\n", setting.rustc)?;
    writeln!(page, "| step | result | duration |\n| --- | --- | --- |")?;
    for step in done {
        let result = if step.passed { "held" } else { "failed" };
        writeln!(page, "| {} | {result} | {} |", step.name, steps::seconds(step.took))?;
    }
    // Tests run side by side, so their lines come in any order; sorted, two runs can be compared.
    let mut counts: Vec<_> = lines.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    counts.sort_unstable();
    if !counts.is_empty() {
        writeln!(page, "\n## What was counted\n")?;
        for line in counts {
            writeln!(page, "- {}", line.trim_start_matches("- "))?;
        }
    }
    Ok(page)
}
