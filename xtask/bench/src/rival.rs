//! The other side of the callers' comparison: `tracing` JSON through `tracing-appender`'s non-blocking writer into a file, as its documentation sets it up.
//!
//! The fields are native ones of the macro, which is the cheapest way it knows; a JSON value made first would only cost it more.
//! It drops what does not fit its queue of 128 000 lines, which is its default, and counts that.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};

/// How long its thread may take to write what is queued.
const PATIENCE: Duration = Duration::from_mins(1);

/// The subscriber of this process, of which there can be one.
pub(crate) struct Rival {
    file: File,
    written: Arc<Written>,
    drops: ErrorCounter,
    n_said: AtomicU64,
    /// Its thread stops when this goes.
    _guard: WorkerGuard,
}

/// What its thread has written so far.
#[derive(Default)]
struct Written {
    n_lines: Mutex<u64>,
    grew: Condvar,
}

impl Rival {
    /// Sets the process's subscriber, writing into this file.
    pub(crate) fn start(path: &Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let written = Arc::<Written>::default();
        let lines = Lines { file: file.try_clone()?, n_written: 0, written: Arc::clone(&written) };
        let (writer, guard) = NonBlockingBuilder::default().finish(lines);
        let drops = writer.error_counter();
        tracing::subscriber::set_global_default(tracing_subscriber::fmt().json().with_writer(writer).finish())?;
        Ok(Self { file, written, drops, n_said: AtomicU64::new(0), _guard: guard })
    }

    /// How many lines it has dropped so far.
    pub(crate) fn n_dropped(&self) -> u64 {
        self.drops.dropped_lines() as u64
    }

    /// Waits until what was said is written, which for it is the end of a burst, and gives the file's space back.
    pub(crate) fn drain(&self, n_said: u64) -> anyhow::Result<()> {
        let n_said = self.n_said.fetch_add(n_said, Ordering::Relaxed) + n_said;
        let deadline = Instant::now() + PATIENCE;
        let mut n_lines = self.written.n_lines.lock().unwrap_or_else(PoisonError::into_inner);
        while *n_lines + self.n_dropped() < n_said {
            let left = deadline.saturating_duration_since(Instant::now());
            ensure!(!left.is_zero(), "`tracing-appender` has written {n_lines} of {n_said} lines after a minute");
            n_lines = self.written.grew.wait_timeout(n_lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(self.file.set_len(0)?)
    }
}

/// Says the benchmarks' event: the same fields as `sample::short_event`.
#[inline]
pub(crate) fn say() {
    tracing::info!(
        event_type = "tool.invoked",
        actor_name = "refactor-bot",
        tool = "write_file",
        resource = "src/cart.rs",
        session_id = "s-2026-11-20",
        details.path = "src/cart.rs",
        details.n_lines = 12,
        details.reason = "extract the price calculation into its own module",
        details.ok = true,
    );
}

/// The file, counting lines. Its thread writes a line a call and flushes when its queue is empty.
struct Lines {
    file: File,
    n_written: u64,
    written: Arc<Written>,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_bytes = self.file.write(bytes)?;
        self.n_written += u64::from(bytes[..n_bytes].ends_with(b"\n"));
        Ok(n_bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        *self.written.n_lines.lock().unwrap_or_else(PoisonError::into_inner) = self.n_written;
        self.written.grew.notify_all();
        Ok(())
    }
}
