//! Whose turn it is to write, among processes.
//!
//! SQLite's own waiting is a sleep and another try, by which a busy process starves the others for seconds. Two lock files beside the database make a queue
//! instead: take `turn`, take `write`, release `turn`. Whoever holds `turn` is next, whatever the holder of `write` does then.
//! Locks are polled with a deadline, since a stopped process must not stop the others for ever. Where a file system has no locks, SQLite's own lock
//! remains, which alone decides what is correct.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use annals_store::{Error, ErrorKind};

use crate::failure;
use crate::location::Location;

/// How long to queue before answering that the database is busy.
const PATIENCE: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_micros(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// The two lock files, open for as long as the store is.
#[derive(Debug)]
pub(crate) struct Turnstile {
    turn: File,
    write: File,
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a>(Option<&'a File>);

impl Turnstile {
    /// Opens the lock files, making them where they are missing: the first thing to fail in a folder that cannot be written.
    pub(crate) fn open(location: &Location) -> Result<Self, Error> {
        Ok(Self { turn: lock_file(&location.turn)?, write: lock_file(&location.write)? })
    }

    /// Waits for the right to write.
    pub(crate) fn enter(&self, location: &Location) -> Result<Turn<'_>, Error> {
        let deadline = Instant::now() + PATIENCE;
        let Some(turn) = take(&self.turn, location, deadline)? else { return Ok(Turn(None)) };
        let write = take(&self.write, location, deadline)?.unwrap_or(Turn(None));
        drop(turn);
        Ok(write)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.0.take() {
            // Unlocking an open file of ours fails only where locks do nothing.
            let _ = file.unlock();
        }
    }
}

fn lock_file(path: &Path) -> Result<File, Error> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| failure::file(path, error))
}

/// Locks a file, or answers `None` where locks are unsupported.
fn take<'a>(file: &'a File, location: &Location, deadline: Instant) -> Result<Option<Turn<'a>>, Error> {
    let mut pause = FIRST_PAUSE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(Turn(Some(file)))),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(Error::new(
                    ErrorKind::Busy,
                    format!("`{}` is held by another process", location.database.display()),
                ));
            }
            Err(TryLockError::WouldBlock) => {
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

#[cfg(test)]
mod tests;
