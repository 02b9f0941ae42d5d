//! Data directories: copying them, and where in them things lie.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tempfile::TempDir;

/// The database's file in a data directory.
pub(crate) const DATABASE: &str = "annals.db";
/// The folder of the published checkpoints.
const CHECKPOINTS: &str = "checkpoints";
/// A folder in memory, where there is one: thousands of copies need no disk, since nothing here is about surviving.
const IN_MEMORY: &str = "/dev/shm";

/// A folder that is gone when it is dropped.
pub(crate) fn scratch() -> anyhow::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("annals-tamper-");
    let in_memory = Path::new(IN_MEMORY);
    let made = if in_memory.is_dir() { builder.tempdir_in(in_memory) } else { builder.tempdir() };
    made.context("cannot make a folder for the copies")
}

/// Copies what a verifier looks at: the database and the checkpoints, without journals and without the key.
pub(crate) fn copy_evidence(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    fs::copy(from.join(DATABASE), to.join(DATABASE)).context("cannot copy the database")?;
    copy(&from.join(CHECKPOINTS), &to.join(CHECKPOINTS))
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read `{}`", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Removes the database and what SQLite keeps beside it.
pub(crate) fn remove_database(data: &Path) -> anyhow::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        match fs::remove_file(data.join(format!("{DATABASE}{suffix}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// The folder of this log's published checkpoints: the one with the newest, where the log had other names.
pub(crate) fn published(data: &Path) -> anyhow::Result<PathBuf> {
    Ok(latest(data)?.parent().context("a file lies in a folder")?.to_path_buf())
}

/// The newest published checkpoint.
pub(crate) fn latest(data: &Path) -> anyhow::Result<PathBuf> {
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(data.join(CHECKPOINTS))? {
        let path = entry?.path().join("latest");
        if let Ok(note) = fs::read_to_string(&path) {
            let size = note.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or_default();
            found.push((size, path));
        }
    }
    found.sort();
    match found.pop() {
        Some((_, path)) => Ok(path),
        None => bail!("nothing was published"),
    }
}

/// Removes every published checkpoint of a larger tree; the newest that is left is `latest`.
pub(crate) fn remove_published_above(data: &Path, size: u64) -> anyhow::Result<()> {
    let latest = latest(data)?;
    let folder = latest.parent().context("a file lies in a folder")?;
    let mut left = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "ndjson") {
            continue;
        }
        let mut lines = String::new();
        for line in fs::read_to_string(&path)?.lines() {
            let entry: serde_json::Value = serde_json::from_str(line)?;
            if entry["size"].as_u64().is_some_and(|of| of <= size) {
                left = left.max(entry["note"].as_str().map(|note| (entry["size"].as_u64(), note.to_owned())));
                lines.push_str(line);
                lines.push('\n');
            }
        }
        if lines.is_empty() { fs::remove_file(&path)? } else { fs::write(&path, lines)? }
    }
    match left {
        Some((_, note)) => Ok(fs::write(latest, note)?),
        None => Ok(fs::remove_dir_all(folder)?),
    }
}
