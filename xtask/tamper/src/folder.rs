//! Data directories: copying them, and where in them things lie.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde_json::Value;
use tempfile::TempDir;

/// The database's file in a data directory.
pub(crate) const DATABASE: &str = "annals.db";
/// The folder of the published checkpoints.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
/// The newest published checkpoint in its folder.
pub(crate) const LATEST: &str = "latest";
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

/// The folders of the published checkpoints, one for each name that the log had, the present one last.
pub(crate) fn published(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(data.join(CHECKPOINTS))? {
        let folder = entry?.path();
        if let Ok(note) = fs::read_to_string(folder.join(LATEST)) {
            let size = note.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or_default();
            found.push((size, folder));
        }
    }
    found.sort();
    ensure!(!found.is_empty(), "nothing was published");
    Ok(found.into_iter().map(|(_, folder)| folder).collect())
}

/// The files of a folder of published checkpoints that hold a line an hour.
pub(crate) fn months(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut months: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    months.retain(|path| path.extension().is_some_and(|extension| extension == "ndjson"));
    months.sort();
    Ok(months)
}

/// Puts other notes in the place of all published ones; what is `None` goes. The newest that is left is `latest`.
pub(crate) fn rewrite_published(
    folder: &Path,
    mut new: impl FnMut(&str) -> anyhow::Result<Option<String>>,
) -> anyhow::Result<()> {
    let mut left = None;
    for path in months(folder)? {
        let mut lines = String::new();
        for line in fs::read_to_string(&path)?.lines() {
            let mut entry: Value = serde_json::from_str(line)?;
            if let Some(note) = new(entry["note"].as_str().context("a line without a note")?)? {
                left = Some(note.clone());
                entry["note"] = note.into();
                lines.push_str(&entry.to_string());
                lines.push('\n');
            }
        }
        if lines.is_empty() { fs::remove_file(&path)? } else { fs::write(&path, lines)? }
    }
    let latest = folder.join(LATEST);
    match new(&fs::read_to_string(&latest)?)?.or(left) {
        Some(note) => Ok(fs::write(latest, note)?),
        None => Ok(fs::remove_dir_all(folder)?),
    }
}

/// Removes every published checkpoint of a larger tree.
pub(crate) fn remove_published_above(data: &Path, size: u64) -> anyhow::Result<()> {
    for folder in published(data)? {
        rewrite_published(&folder, |note| {
            let of: u64 = note.lines().nth(1).context("a note without a size")?.parse()?;
            Ok((of <= size).then(|| note.to_owned()))
        })?;
    }
    Ok(())
}
