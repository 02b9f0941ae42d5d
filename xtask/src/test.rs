//! `cargo xtask test`: everything that must hold before a change lands.
//!
//! The cheap steps come first, so that a missing space is known in seconds. All steps that compile use the same features and flags, so that they share what is built;
//! only the model checker needs other flags and has a target folder of its own.
//! `cargo machete` and `cargo deny` stand in this gate rather than in `full`: installing them costs a new machine some minutes once, and a licence or a crate that nobody
//! uses is cheapest to refuse on the day it comes in.

use anyhow::bail;

use crate::process::{self, cargo};
use crate::steps::{self, Step};
use crate::tools::{
    CC, CHROMIUM, CLIPPY, CURL, CXX, DENY, GIT, MACHETE, MOUNT, NEXTEST, NPM, PGBOUNCER, PYTHON, RUSTFMT, SCRIPT,
    STRACE, UNSHARE,
};
use crate::workspace::Workspace;
use crate::{embedded, fuzz, node, python, session, tamper, tidy};

/// The steps in their order.
const STEPS: &[Step] = &[
    Step { name: "fmt", about: "the sources are formatted", tools: &[RUSTFMT], run: fmt },
    Step { name: "tidy", about: "the house rules hold that no other tool checks", tools: &[GIT], run: tidy::run },
    Step { name: "machete", about: "no crate names a dependency it does not use", tools: &[MACHETE], run: machete },
    Step { name: "deny", about: "licences, sources and banned crates", tools: &[DENY], run: deny },
    Step { name: "clippy", about: "no lint, in any target", tools: &[CLIPPY, CC], run: clippy },
    Step { name: "doc", about: "the documentation builds without a warning", tools: &[CC], run: doc },
    Step {
        name: "node",
        about: "an MCP server and client of others are there for the tests",
        tools: &[NPM],
        run: node::run,
    },
    Step {
        name: "python",
        about: "Pythons are there: for a stranger who checks proofs, and with the MCP client",
        tools: &[PYTHON],
        run: python::run,
    },
    Step {
        name: "unit",
        about: "all tests",
        tools: &[NEXTEST, CC, CHROMIUM, CURL, PGBOUNCER, PYTHON, STRACE, UNSHARE, MOUNT],
        run: unit,
    },
    Step { name: "doctest", about: "the examples in the documentation, README's included", tools: &[CC], run: doctest },
    Step { name: "features", about: "what users are promised, in Gherkin", tools: &[CC], run: features_short },
    Step {
        name: "tamper",
        about: "attacks on a real log are caught and called by their names",
        tools: &[CC],
        run: tamper::short,
    },
    Step {
        name: "shuttle",
        about: "interleavings explored by the model checker",
        tools: &[NEXTEST, CC],
        run: shuttle_short,
    },
    Step {
        name: "fuzz",
        about: "each parser of untrusted bytes under a fuzzer, 20 s each",
        tools: &[CC, CXX],
        run: fuzz::short,
    },
    Step {
        name: "session",
        about: "README's terminal session prints what README shows",
        tools: &[CC, SCRIPT],
        run: session::run,
    },
    Step { name: "embedded", about: "the library alone in another crate", tools: &[CC], run: embedded::run },
];

/// Runs the steps that the arguments ask for.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    let Some(chosen) = steps::choose(STEPS, arguments)? else { return Ok(()) };
    steps::run(workspace, "test", &chosen, &mut Vec::new())
}

fn fmt(_: &Workspace) -> anyhow::Result<()> {
    process::run(&mut cargo(["fmt", "--all", "--check"]))
}

fn machete(workspace: &Workspace) -> anyhow::Result<()> {
    // Only the members: a target folder holds scratch crates that depend on things in order to depend on them.
    process::run(cargo(["machete", "crates", "fuzz", "xtask"]).current_dir(&workspace.root))
}

fn deny(_: &Workspace) -> anyhow::Result<()> {
    process::run(&mut cargo(["deny", "--workspace", "check", "bans", "licenses", "sources"]))
}

fn clippy(_: &Workspace) -> anyhow::Result<()> {
    process::run(&mut cargo(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]))
}

fn doc(_: &Workspace) -> anyhow::Result<()> {
    // The binary and the library share the name `annals`, so the binaries' pages would overwrite the library's: only libraries are built.
    let mut command = cargo(["doc", "--workspace", "--lib", "--no-deps", "--all-features"]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn unit(_: &Workspace) -> anyhow::Result<()> {
    process::run(&mut cargo(["nextest", "run", "--workspace", "--all-features"]))
}

fn doctest(_: &Workspace) -> anyhow::Result<()> {
    process::run(&mut cargo(["test", "--workspace", "--all-features", "--doc"]))
}

fn features_short(workspace: &Workspace) -> anyhow::Result<()> {
    features(workspace, &[])
}

fn shuttle_short(workspace: &Workspace) -> anyhow::Result<()> {
    shuttle(workspace, "default", &[])
}

/// Cucumber has a harness of its own, which nextest cannot list: each target named `features` is run by cargo.
pub(crate) fn features(workspace: &Workspace, variables: &[(&str, &str)]) -> anyhow::Result<()> {
    let is_features = |(name, kind): &(String, String)| name == "features" && kind == "test";
    let packages = workspace.packages.iter().filter(|package| package.targets.iter().any(is_features));
    let names: Vec<_> = packages.map(|package| package.name.as_str()).collect();
    if names.is_empty() {
        bail!("no package has a test target named `features`, so the scenarios would not be run");
    }
    for name in names {
        let mut command = cargo(["test", "--all-features", "--package", name, "--test", "features"]);
        process::run(command.envs(variables.iter().copied()))?;
    }
    Ok(())
}

/// Runs the tests named `shuttle` of the crates whose synchronisation primitives the model checker replaces.
pub(crate) fn shuttle(workspace: &Workspace, profile: &str, variables: &[(&str, &str)]) -> anyhow::Result<()> {
    let mut command = cargo(["nextest", "run", "--profile", profile]);
    command.args(["--package", "annals-store", "--package", "annals-journal", "--lib", "shuttle"]);
    command.env("RUSTFLAGS", "--cfg shuttle").env("CARGO_TARGET_DIR", workspace.target.join("shuttle"));
    process::run(command.envs(variables.iter().copied()))
}
