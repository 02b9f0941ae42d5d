//! Where a database lies: one absolute path, and the names of the files beside it.
//!
//! The path is made absolute and links are followed, so that two names of one database share its lock files, and so that SQLite never reads a name as an
//! address (`file:…`, `:memory:`).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use annals_store::{Error, ErrorKind, LogId};

use crate::failure;

/// The paths of one database.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    pub(crate) database: PathBuf,
    pub(crate) turn: PathBuf,
    pub(crate) write: PathBuf,
    pub(crate) wal: PathBuf,
    pub(crate) embedding: PathBuf,
}

/// The file behind a path, by which a replaced database is noticed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

/// How a file looks that nobody is writing to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rest {
    identity: Identity,
    n_bytes: u64,
    modified: Option<SystemTime>,
}

impl Location {
    /// Finds the database that a path names, whether it exists or not; its folder must.
    pub(crate) fn new(path: &Path) -> Result<Self, Error> {
        let database = match fs::canonicalize(path) {
            Ok(database) => database,
            Err(error) if error.kind() == io::ErrorKind::NotFound => beside_nothing(path)?,
            Err(error) => return Err(failure::file(path, error)),
        };
        let beside = |suffix: &str| {
            let mut name = database.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        };
        Ok(Self {
            turn: beside("-turn"),
            write: beside("-write"),
            wal: beside("-wal"),
            embedding: beside("-embedding"),
            database,
        })
    }

    /// The file that is there now; `None` when there is none.
    pub(crate) fn identity(&self) -> Result<Option<Identity>, Error> {
        match fs::metadata(&self.database) {
            Ok(metadata) if metadata.is_file() => Ok(Some(identity_of(&metadata))),
            Ok(_) => Err(Error::new(ErrorKind::Corrupt, format!("`{}` is no file", self.database.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure::file(&self.database, error)),
        }
    }

    /// Checks that the database is still this file.
    pub(crate) fn check(&self, identity: Identity) -> Result<(), Error> {
        if self.identity()? == Some(identity) { Ok(()) } else { Err(self.replaced()) }
    }

    /// How the database looks if it is at rest. A writer makes a WAL before it changes anything, and takes it away only after it has changed the database.
    pub(crate) fn at_rest(&self) -> Option<Rest> {
        let metadata = fs::metadata(&self.database).ok()?;
        let missing = fs::symlink_metadata(&self.wal).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        missing.then(|| Rest {
            identity: identity_of(&metadata),
            n_bytes: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    /// The database as an address that tells SQLite that the file is at rest.
    pub(crate) fn address_at_rest(&self) -> String {
        let mut address = "file:".to_owned();
        push_escaped(&mut address, &self.database);
        address.push_str("?immutable=1");
        address
    }

    /// The database as an address that tells SQLite to make a missing one, and with it the files beside it, with the mode of the lock file, which is its owner's alone.
    pub(crate) fn address_to_make(&self) -> String {
        let mut address = "file:".to_owned();
        push_escaped(&mut address, &self.database);
        address.push_str("?modeof=");
        push_escaped(&mut address, &self.turn);
        address
    }

    /// The error for a database that is not the one that was opened.
    pub(crate) fn replaced(&self) -> Error {
        Error::new(
            ErrorKind::NotFound,
            format!(
                "`{}` was removed or replaced while it was open (hint: put it back, or start again to use what is there now)",
                self.database.display()
            ),
        )
    }

    /// Checks that the log still has this name. Where it goes on under another one, nobody may write to it under the old.
    pub(crate) fn check_name(&self, found: LogId, expected: LogId) -> Result<(), Error> {
        if found == expected { Ok(()) } else { Err(self.replaced()) }
    }

    /// The error for a database that is not there.
    pub(crate) fn missing(&self) -> Error {
        Error::new(
            ErrorKind::NotFound,
            format!(
                "`{}` is not there (hint: nothing was recorded here yet, or give the data folder with `--data DIR` or `ANNALS_DATA`)",
                self.database.display()
            ),
        )
    }
}

/// A path within an address: only plain characters stand for themselves.
fn push_escaped(address: &mut String, path: &Path) {
    use std::fmt::Write as _;
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => address.push(char::from(*byte)),
            _ => {
                let _ = write!(address, "%{byte:02x}");
            }
        }
    }
}

/// A database that is yet to be made, in a folder that exists.
fn beside_nothing(path: &Path) -> Result<PathBuf, Error> {
    let absolute = std::path::absolute(path).map_err(|error| failure::file(path, error))?;
    let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return Err(Error::new(ErrorKind::NotFound, format!("`{}` names no file", path.display())));
    };
    match fs::canonicalize(folder) {
        Ok(folder) => Ok(folder.join(name)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::new(
            ErrorKind::NotFound,
            format!(
                "the folder `{}` is not there (hint: make it, or give another with `--data DIR` or `ANNALS_DATA`)",
                folder.display()
            ),
        )),
        Err(error) => Err(failure::file(folder, error)),
    }
}

#[cfg(unix)]
fn identity_of(metadata: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Identity { device: metadata.dev(), inode: metadata.ino() }
}

/// Elsewhere a file in use cannot be replaced.
#[cfg(not(unix))]
fn identity_of(_metadata: &fs::Metadata) -> Identity {
    Identity { device: 0, inode: 0 }
}
