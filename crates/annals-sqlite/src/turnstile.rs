//! Whose turn it is to write, among processes.
//!
//! SQLite's own waiting is a sleep and another try, by which a busy process starves the others for seconds. Two lock files beside the database make a queue
//! instead: take `turn`, take `write`, release `turn`. Whoever holds `turn` is next, whatever the holder of `write` does then.
//! Locks are polled, and each only for a while: a process that was stopped while it held one must not stop the others. Whoever has waited long enough goes on without it, as
//! everybody does where a file system has no locks. That is unfair and still right, because SQLite's own lock remains, which alone decides what is correct.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use annals_store::Error;

use crate::failure;
use crate::location::Location;
use crate::opening::Patience;

/// How long to queue for a lock that is handed on as it should be.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long to queue for one that was not handed on the last time: as long as one batch may take, and little enough to go on recording beside.
const PATIENCE_WHEN_STUCK: Duration = Duration::from_millis(50);
const FIRST_PAUSE: Duration = Duration::from_micros(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// The two lock files, open for as long as the store is.
#[derive(Debug)]
pub(crate) struct Turnstile {
    turn: Lock,
    write: Lock,
}

#[derive(Debug)]
struct Lock {
    file: File,
    /// Whether the last wait for it was in vain.
    is_stuck: AtomicBool,
}

/// The right to write, or what there is of it, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a>(&'a File);

impl Turnstile {
    /// Opens the lock files, making them where they are missing: the first thing to fail in a folder that cannot be written.
    pub(crate) fn open(location: &Location) -> Result<Self, Error> {
        Ok(Self { turn: Lock::open(&location.turn)?, write: Lock::open(&location.write)? })
    }

    /// Waits for the right to write. `None` means to go on without it.
    pub(crate) fn enter(&self, patience: Patience) -> Option<Turn<'_>> {
        let turn = self.turn.take(patience);
        // Without `write`, holding `turn` still keeps the others in a queue.
        self.write.take(patience).or(turn)
    }
}

impl Lock {
    /// A missing one is made for its owner alone, and so are the database and the files beside it, which take its mode.
    fn open(path: &Path) -> Result<Self, Error> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(path)
            .map(|file| Self { file, is_stuck: AtomicBool::new(false) })
            .map_err(|error| failure::file(path, error))
    }

    /// Locks the file, or answers `None` where it is not to be had or locks are unsupported.
    fn take(&self, patience: Patience) -> Option<Turn<'_>> {
        let was_stuck = self.is_stuck.load(Ordering::Relaxed);
        let usual = if was_stuck { PATIENCE_WHEN_STUCK } else { PATIENCE };
        let deadline = Instant::now() + patience.at_most(usual);
        let mut pause = FIRST_PAUSE;
        loop {
            match self.file.try_lock() {
                Ok(()) => {
                    self.is_stuck.store(false, Ordering::Relaxed);
                    return Some(Turn(&self.file));
                }
                Err(TryLockError::Error(_)) => return None,
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    self.is_stuck.store(true, Ordering::Relaxed);
                    return None;
                }
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Unlocking an open file of ours fails only where locks do nothing.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests;
