//! Where the benchmarks keep their files: a folder of its own on a real disk, gone afterwards.
//!
//! In memory a flush costs nothing, and every figure about durability would be a lie, so that a file system in memory is refused.

use std::path::PathBuf;

use anyhow::Context;
use tempfile::TempDir;

/// The variable that names another place than the system's folder for temporary files.
const VARIABLE: &str = "ANNALS_BENCH_DIR";

/// Makes a folder that is removed when it is dropped.
pub(crate) fn folder() -> anyhow::Result<TempDir> {
    let parent = std::env::var_os(VARIABLE).map_or_else(std::env::temp_dir, PathBuf::from);
    refuse_memory(&parent)?;
    tempfile::Builder::new().prefix("annals-bench-").tempdir_in(&parent).with_context(|| {
        format!("cannot make a folder in `{}` (hint: name another one in `{VARIABLE}`)", parent.display())
    })
}

#[cfg(target_os = "linux")]
fn refuse_memory(parent: &std::path::Path) -> anyhow::Result<()> {
    /// `TMPFS_MAGIC` and `RAMFS_MAGIC` in statfs(2).
    const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
    let stat = rustix::fs::statfs(parent).with_context(|| format!("cannot look at `{}`", parent.display()))?;
    let kind = u64::try_from(stat.f_type).unwrap_or_default();
    anyhow::ensure!(
        !IN_MEMORY.contains(&kind),
        "`{}` lies in memory, where a flush costs nothing (hint: name a folder on a disk in `{VARIABLE}`)",
        parent.display()
    );
    Ok(())
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
fn refuse_memory(_: &std::path::Path) -> anyhow::Result<()> {
    Ok(())
}
