//! The journal of one process: any number of threads append, one writer takes.
//!
//! One mutex guards everything that an append touches: the active segment, the next number, the queue in memory and the
//! bounds. It is held for one `write(2)` and one copy of the bytes. The record is put together in the queue's buffer and
//! written to the file from there, so that there is one copy and, in the steady state, no allocation. Making, renaming
//! and unlinking files happens under a second mutex, `files`, which is taken before the first one or without it; an
//! append needs it only when the active segment is full before the writer has prepared the next one.
//!
//! Nobody is notified who isn't parked: `wake_at` and `n_blocked`, both under the lock, say who is.
//!
//! The alternative was a channel between the callers and the writer. Bounded channels stall for tens of milliseconds
//! when a producer is preempted inside a slot, and the order in the file and the order in the channel would be two.

mod append;
mod state;
mod take;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

pub use self::{
    append::Wait,
    take::{Batch, Records, Take, Taken},
};
use self::{
    state::{Files, Last, State},
    take::Buffers,
};
use crate::{
    Error, Role, Target,
    frame::Seed,
    name::Name,
    segment::{self, Identity, Reservation, Segment, Sheds},
    sync::{Condvar, Mutex, lock},
};

/// After a segment could not be made, nobody tries again for so long.
const MAKE_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// What a journal is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the segments are. It is made if only its last part is missing.
    pub dir: PathBuf,
    /// For whom the records are.
    pub target: Target,
    /// The version of the payloads' format; kept in every header and given to whoever adopts.
    pub payload_format: u16,
    /// How many bytes may wait, twenty of head in each record included; so much is reserved for each segment.
    pub max_bytes: u64,
    /// How many records may wait.
    pub max_records: usize,
}

impl Config {
    /// No journal has more bytes: 1 TiB.
    pub const MAX_BYTES: u64 = 1 << 40;
    /// No journal has more records: each costs eight bytes of memory from the beginning, so that this is half a GiB.
    pub const MAX_RECORDS: usize = 1 << 26;

    /// The usual bounds: 8 MiB and 10 000 records.
    pub fn new(dir: impl Into<PathBuf>, target: Target, payload_format: u16) -> Self {
        Self { dir: dir.into(), target, payload_format, max_bytes: 8 << 20, max_records: 10_000 }
    }
}

/// What waits in a journal.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Records that were appended and not yet given back.
    pub n_records: u64,
    /// Their bytes, heads included.
    pub n_bytes: u64,
    /// A moment at which the oldest of them already waited or was appended; exact when it began a batch.
    pub oldest: Option<Instant>,
    /// Events that were shed since the journal was created.
    pub n_shed: u64,
    /// Whether the file system reserved the space, so that a full disk is not met in an append.
    pub is_reserved: bool,
}

/// The journal of one process. Shared by reference between callers and writer.
///
/// Dropping it closes it.
pub struct Journal {
    config: Config,
    producer: [u8; 16],
    seed: Seed,
    /// Everything that an append touches.
    state: Mutex<State>,
    /// Serialises the making and removing of files. Taken before `state` where both are.
    files: Mutex<Files>,
    /// The writer parks here.
    work: Condvar,
    /// Callers park here while the journal is full.
    space: Condvar,
    /// The queue buffers that are not in use.
    buffers: Arc<Buffers>,
}

impl Journal {
    /// Makes a journal with a new producer id and reserves its first segment.
    ///
    /// Fails with kind `LocksUnsupported`, `StorageFull`, `Permission`, `NotFound` or `Io`, naming the path; with kind
    /// `TooLarge` before anything is touched, when a bound is beyond [`Config::MAX_BYTES`] or [`Config::MAX_RECORDS`].
    pub fn create(config: Config) -> Result<Self, Error> {
        check_bound("bytes", config.max_bytes, Config::MAX_BYTES)?;
        check_bound("records", config.max_records as u64, Config::MAX_RECORDS as u64)?;
        make_directory(&config.dir)?;
        let producer = new_producer()?;
        let active = segment::make(&config.dir, &identity(&config, producer, 0, None), Some(0), config.max_bytes)?;
        let buffers = Arc::new(Buffers::new(config.max_bytes));
        Ok(Self {
            seed: Seed::new(&producer),
            state: Mutex::new(State::new(active, &config, buffers.get())),
            files: Mutex::new(Files::new()),
            work: Condvar::new(),
            space: Condvar::new(),
            buffers,
            producer,
            config,
        })
    }

    /// The random id of this opening of this journal.
    pub fn producer(&self) -> [u8; 16] {
        self.producer
    }

    /// Tells the journal the log's id, once the target was reached; later segments carry it.
    pub fn set_log(&self, log: [u8; 16]) {
        lock(&self.files).log = Some(log);
    }

    /// The number that the next record will get; also how many were appended.
    pub fn next_pseq(&self) -> u64 {
        lock(&self.state).next_pseq
    }

    /// Counts one event that was dropped instead of appended, on disk and for the next batch.
    ///
    /// An error means that the count is not on disk; it still reaches the writer.
    pub fn shed(&self) -> Result<(), Error> {
        let mut state = lock(&self.state);
        if state.is_ended {
            return Err(Error::closed());
        }
        state.sheds = Sheds { total: state.sheds.total + 1, after_records: state.next_pseq };
        let sheds = state.sheds;
        let written = state.active.as_ref().map_or(Ok(()), |active| active.write_sheds(sheds));
        let wake = state.wakes_writer();
        drop(state);
        if wake {
            self.work.notify_one();
        }
        written
    }

    /// Gives space back: all records below `durable` are safe elsewhere, and so is the news of the first `n_shed` shed
    /// events (a batch's [`shed_total`](Batch::shed_total)). Blocked callers go on; segments that nobody needs are
    /// unlinked. Numbers that were given back before change nothing.
    pub fn free(&self, durable: u64, n_shed: u64) {
        let mut state = lock(&self.state);
        let progress = state.free(durable, n_shed);
        let blocked = progress && state.n_blocked > 0;
        let has_dead = state.has_dead();
        drop(state);
        if blocked {
            self.space.notify_all();
        }
        if has_dead {
            let _files = lock(&self.files);
            let dead = lock(&self.state).take_dead();
            dead.into_iter().for_each(Segment::discard);
        }
    }

    /// While on, appends fail at once with kind `Refused`, and so do those that are blocked now. For trouble that does
    /// not mend by waiting.
    pub fn refuse(&self, refusal: Refusal) {
        let mut state = lock(&self.state);
        state.is_refusing = refusal == Refusal::Refuse;
        let blocked = state.n_blocked > 0;
        drop(state);
        if blocked {
            self.space.notify_all();
        }
    }

    /// What waits.
    pub fn stats(&self) -> Stats {
        let state = lock(&self.state);
        Stats {
            n_records: state.n_waiting(),
            n_bytes: state.bytes_waiting(),
            oldest: state.oldest(),
            n_shed: state.sheds.total,
            is_reserved: state.reservation == Reservation::Kept,
        }
    }

    /// Takes no more records. The writer goes on to take what waits and is then told `Closed`. Idempotent.
    pub fn end(&self) {
        let mut state = lock(&self.state);
        state.is_ended = true;
        state.wake_at = usize::MAX;
        drop(state);
        self.work.notify_all();
        self.space.notify_all();
    }

    /// Ends the journal and releases every file. What is durable is unlinked; a segment with records that were not
    /// given back stays, unlocked, for adoption, even if the writer holds them in a batch. Idempotent.
    pub fn close(&self) {
        self.close_with(Last::OnlyIfNeeded);
    }

    /// As `close`, but the last segment stays for adoption even if all of its records are durable. For a process that still owes something else:
    /// whoever adopts the empty segment learns that this producer is gone.
    pub fn abandon(&self) {
        self.close_with(Last::Stays);
    }

    fn close_with(&self, last: Last) {
        // Whoever is making or removing a file finishes first, so that no file is open afterwards.
        let _files = lock(&self.files);
        let mut state = lock(&self.state);
        state.is_ended = true;
        state.wake_at = usize::MAX;
        let closing = state.close(last);
        drop(state);
        self.work.notify_all();
        self.space.notify_all();
        closing.release();
    }

    /// Prepares the segment that follows the active one, unless there is one already. The state must not be locked.
    fn make_spare(&self) -> Result<(), Error> {
        let mut files = lock(&self.files);
        {
            let state = lock(&self.state);
            if state.spare.is_some() || state.active.is_none() {
                return Ok(());
            }
        }
        let identity = identity(&self.config, self.producer, files.next_number, files.log);
        match segment::make(&self.config.dir, &identity, None, self.config.max_bytes) {
            Ok(spare) => {
                files.next_number += 1;
                files.try_again_at = None;
                // Closing needs `files` too, so the journal is still open.
                lock(&self.state).spare = Some(spare);
                Ok(())
            }
            Err(error) => {
                files.try_again_at = Instant::now().checked_add(MAKE_AGAIN_AFTER);
                Err(error)
            }
        }
    }
}

/// Whether a journal refuses records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Every append fails with kind `Refused`.
    Refuse,
    /// The usual.
    Accept,
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A new random id.
pub(crate) fn new_producer() -> Result<[u8; 16], Error> {
    let mut producer = [0; 16];
    getrandom::fill(&mut producer).map_err(|error| {
        Error::new(crate::ErrorKind::Io, format!("the operating system gives no randomness: {error}"))
    })?;
    Ok(producer)
}

fn identity(config: &Config, producer: [u8; 16], number: u64, log: Option<[u8; 16]>) -> Identity {
    Identity {
        name: Name { producer, number },
        role: Role::Journal,
        payload_format: config.payload_format,
        target: Target { log: log.or(config.target.log), ..config.target },
    }
}

fn check_bound(what: &str, bound: u64, max: u64) -> Result<(), Error> {
    if bound <= max {
        return Ok(());
    }
    let message = format!("a journal of {bound} {what} is too large (hint: give at most {max})");
    Err(Error::new(crate::ErrorKind::TooLarge, message))
}

/// Makes the last part of `dir` if it is missing. What lies above it is the user's to make.
pub(crate) fn make_directory(dir: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(dir) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io("create the journal directory", dir, error)),
    }
}

#[cfg(test)]
#[cfg(shuttle)]
mod shuttle;
#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
