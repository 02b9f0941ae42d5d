//! A process that nobody waits for, which sends to the server what hooks and others have left.
//!
//! A hook must end within milliseconds, whatever the network does; so it leaves its event in a file, starts one of these where none is at work, and goes. A file's lock, held for as long
//! as it works, keeps them at one a data directory. It ends when nothing waits any more, or when the server has answered nothing for long: what waits then waits for the next event.

use std::env;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use annals::{Audit, Mode, Settings, WaitingState};

use crate::arguments::Common;
use crate::failure::Failure;

/// So long without an answer of the server's, and it gives up.
const PATIENCE: Duration = Duration::from_mins(10);
/// After the last event it stays for more, so that a client's next step starts no process; and so that what ends just now is found.
const LINGER: Duration = Duration::from_millis(500);
const N_LINGERS: u32 = 4;

/// Starts one and does not wait, where the log is kept by a server and none is at work in this data directory. What can't be started is started by the next event.
pub(crate) fn start(settings: &Settings, common: &Common) {
    if settings.server_address().is_none() || is_at_work(settings) {
        return;
    }
    // The lock that was just taken is given up again: the process that holds it must be the one that works.
    let Ok(program) = env::current_exe() else { return };
    let mut command = Command::new(program);
    command.arg("forward").arg("--detached");
    if let Ok(data) = std::path::absolute(settings.data()) {
        command.arg("--data").arg(data);
    }
    for pair in &common.set {
        command.args(["--set", pair]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C in the terminal is meant for others.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    // It is nobody's child once this process is gone.
    drop(command.spawn());
}

/// Whether one is at work in this data directory; or nobody can know.
pub(crate) fn is_at_work(settings: &Settings) -> bool {
    !matches!(lock(settings.data()), Ok(Some(_)))
}

/// Works until nothing waits. A second one in the same data directory ends at once.
pub(crate) fn work(settings: &Settings) -> Result<(), Failure> {
    loop {
        let Ok(Some(held)) = lock(settings.data()) else { return Ok(()) };
        let audit = Audit::with_settings(&settings.clone().mode(Mode::Asynchronous))?;
        let mut n_idle = 0;
        let sent = loop {
            let had_some = waits(&audit);
            if let Err(error) = audit.drain(PATIENCE) {
                break Err(error);
            }
            n_idle = if had_some { 0 } else { n_idle + 1 };
            if n_idle == N_LINGERS {
                break Ok(());
            }
            thread::sleep(LINGER);
        };
        drop(held);
        sent?;
        // Whoever left something while the lock was held has started nobody.
        if !waits(&audit) {
            return Ok(());
        }
    }
}

/// Whether something is there to be sent.
fn waits(audit: &Audit) -> bool {
    audit.waiting().is_ok_and(|waiting| waiting.iter().any(|left| left.is_ours && left.state == WaitingState::Dead))
}

/// The lock of this data directory; `None` where another process has it.
fn lock(data: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path(data))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Where the lock is; always empty.
fn path(data: &Path) -> PathBuf {
    data.join("forward.lock")
}
