//! Which files this process has open, as the kernel tells it.

use std::fs;
use std::path::{Path, PathBuf};

/// The open files of this process at or under a folder, deleted ones too, sorted. Empty when everything was released.
///
/// Reads `/proc/self/fd`, so it works on Linux alone, where the tests that need it run.
#[track_caller]
pub fn open_files_under(folder: &Path) -> Vec<PathBuf> {
    let folder = fs::canonicalize(folder).unwrap_or_else(|error| panic!("no folder `{}`: {error}", folder.display()));
    let descriptors = fs::read_dir("/proc/self/fd")
        .expect("`/proc` tells which files are open (hint: this test needs Linux with /proc mounted)");
    let mut files: Vec<PathBuf> = descriptors
        .filter_map(|descriptor| fs::read_link(descriptor.ok()?.path()).ok())
        .filter(|file| file.starts_with(&folder))
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests;
