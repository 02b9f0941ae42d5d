//! Reading and replacing a file that belongs to somebody.
//!
//! A file is replaced by a finished one of the same mode beside it, renamed over it, so that a reader sees the old bytes or the new ones and a crash leaves one of both.
//! Where its content is no longer what was read, it is left alone. A link stays a link: the file that it leads to is replaced.
//! Access lists and extended attributes beyond the mode are not carried over.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// More than this no settings file has.
const MOST_BYTES: u64 = 16 << 20;
/// In the name of every file that is being written.
const PART: &str = ".annals-";

/// A file as it was read.
#[derive(Debug)]
pub(crate) struct Found {
    /// The file itself, behind every link.
    pub(crate) target: PathBuf,
    /// Its bytes; `None` where there is no file.
    pub(crate) content: Option<Vec<u8>>,
    metadata: Option<Metadata>,
}

/// Reads it, or says why it is left alone.
pub(crate) fn read(path: &Path) -> Result<Found, String> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let there = path.ancestors().skip(1).find(|folder| folder.exists());
            is_own(&there.unwrap_or(path).metadata().map_err(|error| error.to_string())?)?;
            return Ok(Found { target: path.to_owned(), content: None, metadata: None });
        }
        Err(error) => return Err(error.to_string()),
        Ok(_) => {}
    }
    let target = path.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "it is a link to a file that is not there".to_owned(),
        _ => error.to_string(),
    })?;
    let metadata = target.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is no file".to_owned());
    }
    if MOST_BYTES < metadata.len() {
        return Err("it is too large for a settings file".to_owned());
    }
    is_own(&metadata)?;
    let content = fs::read(&target).map_err(|error| error.to_string())?;
    Ok(Found { target, content: Some(content), metadata: Some(metadata) })
}

#[cfg(unix)]
fn is_own(metadata: &Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err("it belongs to another user".to_owned());
    }
    if metadata.is_file() && 1 < metadata.nlink() {
        return Err("it has a second name (a hard link), which a safe write would cut off".to_owned());
    }
    Ok(())
}

#[cfg(not(unix))]
fn is_own(_: &Metadata) -> Result<(), String> {
    Ok(())
}

/// Replaces what was found, or takes it away.
pub(super) fn replace(found: &Found, new: Option<&[u8]>) -> Result<(), String> {
    let told = |error: io::Error| format!("it could not be written: {error}");
    let folder = found.target.parent().ok_or("it has no folder")?;
    let Some(new) = new else {
        is_as_found(found)?;
        fs::remove_file(&found.target).map_err(told)?;
        return keep(folder).map_err(told);
    };
    if found.content.is_none() {
        make(folder, true).map_err(told)?;
    }
    let _held = hold(folder)?;
    let name = found.target.file_name().unwrap_or_default().to_owned();
    sweep(folder, &name);
    let mut prefix = OsString::from(".");
    prefix.push(&name);
    prefix.push(PART);
    let mut part = tempfile::Builder::new().prefix(&prefix).tempfile_in(folder).map_err(told)?;
    part.write_all(new).map_err(told)?;
    if let Some(metadata) = &found.metadata {
        like(part.as_file(), metadata).map_err(told)?;
    }
    part.as_file().sync_all().map_err(told)?;
    is_as_found(found)?;
    let kept = match found.content {
        Some(_) => part.persist(&found.target),
        None => part.persist_noclobber(&found.target),
    };
    kept.map_err(|error| told(error.error))?;
    keep(folder).map_err(told)
}

/// Writes a file of ours that is there as a whole or not at all, for its owner alone.
pub(super) fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut part = tempfile::Builder::new().prefix(PART).tempfile_in(folder)?;
    part.write_all(content)?;
    part.as_file().sync_all()?;
    part.persist(path).map_err(|error| error.error)?;
    keep(folder)
}

/// Makes a folder for its owner alone, with those above it where that is asked for.
pub(super) fn make(folder: &Path, with_parents: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(with_parents);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        other => other,
    }
}

fn is_as_found(found: &Found) -> Result<(), String> {
    let now = match fs::read(&found.target) {
        Ok(now) => Some(now),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.to_string()),
    };
    if now == found.content { Ok(()) } else { Err("it was changed by somebody else meanwhile".to_owned()) }
}

/// Gives a new file the mode and group of the old one; where the group can't be given, it gets no rights.
#[cfg(unix)]
fn like(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let mode = old.mode() & 0o777;
    let has_group = file.metadata()?.gid() == old.gid() || fchown(file, None, Some(old.gid())).is_ok();
    let mode = if has_group { mode } else { mode & !0o070 };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn like(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Holds a settings folder against another `setup` with another data directory. Where a folder can't be locked, the comparison before the rename has to do.
#[cfg(unix)]
fn hold(folder: &Path) -> Result<Option<File>, String> {
    let Ok(file) = File::open(folder) else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Err("another `annals setup` is changing it".to_owned()),
        Err(fs::TryLockError::Error(_)) => Ok(None),
    }
}

#[cfg(not(unix))]
fn hold(_: &Path) -> Result<Option<File>, String> {
    Ok(None)
}

/// Takes away what a killed process of ours left beside the file.
fn sweep(folder: &Path, name: &std::ffi::OsStr) {
    let begin = format!(".{}{PART}", name.to_string_lossy());
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&begin)) {
        // What can't be taken away is in nobody's way.
        let _ = fs::remove_file(entry.path());
    }
}

#[cfg(unix)]
fn keep(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn keep(_: &Path) -> io::Result<()> {
    Ok(())
}
