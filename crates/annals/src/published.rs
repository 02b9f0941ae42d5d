//! Checkpoints outside the database: what tells that a database was cut or put back.
//!
//! `checkpoints/<log id>/latest` holds the newest signed note, and `checkpoints/<log id>/YYYY-MM.ndjson` one line an hour. What stands here is stored in the database before, so that
//! it lags behind the database and never runs ahead of it; publishing is therefore never urgent, and who can't do it now does it with the next checkpoint.
//! A lock file keeps two processes from putting an older note in the place of a newer one. That would only make the outside lag more, so the lock is waited for a moment alone:
//! a process that was stopped while it held it must not stop the others.
//!
//! Nobody verifies a signature here: which keys to believe is known to whoever has the database open, or a key in hand.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use annals_event::Timestamp;
use annals_store::{Error, ErrorKind, LogId, Outside};
use annals_tlog::{Checkpoint, Note, TreeHead};
use serde_json::{Value, json};

use crate::files::{self, Lock};

/// How long to wait for a process that is publishing.
const PATIENCE: Duration = Duration::from_millis(200);
/// The characters of `2026-11-21T07` in an RFC 3339 time: what lines are one an hour of.
const HOUR: usize = 13;
/// The characters of `2026-11`.
const MONTH: usize = 7;

/// The checkpoints beside a database, of all its logs.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    root: PathBuf,
}

/// A note as it was found outside, believed by nobody yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PublishedNote {
    /// The signed note, exactly as it stands there.
    pub(crate) note: String,
    /// What it says of the tree.
    pub(crate) head: TreeHead,
}

impl Published {
    /// The checkpoints of this data directory, or those beside this database file.
    pub(crate) fn beside(path: &Path) -> Self {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        Self::in_data(folder)
    }

    /// The checkpoints of this data directory, which may not be there yet.
    pub(crate) fn in_data(data: &Path) -> Self {
        Self { root: data.join("checkpoints") }
    }

    /// The newest note of this log: `latest`, or where that is missing or no checkpoint, the newest line. `None` where nothing was ever published.
    ///
    /// An error where something is there and can't be read: a database that can't be held against it must not pass for a good one.
    pub(crate) fn newest(&self, log: LogId) -> Result<Option<PublishedNote>, Error> {
        let latest = files::read(&self.latest(log))?;
        if let Some(note) = latest.as_deref().and_then(PublishedNote::parse) {
            return Ok(Some(note));
        }
        let lines = self.newest_line(log)?;
        if latest.is_some() && lines.is_none() {
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!(
                    "`{}` is no checkpoint, and there is no other beside it (hint: put back the file; if it is lost, `--accept-rollback` goes on under a new origin)",
                    self.latest(log).display()
                ),
            ));
        }
        Ok(lines)
    }

    /// Every note of this log that is there, oldest first, `latest` at the end. Lines that are no checkpoints are there as they are, for whoever accuses; an unfinished last line is not.
    pub(crate) fn all(&self, log: LogId) -> Result<Vec<String>, Error> {
        let mut notes = Vec::new();
        for month in self.months(log)? {
            for line in whole_lines(&files::read(&month)?.unwrap_or_default()).split(|byte| *byte == b'\n') {
                if !line.is_empty() {
                    notes.push(note_of(line).unwrap_or_else(|| String::from_utf8_lossy(line).into_owned()));
                }
            }
        }
        let latest = files::read(&self.latest(log))?.map(|latest| String::from_utf8_lossy(&latest).into_owned());
        notes.extend(latest.filter(|latest| notes.last() != Some(latest)));
        Ok(notes)
    }

    /// Whether anything was ever published of this log.
    pub(crate) fn has_any(&self, log: LogId) -> Result<bool, Error> {
        Ok(files::read(&self.latest(log))?.is_some() || !self.months(log)?.is_empty())
    }

    /// Whether the newest was published less than so long ago, by the file's time. Whatever is wrong with that only makes a checkpoint come earlier or later.
    pub(crate) fn is_younger(&self, log: LogId, interval: Duration) -> bool {
        let published_at = fs::metadata(self.latest(log)).and_then(|file| file.modified());
        published_at.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age < interval))
    }

    /// Makes this note the newest, unless one of a larger tree or the same is there. It must be in the database, durably, before.
    ///
    /// `Busy` when another process is publishing; the next checkpoint makes good for it.
    pub(crate) fn publish(&self, log: LogId, note: &str, signed_at: Timestamp) -> Result<(), Error> {
        let Some(published) = PublishedNote::parse(note.as_bytes()) else {
            return Err(Error::new(ErrorKind::Invalid, "what was to be published is no checkpoint"));
        };
        // Most often another process has just done it; whether that is so costs no lock.
        if self.newest(log).is_ok_and(|newest| newest.is_some_and(|newest| published.head.size <= newest.head.size)) {
            return Ok(());
        }
        let folder = self.folder(log);
        if !folder.is_dir() {
            files::make_folder(&self.root)?;
            files::make_folder(&folder)?;
        }
        let _lock = Lock::take(&folder.join("lock"), PATIENCE)?;
        // What can't be read is replaced by what can.
        let newest = self.newest(log).ok().flatten();
        if newest.is_some_and(|newest| published.head.size <= newest.head.size) {
            return Ok(());
        }
        let temporary = folder.join(format!("latest.{}.tmp", std::process::id()));
        files::write_flushed(&temporary, note.as_bytes())?;
        files::replace(&temporary, &self.latest(log))?;
        self.add_line(log, &published, signed_at)
    }

    /// Adds a line to the month's file, if the hour has none, or if several keys have signed: such a note is what leads from one key to the next, and from a database of before to
    /// the knowledge that there was more.
    fn add_line(&self, log: LogId, published: &PublishedNote, signed_at: Timestamp) -> Result<(), Error> {
        let signed_at = signed_at.to_string();
        let path = self.folder(log).join(format!("{}.ndjson", &signed_at[..MONTH]));
        let content = files::read(&path)?;
        let whole = whole_lines(content.as_deref().unwrap_or_default());
        let hour = last_line(whole).and_then(|line| line.get("signed_at")?.as_str()?.get(..HOUR).map(str::to_owned));
        let has_one_key = Note::parse(published.note.as_bytes()).is_ok_and(|note| note.signatures().len() == 1);
        if has_one_key && hour.as_deref() == signed_at.get(..HOUR) {
            return Ok(());
        }
        let line = json!({ "signed_at": signed_at, "size": published.head.size, "note": published.note });
        let written = files::private().create(true).truncate(false).open(&path).and_then(|mut file| {
            // What a crash left of a line is nobody's word; it is written over, so that whatever is whole is a checkpoint.
            file.set_len(whole.len() as u64)?;
            file.seek(SeekFrom::End(0))?;
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| files::explain(&path, "could not be written", error))?;
        if content.is_none() { files::sync_folder(&self.folder(log)) } else { Ok(()) }
    }

    /// The largest of the newest whole lines; months from the newest backwards, until one has any.
    fn newest_line(&self, log: LogId) -> Result<Option<PublishedNote>, Error> {
        for month in self.months(log)?.iter().rev() {
            let content = files::read(month)?.unwrap_or_default();
            let lines = whole_lines(&content).split(|byte| *byte == b'\n');
            let notes = lines.filter_map(note_of).filter_map(|note| PublishedNote::parse(note.as_bytes()));
            if let Some(newest) = notes.max_by_key(|note| note.head.size) {
                return Ok(Some(newest));
            }
        }
        Ok(None)
    }

    /// The files of the months, oldest first.
    fn months(&self, log: LogId) -> Result<Vec<PathBuf>, Error> {
        let folder = self.folder(log);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(files::explain(&folder, "could not be read", error)),
        };
        let mut months = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| files::explain(&folder, "could not be read", error))?.path();
            if path.extension().is_some_and(|extension| extension == "ndjson") {
                months.push(path);
            }
        }
        months.sort();
        Ok(months)
    }

    fn folder(&self, log: LogId) -> PathBuf {
        self.root.join(log.to_string())
    }

    fn latest(&self, log: LogId) -> PathBuf {
        self.folder(log).join("latest")
    }
}

impl Outside for Published {
    fn newest(&self, log: LogId) -> Result<Option<TreeHead>, Error> {
        Ok(self.newest(log)?.map(|newest| newest.head))
    }
}

impl PublishedNote {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let note = Note::parse(bytes).ok()?;
        let head = *Checkpoint::unverified(&note).ok()?.head();
        Some(Self { note: note.to_string(), head })
    }
}

/// What stands before the last line break: all but an unfinished line.
fn whole_lines(content: &[u8]) -> &[u8] {
    let end = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    &content[..end]
}

fn last_line(whole: &[u8]) -> Option<Value> {
    let line = whole.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n').next()?;
    serde_json::from_slice(line).ok()
}

fn note_of(line: &[u8]) -> Option<String> {
    let line: Value = serde_json::from_slice(line).ok()?;
    Some(line.get("note")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests;
