//! Hook events that were neither recorded nor left: a line each in a small file in the data directory, by which they do not vanish silently.
//!
//! It is the last resort, written where everything else has failed, and so it may fail too: without a data directory that can be written, and mostly on a full disk, nothing is noted.
//! A journal was refused for it, because just that could not be written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use annals::Timestamp;

use annals_ask::without_secrets;

/// From then on nothing is added, so that a broken setting fills no disk.
const MOST_BYTES: u64 = 256 << 10;

/// The longest reason.
const MOST_CHARACTERS: usize = 300;

/// What the notes say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// How many; at least so many where the file is full.
    pub(crate) n_events: u64,
    /// When the first one was lost.
    pub(crate) since: String,
    /// When the last one was.
    pub(crate) until: String,
    /// Why the last one was.
    pub(crate) reason: String,
}

/// Where the notes are.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join("hook-lost.log")
}

/// Notes a lost event, as far as that is possible.
pub(super) fn note(data: &Path, reason: &str) {
    let reason: String =
        without_secrets(reason).chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_CHARACTERS).collect();
    // Nobody is left to be told.
    let _ = append(data, &format!("{} {reason}\n", Timestamp::from(SystemTime::now())));
}

fn append(data: &Path, line: &str) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let _ = folder.create(data);
    let mut file = options.open(path(data))?;
    if file.metadata()?.len() < MOST_BYTES {
        // One call, so that the lines of two processes do not mix.
        file.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// When the last event was lost of which there is a note.
pub(super) fn last_at(data: &Path) -> Option<Timestamp> {
    read(data).ok()??.until.parse().ok()
}

/// Reads the notes. `None` where nothing was lost.
pub(crate) fn read(data: &Path) -> io::Result<Option<Lost>> {
    let text = match fs::read(path(data)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let Some(first) = lines.next() else { return Ok(None) };
    let parts = |line: &str| {
        let (time, reason) = line.split_once(' ').unwrap_or((line, ""));
        (time.to_owned(), reason.to_owned())
    };
    let last = lines.clone().next_back().unwrap_or(first);
    let (until, reason) = parts(last);
    Ok(Some(Lost { n_events: 1 + lines.count() as u64, since: parts(first).0, until, reason }))
}

#[cfg(test)]
mod tests {
    //! Noted, counted, bounded.

    use super::*;

    #[test]
    fn notes_are_counted_from_the_first_to_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        assert_eq!(read(&data).unwrap(), None);
        note(&data, "first\nreason");
        note(&data, "because of postgres://me:hunter2@host");
        let lost = read(&data).unwrap().unwrap();
        assert_eq!(lost.n_events, 2);
        assert!(lost.reason.starts_with("because of postgres") && !lost.reason.contains("hunter2"), "{lost:?}");
        let since = lost.since.parse::<Timestamp>().unwrap();
        assert!(Some(since) < last_at(&data), "{lost:?}");
    }

    #[test]
    fn the_file_does_not_grow_without_end() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2_000 {
            note(folder.path(), &"x".repeat(1_000));
        }
        let n_bytes = fs::metadata(path(folder.path())).unwrap().len();
        assert!((MOST_BYTES..MOST_BYTES + 1_000).contains(&n_bytes), "{n_bytes} bytes");
    }
}
