//! The library in somebody else's program: README's program built and run in a scratch crate that depends on `annals` and nothing else.
//!
//! The scratch crates lie in the target folder and each is a workspace of its own, so that nothing of ours (features, profiles, patches) leaks into them.
//! They are checked for what an embedder would hold against us: an async runtime or a network crate in the tree, a long tree, and a clash with another SQLite binding.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::process::{self, cargo};
use crate::workspace::Workspace;

/// The most crates that `annals` may bring along, itself included.
const MAX_CRATES: usize = 60;

/// Async runtimes, sockets, HTTP and TLS: none of them may come with the library.
const UNWELCOME: &[&str] = &[
    "async-io",
    "async-std",
    "axum",
    "curl",
    "futures",
    "h2",
    "hyper",
    "mio",
    "native-tls",
    "openssl",
    "quinn",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "tonic",
    "ureq",
];

/// What an application may bring along that has its own binding to SQLite.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("sqlx", r#"sqlx = { version = "0.9", default-features = false, features = ["runtime-tokio", "sqlite"] }"#),
    ("diesel", r#"diesel = { version = "2.3", default-features = false, features = ["sqlite"] }"#),
];

/// The oldest binding that our range of versions admits.
const OLDEST_BINDING: &str = r#"rusqlite = { version = "0.39", default-features = false }"#;

/// Builds and runs README's program, then looks at its tree and its neighbours.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let program = program(&workspace.read("README.md")?)?;
    let scratch = Scratch::make(workspace, "program", &program, "")?;
    // The same versions as in the workspace; cargo takes out what is not needed.
    fs::copy(workspace.root.join("Cargo.lock"), scratch.dir.join("Cargo.lock"))?;
    runs(&scratch)?;
    stays_small(&scratch)?;
    // The range of versions is a promise at its lower end too: there the same program builds and runs again.
    runs(&Scratch::make(workspace, "oldest", &program, OLDEST_BINDING)?)?;
    for (name, line) in NEIGHBOURS {
        let scratch = Scratch::make(workspace, name, "fn main() {}\n", line)?;
        resolves(&scratch, name)?;
    }
    Ok(())
}

/// A crate of its own that depends on `annals` by path.
struct Scratch {
    dir: PathBuf,
}

impl Scratch {
    fn make(workspace: &Workspace, name: &str, program: &str, dependency: &str) -> anyhow::Result<Self> {
        let dir = workspace.target.join("embedded").join(name);
        if dir.exists() {
            // Also what an earlier run recorded. The build lies elsewhere and is kept.
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir_all(dir.join("src"))?;
        let annals = toml_string(&workspace.root.join("crates/annals"))?;
        let manifest = format!(
            "[package]\nname = \"embedded-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
             [workspace]\n\n[dependencies]\nannals = {{ path = {annals} }}\n{dependency}\n"
        );
        fs::write(dir.join("Cargo.toml"), manifest)?;
        fs::write(dir.join("src/main.rs"), program)?;
        Ok(Self { dir })
    }

    fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = cargo(arguments);
        let target = self.dir.parent().unwrap_or(&self.dir).join("target");
        command.current_dir(&self.dir).env("CARGO_TARGET_DIR", target);
        command
    }
}

fn runs(scratch: &Scratch) -> anyhow::Result<()> {
    process::run(&mut scratch.cargo(["run", "--quiet"]))?;
    let database = scratch.dir.join("trail/annals.db");
    if !database.is_file() {
        bail!("README's program ran and left no `{}`", database.display());
    }
    Ok(())
}

fn stays_small(scratch: &Scratch) -> anyhow::Result<()> {
    let mut tree = scratch.cargo(["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    let tree = process::output(&mut tree)?;
    let names = crate_names(&tree);
    println!("`annals` brings {} crates, itself included (at most {MAX_CRATES})", names.len());
    if names.len() > MAX_CRATES {
        bail!("`annals` brings {} crates, more than {MAX_CRATES}:\n{tree}", names.len());
    }
    if let Some(name) = names.iter().find(|name| is_unwelcome(name)) {
        bail!("`annals` brings `{name}` (hint: `cargo tree --package annals --invert {name}`)");
    }
    Ok(())
}

/// Whether cargo finds versions for both. Nothing is downloaded or built for it: the lock file says what it found.
fn resolves(scratch: &Scratch, neighbour: &str) -> anyhow::Result<()> {
    process::run(&mut scratch.cargo(["generate-lockfile", "--quiet"]))?;
    let lock = fs::read_to_string(scratch.dir.join("Cargo.lock"))?;
    for name in [neighbour, "rusqlite", "libsqlite3-sys"] {
        let versions = locked(&lock, name);
        println!("beside `{neighbour}`: {name} {}", versions.join(", "));
        // Cargo lets only one crate link SQLite; two would mean that somebody took that key away.
        if versions.len() != 1 {
            bail!("beside `{neighbour}` there is not just one `{name}`: {versions:?}");
        }
    }
    Ok(())
}

/// The versions of a crate in a lock file.
fn locked<'a>(lock: &'a str, name: &str) -> Vec<&'a str> {
    let lines = lock.lines().zip(lock.lines().skip(1));
    let versions =
        lines.filter(|(first, _)| first.strip_prefix("name = ").is_some_and(|found| found.trim_matches('"') == name));
    versions
        .filter_map(|(_, second)| second.strip_prefix("version = "))
        .map(|version| version.trim_matches('"'))
        .collect()
}

/// The first Rust program of a Markdown file.
fn program(markdown: &str) -> anyhow::Result<String> {
    let mut lines = markdown.lines().skip_while(|line| !line.starts_with("```rust"));
    lines.next().context("README.md holds no Rust program")?;
    let lines = lines.take_while(|line| !line.starts_with("```"));
    // A doctest hides a line behind `# `.
    let lines = lines.map(|line| line.strip_prefix("# ").unwrap_or(line));
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}

/// The distinct crates of a tree, less the root on its first line.
fn crate_names(tree: &str) -> BTreeSet<&str> {
    let lines = tree.lines().skip(1).map(|line| line.trim_end_matches(" (*)").trim_end_matches(" (proc-macro)"));
    lines.filter(|line| !line.is_empty()).map(|line| line.split(" (").next().unwrap_or(line)).collect()
}

fn is_unwelcome(name_and_version: &str) -> bool {
    let name = name_and_version.split(' ').next().unwrap_or(name_and_version);
    UNWELCOME.iter().any(|unwelcome| {
        let rest = name.strip_prefix(unwelcome);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

fn toml_string(path: &Path) -> anyhow::Result<String> {
    let path = path.to_str().context("the workspace's path is no UTF-8")?;
    Ok(format!("{path:?}"))
}

#[cfg(test)]
mod tests;
