//! A file that is there whole or not at all, and takes nobody's place.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A file that grows under another name.
pub(in crate::commands) struct NewFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl NewFile {
    /// Begins it, unless there is one of that name.
    pub(in crate::commands) fn begin(path: &Path) -> Result<Self, Failure> {
        if path.symlink_metadata().is_ok() {
            return Err(Failure::usage(format!("`{}` is there already (hint: name another file)", path.display())));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(folder).map_err(|error| unwritable(path, &error))?;
        Ok(Self { file, path: path.to_path_buf() })
    }

    /// What is written to.
    pub(in crate::commands) fn handle(&self) -> Result<File, Failure> {
        self.file.reopen().map_err(|error| unwritable(&self.path, &error))
    }

    /// Gives it its name.
    pub(in crate::commands) fn finish(self) -> Result<(), Failure> {
        self.file.as_file().sync_all().map_err(|error| unwritable(&self.path, &error))?;
        self.file.persist_noclobber(&self.path).map(drop).map_err(|error| unwritable(&self.path, &error.error))
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::could_not(format!("could not write `{}`: {error}", path.display()))
}
