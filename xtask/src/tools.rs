//! The programs that the steps start, and how a machine gets them.
//!
//! A fresh machine has cargo and no more. What cargo can build is built (in the debug profile, which takes a third of the time and is fast enough here);
//! what Debian packages is installed where we are root and apt-get is there; anything else is an error that names the package.

use std::process::Command;

use anyhow::bail;

use crate::process;

/// A program and where it comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tool {
    /// What is started to see whether it is there.
    probe: &'static [&'static str],
    /// Who provides it.
    source: Source,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A crate whose binary `cargo install` builds.
    Crate(&'static str),
    /// A Debian package.
    Package(&'static str),
    /// A component of the toolchain, which only the user's toolchain manager can add.
    Component(&'static str),
}

pub(crate) const RUSTFMT: Tool = Tool { probe: &["cargo", "fmt", "--version"], source: Source::Component("rustfmt") };
pub(crate) const CLIPPY: Tool = Tool { probe: &["cargo", "clippy", "--version"], source: Source::Component("clippy") };
pub(crate) const NEXTEST: Tool =
    Tool { probe: &["cargo", "nextest", "--version"], source: Source::Crate("cargo-nextest") };
pub(crate) const DENY: Tool = Tool { probe: &["cargo", "deny", "--version"], source: Source::Crate("cargo-deny") };
pub(crate) const MACHETE: Tool =
    Tool { probe: &["cargo", "machete", "--version"], source: Source::Crate("cargo-machete") };
pub(crate) const GIT: Tool = Tool { probe: &["git", "--version"], source: Source::Package("git") };
/// Makes chosen system calls of a process fail.
pub(crate) const STRACE: Tool = Tool { probe: &["strace", "--version"], source: Source::Package("strace") };
/// Gives a test a mount namespace of its own, in which a small file system runs full.
pub(crate) const UNSHARE: Tool = Tool { probe: &["unshare", "--version"], source: Source::Package("util-linux") };
/// Mounts that small file system.
pub(crate) const MOUNT: Tool = Tool { probe: &["mount", "--version"], source: Source::Package("mount") };
/// Gives a command a terminal.
pub(crate) const SCRIPT: Tool = Tool { probe: &["script", "--version"], source: Source::Package("bsdutils") };
/// Fetches the programs of others that some tests drive.
pub(crate) const NPM: Tool = Tool { probe: &["npm", "--version"], source: Source::Package("npm") };
/// Checks what Annals gives away, as a stranger would.
pub(crate) const PYTHON: Tool =
    Tool { probe: &["python3", "-c", "import ensurepip, venv"], source: Source::Package("python3-venv") };
/// Shows the page to the tests.
pub(crate) const CHROMIUM: Tool = Tool { probe: &["chromium", "--version"], source: Source::Package("chromium") };
/// Stands between tests and PostgreSQL, and encrypts; Debian puts it where only root's path leads.
pub(crate) const PGBOUNCER: Tool =
    Tool { probe: &["/usr/sbin/pgbouncer", "--version"], source: Source::Package("pgbouncer") };
/// Asks a server by HTTP, as an example does.
pub(crate) const CURL: Tool = Tool { probe: &["curl", "--version"], source: Source::Package("curl") };
/// Compiles SQLite.
pub(crate) const CC: Tool = Tool { probe: &["cc", "--version"], source: Source::Package("gcc") };
/// Compiles the fuzzer's engine.
pub(crate) const CXX: Tool = Tool { probe: &["c++", "--version"], source: Source::Package("g++") };

/// Installs those that are missing, or says what to install.
pub(crate) fn ensure<'a>(tools: impl Iterator<Item = &'a Tool>) -> anyhow::Result<()> {
    let mut crates = Vec::new();
    let mut packages = Vec::new();
    let mut components = Vec::new();
    for tool in tools {
        let (name, list) = match tool.source {
            Source::Crate(name) => (name, &mut crates),
            Source::Package(name) => (name, &mut packages),
            Source::Component(name) => (name, &mut components),
        };
        if !list.contains(&name) && !process::succeeds(tool.probe[0], &tool.probe[1..]) {
            list.push(name);
        }
    }
    if !components.is_empty() {
        let names = components.join(" ");
        bail!("the toolchain lacks `{names}` (hint: `rustup component add {names}`)");
    }
    if !packages.is_empty() {
        install_packages(&packages)?;
    }
    for name in crates {
        process::run(&mut process::cargo(["install", "--locked", "--debug", name]))?;
    }
    Ok(())
}

fn install_packages(packages: &[&str]) -> anyhow::Result<()> {
    let names = packages.join(" ");
    let is_root = process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root || !process::succeeds("apt-get", &["--version"]) {
        bail!("the tests need `{names}` (hint: on Debian, `sudo apt-get install {names}`)");
    }
    process::run(Command::new("apt-get").args(["update", "--quiet"]))?;
    process::run(
        Command::new("apt-get")
            .args(["install", "--yes", "--quiet", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}
