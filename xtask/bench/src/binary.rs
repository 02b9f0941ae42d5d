//! The command `annals`, built beside this program with the same profile.
//!
//! That is the optimised one under `cargo xtask bench`. The other, of a benchmark that is being written, shows that it works and measures nothing.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};

/// Builds the binary and says where it is.
pub(crate) fn built() -> anyhow::Result<PathBuf> {
    let folder = std::env::current_exe()?.parent().context("this program lies in no folder")?.to_owned();
    let target = folder.parent().context("this program lies in no target folder")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "annals-cli", "--target-dir"]).arg(target);
    if folder.file_name().is_none_or(|profile| profile != "debug") {
        build.arg("--release");
    }
    ensure!(build.status()?.success(), "the binary `annals` could not be built");
    let binary = folder.join("annals").with_extension(std::env::consts::EXE_EXTENSION);
    ensure!(binary.is_file(), "`{}` is not there after it was built", binary.display());
    Ok(binary)
}
