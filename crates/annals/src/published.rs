//! Checkpoints outside the database: what tells that a database was cut or put back.
//!
//! `checkpoints/<log id>/latest` holds the newest signed note, and `checkpoints/<log id>/YYYY-MM.ndjson` one line an hour. What stands here is stored in the database before, so that
//! it lags behind the database and never runs ahead of it; publishing is therefore never urgent, and who can't do it now does it with the next checkpoint.
//! A lock file keeps two processes from putting an older note in the place of a newer one. That would only make the outside lag more, so the lock is waited for a moment alone:
//! a process that was stopped while it held it must not stop the others.
//!
//! Which note is believed. Opening takes the newest as it stands, which costs no signature, and only where the database contradicts it asks whose word that is: the keys are those that the
//! database has ever pinned, and the one in `log.key`. What none of them signed is passed over for the newest line that one did, so that a flipped bit stops nobody. That gives an attacker who
//! may write here no more than removing `latest` does: the log can be put back to the last line unnoticed, and `verify` reads all of them.
//! - Where notes are there and the log's keys signed none, somebody changed the notes or the pinned key. They count against a database that contradicts them, as a log that was rebuilt under
//!   another key does; beside one that fits them events are recorded, and nothing is sealed until somebody has looked, since a seal would replace the only trace.
//! - Where nothing can be read, or all is broken, events are recorded and nothing is sealed. Refusing to record would hand a switch to whoever may write here, and lose events where a disk
//!   fails; sealing could give one name two histories. Removing the folder does more for an attacker than that, and is caught by copies elsewhere alone.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::slice;
use std::time::{Duration, SystemTime};

use annals_event::Timestamp;
use annals_store::{Error, ErrorKind, LogId, Outside};
use annals_tlog::{Checkpoint, Note, TreeHead, VerifierKey};
use serde_json::{Value, json};

use crate::files::{self, Lock};
use crate::keys::Keys;

/// How long to wait for a process that is publishing, unless somebody waits for the caller.
pub(crate) const PATIENCE: Duration = Duration::from_millis(200);
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

/// The newest that is outside, by the word of those who signed it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Newest {
    /// Nothing was ever published, or all of it was taken away.
    Nothing,
    /// One of the log's keys has signed it.
    Believed(PublishedNote),
    /// None of the log's keys has signed it, nor anything else that is there.
    Strange(PublishedNote),
}

impl Newest {
    /// The note, whoever signed it.
    pub(crate) fn into_note(self) -> Option<PublishedNote> {
        match self {
            Self::Nothing => None,
            Self::Believed(note) | Self::Strange(note) => Some(note),
        }
    }
}

/// Whose word a note is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    Ours,
    /// It names none of our keys.
    Strange,
    /// It was altered, or speaks of another log.
    Broken,
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

    /// The newest note of this log, believed by nobody: `latest`, or where that is missing or no checkpoint, the newest line. `None` where nothing was ever published.
    ///
    /// An error where something is there and can't be read: a database that can't be held against it must not pass for a good one.
    pub(crate) fn newest(&self, log: LogId) -> Result<Option<PublishedNote>, Error> {
        let latest = files::read(&self.latest(log))?;
        if let Some(note) = latest.as_deref().and_then(PublishedNote::parse) {
            return Ok(Some(note));
        }
        let lines = self.newest_line(log, |_| true)?;
        if latest.is_some() && lines.is_none() {
            return Err(self.broken(log));
        }
        Ok(lines)
    }

    /// The newest note that one of the log's keys has signed: `latest`, or where none has signed that, the newest such line. `pinned` are the keys that the database has ever named.
    ///
    /// An error where something is there and can't be read, or is no note of this log's at all.
    pub(crate) fn newest_by(&self, log: LogId, pinned: &[VerifierKey]) -> Result<Newest, Error> {
        let latest = files::read(&self.latest(log))?;
        let found = latest.as_deref().and_then(PublishedNote::parse);
        if let Some(note) = found.as_ref().filter(|note| self.word_of(note, log, pinned) == Word::Ours) {
            return Ok(Newest::Believed(note.clone()));
        }
        if let Some(line) = self.newest_line(log, |note| self.word_of(note, log, pinned) == Word::Ours)? {
            if latest.is_some() {
                tracing::warn!(
                    "`{}` is not signed by a key of this log; the newest that is has {} events",
                    self.latest(log).display(),
                    line.head.size
                );
            }
            return Ok(Newest::Believed(line));
        }
        let is_strange = |note: &PublishedNote| self.word_of(note, log, pinned) == Word::Strange;
        match found.filter(is_strange) {
            Some(note) => Ok(Newest::Strange(note)),
            None => match self.newest_line(log, is_strange)? {
                Some(line) => Ok(Newest::Strange(line)),
                None if self.has_any(log)? => Err(self.broken(log)),
                None => Ok(Newest::Nothing),
            },
        }
    }

    fn word_of(&self, note: &PublishedNote, log: LogId, pinned: &[VerifierKey]) -> Word {
        let origin = annals_store::origin_of(log);
        let Ok(parsed) = Note::parse(note.note.as_bytes()) else { return Word::Broken };
        let by = |keys: &[VerifierKey]| match Checkpoint::open(&parsed, &origin, keys) {
            Ok(_) => Word::Ours,
            Err(error) if error.kind() == annals_tlog::ErrorKind::UnknownKey => Word::Strange,
            Err(_) => Word::Broken,
        };
        match by(pinned) {
            // A database of before the key was changed, or before it had any, does not name it.
            Word::Strange => match self.root.parent().map(|data| Keys::in_data(data).current()) {
                Some(Ok(Some(key))) if key.verifier().name().as_str() == origin.as_str() => {
                    by(std::slice::from_ref(key.verifier()))
                }
                _ => Word::Strange,
            },
            word => word,
        }
    }

    fn broken(&self, log: LogId) -> Error {
        Error::new(
            ErrorKind::Corrupt,
            format!(
                "`{}` is no checkpoint of this log, and there is no other beside it (hint: put back the file; if it is lost, `--accept-rollback` goes on under a new origin)",
                self.latest(log).display()
            ),
        )
    }

    /// The error for notes that the log's keys did not sign, beside a database that they fit.
    pub(crate) fn strange(&self, log: LogId) -> Error {
        Error::new(
            ErrorKind::Invalid,
            format!(
                "`{}` is signed by a key that this log never had: it was exchanged, or the key in the database was (hint: see what `annals verify` says; `--accept-rollback` begins a new origin)",
                self.latest(log).display()
            ),
        )
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

    /// Keys of this log that these do not name and lead to: each signed a note together with one that was known before. Oldest first.
    pub(crate) fn late_keys(&self, log: LogId, known: &[VerifierKey]) -> Result<Vec<VerifierKey>, Error> {
        let mut known = known.to_vec();
        let n_known = known.len();
        for month in self.months(log)? {
            let content = files::read(&month)?.unwrap_or_default();
            for line in whole_lines(&content).split(|byte| *byte == b'\n') {
                let Some((note, keys)) = note_and_keys(line) else { continue };
                if note.verify(&known).is_err() {
                    continue;
                }
                let new = keys.into_iter().filter(|key| !known.contains(key));
                let new: Vec<VerifierKey> = new.filter(|key| note.verify(slice::from_ref(key)).is_ok()).collect();
                known.extend(new);
            }
        }
        Ok(known.split_off(n_known))
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

    /// Makes this note the newest, unless one of a larger tree or the same is there that a key of the log's has signed. It must be in the database, durably, before.
    ///
    /// `Busy` when another process is publishing for so long; the next checkpoint makes good for it. What strangers signed is not replaced.
    pub(crate) fn publish(
        &self,
        log: LogId,
        note: &str,
        signed_at: Timestamp,
        pinned: &[VerifierKey],
        patience: Duration,
    ) -> Result<(), Error> {
        let Some(published) = PublishedNote::parse(note.as_bytes()) else {
            return Err(Error::new(ErrorKind::Invalid, "what was to be published is no checkpoint"));
        };
        // Most often another process has just done it; whether that is so costs no lock.
        if self.is_done(log, &published, pinned)? {
            return Ok(());
        }
        let folder = self.folder(log);
        if !folder.is_dir() {
            files::make_folder(&self.root)?;
            files::make_folder(&folder)?;
        }
        let _lock = Lock::take(&folder.join("lock"), patience)?;
        if self.is_done(log, &published, pinned)? {
            return Ok(());
        }
        let temporary = folder.join(format!("latest.{}.tmp", std::process::id()));
        files::write_flushed(&temporary, note.as_bytes())
            .and_then(|()| files::replace(&temporary, &self.latest(log)))
            // Where a disk stays full, every process that tries would leave one.
            .inspect_err(|_| drop(fs::remove_file(&temporary)))?;
        self.add_line(log, &published, signed_at, pinned)
    }

    /// Whether what is outside makes this note needless.
    fn is_done(&self, log: LogId, published: &PublishedNote, pinned: &[VerifierKey]) -> Result<bool, Error> {
        match self.newest_by(log, pinned)? {
            Newest::Nothing => Ok(false),
            Newest::Strange(_) => Err(self.strange(log)),
            Newest::Believed(newest) if published.head.size == newest.head.size => {
                // A line alone is no `latest`.
                Ok(files::read(&self.latest(log))?.is_some_and(|latest| latest == newest.note.as_bytes()))
            }
            Newest::Believed(newest) => Ok(published.head.size < newest.head.size),
        }
    }

    /// Adds a line to the month's file, if the hour has none, or if several keys have signed: such a note is what leads from one key to the next, and from a database of before to
    /// the knowledge that there was more.
    fn add_line(
        &self,
        log: LogId,
        published: &PublishedNote,
        signed_at: Timestamp,
        pinned: &[VerifierKey],
    ) -> Result<(), Error> {
        let signed_at = signed_at.to_string();
        let path = self.folder(log).join(format!("{}.ndjson", &signed_at[..MONTH]));
        let content = files::read(&path)?;
        let whole = whole_lines(content.as_deref().unwrap_or_default());
        let hour = last_line(whole).and_then(|line| line.get("signed_at")?.as_str()?.get(..HOUR).map(str::to_owned));
        let has_one_key = Note::parse(published.note.as_bytes()).is_ok_and(|note| note.signatures().len() == 1);
        if has_one_key && hour.as_deref() == signed_at.get(..HOUR) {
            return Ok(());
        }
        let mut line = json!({ "signed_at": signed_at, "size": published.head.size, "note": published.note });
        if !has_one_key {
            // For a database that is put back to before they came into force.
            line["keys"] = pinned.iter().map(ToString::to_string).collect();
        }
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

    /// The largest of the good ones among the whole lines; months from the newest backwards, until one has any.
    fn newest_line(
        &self,
        log: LogId,
        is_good: impl Fn(&PublishedNote) -> bool,
    ) -> Result<Option<PublishedNote>, Error> {
        for month in self.months(log)?.iter().rev() {
            let content = files::read(month)?.unwrap_or_default();
            let lines = whole_lines(&content).split(|byte| *byte == b'\n');
            let notes = lines.filter_map(note_of).filter_map(|note| PublishedNote::parse(note.as_bytes()));
            let mut notes: Vec<PublishedNote> = notes.collect();
            notes.sort_by_key(|note| note.head.size);
            if let Some(newest) = notes.into_iter().rev().find(&is_good) {
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
        Ok(unless_unreadable(self.newest(log)).flatten().map(|newest| newest.head))
    }

    fn newest_by(&self, log: LogId, pinned: &[VerifierKey]) -> Result<Option<TreeHead>, Error> {
        Ok(unless_unreadable(self.newest_by(log, pinned)).and_then(Newest::into_note).map(|newest| newest.head))
    }
}

/// Events are recorded beside what can't be read; that nothing is sealed then is told where that is tried.
fn unless_unreadable<T>(looked: Result<T, Error>) -> Option<T> {
    looked.inspect_err(|error| tracing::warn!("the log is not held against its published checkpoints: {error}")).ok()
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

/// A line's note and the public keys that stand beside it.
fn note_and_keys(line: &[u8]) -> Option<(Note, Vec<VerifierKey>)> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let note = Note::parse(line.get("note")?.as_str()?.as_bytes()).ok()?;
    let keys = line.get("keys")?.as_array()?.iter().filter_map(|key| key.as_str()?.parse().ok()).collect();
    Some((note, keys))
}

#[cfg(test)]
mod tests;
