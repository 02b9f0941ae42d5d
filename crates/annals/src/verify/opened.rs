//! The database that is verified: where it lies, or a private copy of it.
//!
//! A WAL on a medium that can't be written, or in a folder of somebody else's, can't be read in place: SQLite needs a shared file beside it. Such a database is copied together with its WAL.
//! It is never opened as one that nobody writes to, which would leave out what stands in the WAL alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_store::{Error, ErrorKind, EventStore, OpenMode, Opening};

use super::chance;
use crate::place::Database;

/// How often a copy is made anew of a database that somebody writes to.
const TRIES: usize = 3;

/// A database opened to read.
pub(super) struct Opened {
    pub(super) store: Arc<dyn EventStore>,
    /// Removed with everything in it at the end.
    _copy: Option<Folder>,
}

/// Opens a database, in place if that goes.
pub(super) fn open(database: &Database) -> Result<Opened, Error> {
    match (database.open(OpenMode::ReadOnly, Opening::default()), database.file()) {
        (Ok(store), _) => Ok(Opened { store, _copy: None }),
        (Err(error), Some(file)) if is_closed_to_us(&error) && beside(file, "-wal").exists() => {
            copy(file).map_err(|_| error)
        }
        (Err(error), _) => Err(error),
    }
}

fn is_closed_to_us(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ReadOnly | ErrorKind::Permission | ErrorKind::Io | ErrorKind::StorageFull)
}

fn copy(database: &Path) -> Result<Opened, Error> {
    let failed = |error: io::Error| Error::with_source(ErrorKind::Io, format!("could not be copied: {error}"), error);
    let folder = Folder::make(chance::number()?).map_err(failed)?;
    let target = folder.0.join("annals.db");
    for _ in 0..TRIES {
        // The WAL last: what it says is newer than what the database says, never older.
        let before = state(database).map_err(failed)?;
        fs::copy(database, &target).map_err(failed)?;
        fs::copy(beside(database, "-wal"), beside(&target, "-wal")).map_err(failed)?;
        if state(database).map_err(failed)? == before {
            for path in [&target, &beside(&target, "-wal")] {
                make_writable(path).map_err(failed)?;
            }
            let store = Database::File(target).open(OpenMode::ReadOnly, Opening::default())?;
            return Ok(Opened { store, _copy: Some(folder) });
        }
    }
    Err(Error::new(ErrorKind::Busy, "somebody writes to it"))
}

/// What changes when somebody writes.
fn state(database: &Path) -> io::Result<[(u64, Option<std::time::SystemTime>); 2]> {
    let look = |path: &Path| fs::metadata(path).map(|metadata| (metadata.len(), metadata.modified().ok()));
    Ok([look(database)?, look(&beside(database, "-wal"))?])
}

fn make_writable(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    {
        let mut permissions = fs::metadata(path)?.permissions();
        permissions.set_readonly(false);
        fs::set_permissions(path, permissions)
    }
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.to_path_buf().into_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// A folder that nobody else may look into, gone with everything in it when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn make(name: u64) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let path = std::env::temp_dir().join(format!("annals-verify-{name:016x}"));
        builder.create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed is in a folder for what may be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}
