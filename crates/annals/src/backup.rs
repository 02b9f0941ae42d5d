//! A copy of the log that can be taken while it is in use, and the way back.
//!
//! A backup is one file, a whole database with its tree and checkpoints. It is sealed before it is taken, copied under another name, verified there against the checkpoints that are
//! published of the log, and only then gets its name; so whatever lies under that name was whole and sound once. It takes nobody's place and holds no key: whoever finds it can read the
//! log and can't go on with it.
//!
//! Going back is a rollback that somebody wants: what was recorded since the backup is gone from the log, and its checkpoints outside say so. Therefore the log goes on under a new
//! origin, whose first event names the old one. The other way, going on under the old origin, would give one origin two histories.

mod restore;

use std::fs;
use std::path::{Path, PathBuf};

use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::Kept;

use crate::settings::Mode;
use crate::verify::{Options, Progress, Report, verify};
use crate::{Audit, Error, ErrorKind, files};

pub use restore::{Existing, Restored, restore};

/// A backup that was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BackedUp {
    /// How many events it holds.
    pub n_events: u64,
    /// How many of them a checkpoint covers.
    pub sealed_size: u64,
}

impl Audit {
    /// Copies the database to a new file while others record, and verifies the copy. `progress` tells how far the verification has come.
    ///
    /// Errors: `Invalid` where something has that name already, `Corrupt` where the copy is not sound, and whatever keeps a file from being written; then nothing has that name.
    /// A log that can't be sealed is copied all the same.
    pub fn backup(&self, file: &Path, progress: &mut dyn FnMut(Progress)) -> Result<BackedUp, Error> {
        let core = self.core();
        let place = core
            .place
            .as_ref()
            .ok_or_else(|| Error::new(ErrorKind::Invalid, "a store that the caller brought has no file to copy"))?;
        let database = place.database().needs_file()?;
        refuse_existing(file)?;
        let folder = folder_of(file);
        if !folder.is_dir() {
            let text = format!("the folder `{}` is not there (hint: make it, or name another file)", folder.display());
            return Err(Error::new(ErrorKind::NotFound, text));
        }
        if core.settings.mode != Mode::ReadOnly {
            // What is not sealed is in the backup too; it is merely not signed.
            if let Err(error) = core.seal_now(Kept::Named) {
                tracing::warn!("the backup is not sealed: {error}");
            }
        }
        let copy = Unnamed::beside(file)?;
        let source = SqliteStore::open(database, OpenMode::ReadOnly)?;
        source.copy_to(&copy.0)?;
        let report = verify(&copy.0, &Options::default().published_in(&core.settings.data), progress)?;
        sound(&report, file)?;
        copy.name(file)?;
        Ok(BackedUp { n_events: report.n_events, sealed_size: report.sealed_size })
    }
}

/// Refuses a copy that is not what the log recorded.
fn sound(report: &Report, file: &Path) -> Result<(), Error> {
    match report.findings.first() {
        None => Ok(()),
        Some(finding) => Err(Error::new(
            ErrorKind::Corrupt,
            format!("`{}` is not sound, {}: {}", file.display(), finding.verdict, finding.text),
        )),
    }
}

fn refuse_existing(file: &Path) -> Result<(), Error> {
    match file.symlink_metadata() {
        Ok(_) => Err(exists(file)),
        Err(_) => Ok(()),
    }
}

fn exists(file: &Path) -> Error {
    Error::new(ErrorKind::Invalid, format!("`{}` is there already (hint: name another file)", file.display()))
}

/// A copy that has no name yet; it goes away unless it gets one.
struct Unnamed(PathBuf);

impl Unnamed {
    /// A name beside the one that it will have, so that giving it that one is no copying.
    fn beside(file: &Path) -> Result<Self, Error> {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{:016x}.partial", u64::from_ne_bytes(random()?)));
        Ok(Self(PathBuf::from(name)))
    }

    /// Gives it its name; linking, unlike renaming, takes nobody's place.
    fn name(self, file: &Path) -> Result<(), Error> {
        fs::hard_link(&self.0, file).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => exists(file),
            _ => files::explain(file, "could not be made", error).into(),
        })?;
        drop(self);
        Ok(files::sync_folder(folder_of(file))?)
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Drop for Unnamed {
    fn drop(&mut self) {
        // A reader may have made the two files that SQLite keeps beside a database.
        for suffix in ["", "-wal", "-shm", "-turn", "-write"] {
            let mut path = self.0.clone().into_os_string();
            path.push(suffix);
            let _ = fs::remove_file(path);
        }
    }
}

fn random() -> Result<[u8; 8], Error> {
    let name = crate::keys::random_name()?;
    Ok(std::array::from_fn(|n| name[n]))
}
