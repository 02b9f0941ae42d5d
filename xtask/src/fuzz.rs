//! The step `fuzz`: every target of `annals-fuzz` under coverage, for a while, after a planted bug was found.
//!
//! libFuzzer is built by its crate with a C++ compiler, and the instrumentation is a pass of the compiler that the stable toolchain has; neither `cargo-fuzz` nor a nightly is
//! needed. What was learnt stays in the target folder, so that the next run goes on from there.
//!
//! A fuzzer that sees nothing finds nothing and says so in the same words as one that has looked everywhere. So the first target of each run has a bug, and not finding it is the failure.
//! As many targets run side by side as there are cores.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::process::{self, cargo};
use crate::steps::seconds;
use crate::workspace::Workspace;

/// The package.
const PACKAGE: &str = "annals-fuzz";
/// Where each target has a folder of inputs to begin with, under the root.
const SEEDS: &str = "fuzz/seeds";
/// Tells the program which target to run.
const VARIABLE: &str = "ANNALS_FUZZ_TARGET";
/// The target with the bug.
const PLANTED: &str = "planted";
/// What makes the compiler count branches and report what is compared; as `cargo-fuzz` has it.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares";
/// How long the planted bug may hide. It takes some seconds as a rule, by luck and by what else the machine does.
const MOST_FOR_PLANTED: Duration = Duration::from_mins(1);
/// A single input that takes longer is a finding: a parser must not hang.
const MOST_PER_INPUT: Duration = Duration::from_secs(10);
/// More memory is a finding, too, in MiB.
const MOST_MEMORY: u32 = 1024;

/// On every change.
pub(crate) fn short(workspace: &Workspace) -> anyhow::Result<()> {
    run(workspace, Duration::from_secs(20), None).map(drop)
}

/// For the long counts; a line of what was run is left in the report.
pub(crate) fn full(workspace: &Workspace, report: &Path) -> anyhow::Result<()> {
    run(workspace, Duration::from_mins(2), Some(report))
}

/// What the runs of all targets share.
struct Fuzzer<'w> {
    workspace: &'w Workspace,
    program: PathBuf,
    /// Where inputs and findings are kept.
    folder: PathBuf,
    time: Duration,
}

fn run(workspace: &Workspace, time: Duration, report: Option<&Path>) -> anyhow::Result<()> {
    let targets = targets(workspace)?;
    let folder = workspace.target.join("fuzz");
    let fuzzer = Fuzzer { workspace, program: build(&folder)?, folder, time };
    fuzzer.finds_the_planted_bug()?;
    let n_targets = targets.len();
    let results = fuzzer.all(targets)?;
    let mut n_runs = 0;
    let mut findings = Vec::new();
    for result in results {
        match result {
            Ok(n) => n_runs += n,
            Err(finding) => findings.push(format!("{finding:#}")),
        }
    }
    if !findings.is_empty() {
        bail!("{} of {n_targets} targets found something\n{}", findings.len(), findings.join("\n"));
    }
    if let Some(report) = report {
        let line = format!("- {n_targets} fuzz targets, {} s each: {n_runs} inputs, nothing found\n", time.as_secs());
        let before = fs::read_to_string(report).unwrap_or_default();
        fs::write(report, before + &line)?;
    }
    Ok(())
}

/// The names of the targets, which are those of the folders of seeds; a test of the package holds the two together.
fn targets(workspace: &Workspace) -> anyhow::Result<VecDeque<String>> {
    let mut names = Vec::new();
    for folder in fs::read_dir(workspace.root.join(SEEDS)).with_context(|| format!("cannot read `{SEEDS}`"))? {
        names.push(folder?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    if names.is_empty() {
        bail!("`{SEEDS}` names no target, so that nothing would be run");
    }
    Ok(names.into())
}

/// Builds the fuzzer and answers where it is. With a `--target`, so that build scripts are spared the flags.
fn build(folder: &Path) -> anyhow::Result<PathBuf> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("`rustc -vV` names no host")?;
    let mut command = cargo(["build", "--profile", "fuzz", "--package", PACKAGE, "--target", host]);
    process::run(command.env("CARGO_TARGET_DIR", folder).env("RUSTFLAGS", FLAGS))?;
    Ok(folder.join(host).join("fuzz").join(PACKAGE))
}

impl Fuzzer<'_> {
    fn finds_the_planted_bug(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let corpus = self.folder.join("corpus").join(PLANTED);
        if corpus.exists() {
            // What an earlier run learnt would find it for this one.
            fs::remove_dir_all(&corpus)?;
        }
        match self.one(PLANTED, MOST_FOR_PLANTED) {
            Ok(n_runs) => bail!("the fuzzer is blind: {n_runs} inputs did not find the planted bug"),
            Err(finding) if format!("{finding:#}").contains("the planted bug") => {
                println!("{PLANTED:<16} found, as it must be ({})", seconds(begun.elapsed()));
                Ok(())
            }
            Err(finding) => Err(finding.context("the fuzzer does not run")),
        }
    }

    /// Runs the targets, as many at a time as there are cores.
    fn all(&self, targets: VecDeque<String>) -> anyhow::Result<Vec<anyhow::Result<u64>>> {
        let n_threads = thread::available_parallelism()?.get().min(targets.len());
        let targets = Mutex::new(targets);
        // A function of its own, so that the lock is not held for as long as the target runs.
        let next = || targets.lock().expect("no thread panics").pop_front();
        let results = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..n_threads {
                scope.spawn(|| {
                    while let Some(target) = next() {
                        let result = self.one(&target, self.time);
                        if let Ok(n_runs) = &result {
                            let per_second = n_runs / self.time.as_secs().max(1);
                            println!("{target:<16} {n_runs:>10} inputs, {per_second:>7} a second");
                        }
                        results.lock().expect("no thread panics").push(result);
                    }
                });
            }
        });
        Ok(results.into_inner().expect("no thread panics"))
    }

    /// Runs one target and answers over how many inputs it went; what it found is the error, with the way to see it again.
    fn one(&self, target: &str, time: Duration) -> anyhow::Result<u64> {
        let corpus = self.folder.join("corpus").join(target);
        let artifacts = self.folder.join("artifacts").join(target);
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&artifacts)?;
        let mut command = Command::new(&self.program);
        command.env(VARIABLE, target).env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        command.arg(format!("-max_total_time={}", time.as_secs()));
        command.arg(format!("-timeout={}", MOST_PER_INPUT.as_secs())).arg(format!("-rss_limit_mb={MOST_MEMORY}"));
        command.arg(format!("-artifact_prefix={}/", artifacts.display())).arg("-print_final_stats=1");
        command.arg("-print_funcs=0").arg(&corpus);
        let seeds = self.workspace.root.join(SEEDS).join(target);
        if seeds.exists() {
            command.arg(seeds);
        }
        let output = command.output().with_context(|| format!("cannot start `{}`", self.program.display()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            let n_runs = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
            return n_runs.and_then(|n| n.trim().parse().ok()).context("the fuzzer does not say how far it came");
        }
        let lines: Vec<&str> = said.lines().filter(|line| is_telling(line)).collect();
        let input = said.lines().find_map(|line| line.split_once("Test unit written to ")).map(|(_, path)| path.trim());
        let Some(input) = input else {
            let last: Vec<&str> = said.lines().rev().take(10).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            bail!("`{target}` ended without an input ({}):\n{}", output.status, last.join("\n"));
        };
        bail!(
            "`{target}`: {}\n(hint: see it again with `{VARIABLE}={target} cargo run --package {PACKAGE} -- {input}`, and keep the input in `{SEEDS}/{target}` once it is mended)",
            lines.join("\n")
        )
    }
}

/// Whether a line of the fuzzer's output says what happened: the panic and what it says, or the fuzzer's own finding.
fn is_telling(line: &str) -> bool {
    !line.starts_with(['#', '\t', ' '])
        && !line.starts_with("INFO:")
        && !line.starts_with("stat::")
        && !line.starts_with("WARNING:")
}
