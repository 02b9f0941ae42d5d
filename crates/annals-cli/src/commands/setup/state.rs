//! What `setup` did, kept in the data directory: for each settings file a record, and the file as it was.
//!
//! The backup and the record are on the disk before the settings file is touched, so that a process that is killed anywhere in between can be undone.
//! Both are for their owner alone, since settings hold tokens. A backup is named by its content and goes when the file is as it was again.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use annals::{Settings, Timestamp, Value, json};
use sha2::{Digest, Sha256};

use super::files;
use crate::arguments::Client;
use crate::failure::Failure;
use crate::settings;

/// A settings file that was changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Record {
    pub(crate) client: Client,
    pub(crate) file: PathBuf,
    /// The digest of the file as it was; `None` where we made it.
    pub(super) before: Option<String>,
    /// The digest of the file as we left it.
    pub(super) after: String,
    pub(super) at: String,
}

/// The place of all records.
#[derive(Debug)]
pub(crate) struct Records {
    folder: PathBuf,
}

/// Held while files are changed.
#[derive(Debug)]
pub(super) struct Turn {
    _lock: File,
}

impl Records {
    pub(crate) fn of(data: &Path) -> Self {
        Self { folder: data.join("setup") }
    }

    /// Makes the folder and keeps every other `setup` out of it.
    pub(super) fn turn(&self, settings: &Settings) -> Result<Turn, Failure> {
        let could_not =
            |error| Failure::could_not(format!("could not keep records in `{}`: {error}", self.folder.display()));
        settings::make_way(settings)?;
        files::make(settings.data(), false).and_then(|()| files::make(&self.folder, false)).map_err(could_not)?;
        let lock = File::create(self.folder.join("lock")).map_err(could_not)?;
        match lock.try_lock() {
            Ok(()) => Ok(Turn { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Failure::could_not(
                "another `annals setup` is changing settings (hint: wait for its end and look again)",
            )),
            Err(TryLockError::Error(error)) => Err(could_not(error)),
        }
    }

    /// All records, those that can't be read left out.
    pub(crate) fn all(&self) -> Vec<Record> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        let mut names: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        names.sort_unstable();
        let is_record = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "json");
        names.iter().filter(is_record).filter_map(|path| Record::read(&fs::read_to_string(path).ok()?)).collect()
    }

    /// Keeps the file as it was and what becomes of it. An earlier backup stays the one to go back to while the file is as we left it.
    pub(super) fn keep(
        &self,
        client: Client,
        file: &Path,
        before: Option<&[u8]>,
        after: &[u8],
    ) -> Result<Record, Failure> {
        let could_not =
            |error| Failure::could_not(format!("could not keep a backup in `{}`: {error}", self.folder.display()));
        let earlier = self.all().into_iter().find(|record| record.file == file);
        let earlier = earlier.filter(|earlier| before.is_some_and(|before| earlier.after == digest(before)));
        if let (None, Some(before)) = (&earlier, before) {
            files::put(&self.backup(client, file, &digest(before)), before).map_err(could_not)?;
        }
        let record = Record {
            client,
            file: file.to_owned(),
            before: earlier.map_or_else(|| before.map(digest), |earlier| earlier.before),
            after: digest(after),
            at: Timestamp::from(std::time::SystemTime::now()).to_string(),
        };
        files::put(&self.path(client, file, "json"), record.text().as_bytes()).map_err(could_not)?;
        Ok(record)
    }

    /// Takes a record back whose change could not be written.
    pub(super) fn put_back(&self, client: Client, file: &Path, earlier: Option<&Record>) {
        // Where this fails, the record tells of a change that isn't there, which `--undo` sees.
        let _ = match earlier {
            Some(earlier) => files::put(&self.path(client, file, "json"), earlier.text().as_bytes()),
            None => fs::remove_file(self.path(client, file, "json")),
        };
    }

    /// The file as it was, where it is still known.
    pub(super) fn original(&self, record: &Record) -> Option<Vec<u8>> {
        let before = record.before.as_ref()?;
        fs::read(self.backup(record.client, &record.file, before)).ok().filter(|content| digest(content) == *before)
    }

    /// Where the file as it was lies.
    pub(super) fn backup_of(&self, record: &Record) -> Option<PathBuf> {
        record.before.as_ref().map(|before| self.backup(record.client, &record.file, before))
    }

    /// Forgets a file, with its backups or without.
    pub(super) fn forget(&self, client: Client, file: &Path, backups: Backups) {
        let record = self.path(client, file, "json");
        let begin = format!("{}.", stem(client, file));
        // What can't be taken away is told by the next look at the settings.
        let _ = fs::remove_file(record);
        let entries = fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        for entry in entries.filter(|_| backups == Backups::Drop) {
            if entry.file_name().to_string_lossy().starts_with(&begin) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn backup(&self, client: Client, file: &Path, digest: &str) -> PathBuf {
        self.path(client, file, &format!("{}.backup", digest.get(..16).unwrap_or(digest)))
    }

    fn path(&self, client: Client, file: &Path, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", stem(client, file)))
    }
}

/// What becomes of backups.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Backups {
    Keep,
    Drop,
}

impl Record {
    fn text(&self) -> String {
        let value = json!({
            "version": 1,
            "client": self.client.name(),
            "file": self.file.to_string_lossy(),
            "before_sha256": self.before,
            "after_sha256": self.after,
            "at": self.at,
        });
        format!("{value:#}\n")
    }

    fn read(text: &str) -> Option<Self> {
        let value: Value = text.parse().ok()?;
        let member = |name: &str| value[name].as_str().map(str::to_owned);
        Some(Self {
            client: Client::named(value["client"].as_str()?)?,
            file: member("file")?.into(),
            before: member("before_sha256"),
            after: member("after_sha256")?,
            at: member("at")?,
        })
    }
}

/// The name of what belongs to a file: two of one client's files have two.
fn stem(client: Client, file: &Path) -> String {
    let digest = digest(file.to_string_lossy().as_bytes());
    format!("{}-{}", client.name(), digest.get(..8).unwrap_or_default())
}

pub(super) fn digest(content: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(content).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
