//! Named steps, run in order and timed; the first that fails ends the run and says how to repeat it.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::tools::{self, Tool};
use crate::workspace::Workspace;

/// One thing that must hold.
pub(crate) struct Step {
    /// The name for `--only`.
    pub(crate) name: &'static str,
    /// One line for `--list`.
    pub(crate) about: &'static str,
    /// What must be installed for it.
    pub(crate) tools: &'static [Tool],
    /// The check itself.
    pub(crate) run: fn(&Workspace) -> anyhow::Result<()>,
}

/// A step that was run.
pub(crate) struct Done {
    /// Its name.
    pub(crate) name: &'static str,
    /// How long it took.
    pub(crate) took: Duration,
    /// Whether it held.
    pub(crate) passed: bool,
}

/// The steps that the arguments ask for; `None` when they only asked for the list, which is then printed.
pub(crate) fn choose<'a>(all: &'a [Step], arguments: &[String]) -> anyhow::Result<Option<Vec<&'a Step>>> {
    let mut chosen = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--list" => {
                for step in all {
                    println!("{:<10} {}", step.name, step.about);
                }
                return Ok(None);
            }
            "--only" => {
                let name = rest.next().context("`--only` needs the name of a step (hint: `--list` prints them)")?;
                let step = all.iter().find(|step| step.name == name);
                chosen.push(step.with_context(|| format!("no step `{name}` (hint: `--list` prints them)"))?);
            }
            _ => bail!("unknown argument `{argument}` (hint: `--only STEP` or `--list`)"),
        }
    }
    Ok(Some(if chosen.is_empty() { all.iter().collect() } else { chosen }))
}

/// Installs what the steps need and runs them. Everything done is pushed to `done`, the failing step included.
pub(crate) fn run(workspace: &Workspace, command: &str, steps: &[&Step], done: &mut Vec<Done>) -> anyhow::Result<()> {
    let begun = Instant::now();
    tools::ensure(steps.iter().flat_map(|step| step.tools))?;
    let tools_took = begun.elapsed();
    for step in steps {
        println!("\n==> {}: {}", step.name, step.about);
        let begun = Instant::now();
        let outcome = (step.run)(workspace);
        let took = begun.elapsed();
        done.push(Done { name: step.name, took, passed: outcome.is_ok() });
        outcome.with_context(|| {
            let name = step.name;
            let took = seconds(took);
            format!("step `{name}` failed after {took} (hint: repeat it with `cargo xtask {command} --only {name}`)")
        })?;
        println!("<== {} held ({})", step.name, seconds(took));
    }
    println!("\n{:<12} {:>9}", "tools", seconds(tools_took));
    for step in done.iter() {
        println!("{:<12} {:>9}", step.name, seconds(step.took));
    }
    println!("{:<12} {:>9}\n", "in all", seconds(begun.elapsed()));
    // The closing line that CI systems read in any language.
    println!("steps: {} passed, 0 failed", done.len());
    Ok(())
}

/// A duration for people.
pub(crate) fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
