//! The folder that a bundle is written into.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{Error, ErrorKind, files};

/// A folder that was empty when it was taken.
pub(super) struct Folder {
    path: PathBuf,
}

/// A file of it that grows.
pub(super) struct Lines {
    path: PathBuf,
    writer: BufWriter<File>,
}

impl Folder {
    /// Makes the folder, or takes an empty one.
    pub(super) fn make(path: &Path) -> Result<Self, Error> {
        let path = std::path::absolute(path).map_err(|error| files::explain(path, "names no folder", error))?;
        files::make_folder(&path)?;
        let mut entries = fs::read_dir(&path).map_err(|error| files::explain(&path, "could not be read", error))?;
        if entries.next().is_some() {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("`{}` is not empty (hint: name a new folder; nothing in it was touched)", path.display()),
            ));
        }
        Ok(Self { path })
    }

    /// Writes a file, with the folders above it.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(&self.path);
        fs::create_dir_all(folder).map_err(|error| files::explain(folder, "could not be made", error))?;
        let written = files::private().create_new(true).open(&path).and_then(|mut file| file.write_all(content));
        written.map_err(|error| files::explain(&path, "could not be written", error).into())
    }

    /// Begins a file of lines.
    pub(super) fn lines(&self, name: &str) -> Result<Lines, Error> {
        let path = self.path.join(name);
        let file = files::private()
            .create_new(true)
            .open(&path)
            .map_err(|error| files::explain(&path, "could not be made", error))?;
        Ok(Lines { path, writer: BufWriter::with_capacity(64 << 10, file) })
    }

    /// Says that all is there.
    pub(super) fn finish(self, checkpoint: &str) -> Result<(), Error> {
        self.write("checkpoint", checkpoint.as_bytes())
    }
}

impl Lines {
    /// Writes a line.
    pub(super) fn line(&mut self, line: &str) -> Result<(), Error> {
        let written = self.writer.write_all(line.as_bytes()).and_then(|()| self.writer.write_all(b"\n"));
        written.map_err(|error| files::explain(&self.path, "could not be written", error).into())
    }

    /// Brings the last lines to the file.
    pub(super) fn end(mut self) -> Result<(), Error> {
        self.writer.flush().map_err(|error| files::explain(&self.path, "could not be written", error).into())
    }
}
