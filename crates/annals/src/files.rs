//! Small files beside the database, made so that they are there whole after a loss of power, and for their owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use annals_store::{Error, ErrorKind};

/// Between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(1);
/// More than any file that is read whole here ever has.
const MAX_BYTES: u64 = 16 << 20;

/// Makes a folder for its owner alone, if it is missing; the one above must be there. Its name is flushed.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Ok(()) => folder.parent().map_or(Ok(()), sync_folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(explain(folder, "could not be made", error)),
    }
}

/// How a file for its owner alone is opened for writing.
pub(crate) fn private() -> OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file of this content, in place of one of that name, and flushes it. It is no good under its final name: a crash leaves half of it.
pub(crate) fn write_flushed(path: &Path, content: &[u8]) -> Result<(), Error> {
    let written = private().create(true).truncate(true).open(path).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.map_err(|error| explain(path, "could not be written", error))
}

/// Puts a file in the place of another, and flushes the folder.
pub(crate) fn replace(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|error| explain(to, "could not be replaced", error))?;
    to.parent().map_or(Ok(()), sync_folder)
}

/// Makes sure that what was named in a folder keeps its name.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), Error> {
    // Only on Unix a folder can be opened and flushed; elsewhere the file system sees to it.
    if !cfg!(unix) {
        return Ok(());
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| explain(folder, "could not be flushed", error))
}

/// The bytes of a file; `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    // Opening a pipe would wait for somebody who writes to it.
    let is_file = fs::metadata(path)
        .and_then(|file| if file.is_file() { Ok(()) } else { Err(io::Error::other("it is no file")) });
    let read = is_file.and_then(|()| File::open(path)).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    match read {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(explain(path, "could not be read", error)),
    }
}

/// An error of the operating system's about a file, as one of the store contract.
pub(crate) fn explain(path: &Path, problem: &str, error: io::Error) -> Error {
    let (kind, hint) = match error.kind() {
        io::ErrorKind::NotFound => (ErrorKind::NotFound, " (hint: look at the data directory)"),
        io::ErrorKind::PermissionDenied => (ErrorKind::Permission, " (hint: check who owns the data directory)"),
        io::ErrorKind::ReadOnlyFilesystem => (ErrorKind::ReadOnly, ""),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::StorageFull, " (hint: free some space)")
        }
        _ => (ErrorKind::Io, ""),
    };
    Error::with_source(kind, format!("`{}` {problem}: {error}{hint}", path.display()), error)
}

/// An exclusive lock on a file that is there for nothing else, until it is dropped.
pub(crate) struct Lock(File);

impl Lock {
    /// Waits for the lock so long; `Busy` where it is not to be had by then. A file system without locks gives it to everybody.
    pub(crate) fn take(path: &Path, patience: Duration) -> Result<Self, Error> {
        let opened = private().read(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|error| explain(path, "could not be opened", error))?;
        let deadline = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) | Err(TryLockError::Error(_)) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) if deadline <= Instant::now() => {
                    let message = format!("`{}` is held by another process", path.display());
                    return Err(Error::new(ErrorKind::Busy, message));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Unlocking an open file of ours fails only where locks do nothing.
        let _ = self.0.unlock();
    }
}
