//! Signals that are meant for the server, handed down to it.
//!
//! What a terminal sends (Ctrl-C, Ctrl-\, a hang-up) goes to the whole process group, and the server has it already; the origin tells that apart from what another
//! process sent to us alone. Only of a hang-up the kernel tells nobody but the leader of the session: where we took the server's place as that, the server is told by us.
//! A signal that was ignored when we were started stays so, for us and for the server, as `nohup` wants it.

use std::fs;
use std::io;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpid, getsid, kill_process, waitid};
use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::Cause;

/// What is handed down: what ends a process unless it says otherwise, and is sent by other processes.
const HANDED_DOWN: [i32; 7] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM];

/// The signals that have come since the beginning.
pub(super) struct Signals(SignalsInfo<WithOrigin>);

/// The server as a process.
pub(super) struct Server {
    shared: Arc<Shared>,
    child: Mutex<Child>,
}

struct Shared {
    pid: Pid,
    /// Whether the process is reaped, so that its number may be another's. Taken to send a signal, and to reap.
    is_over: Mutex<bool>,
    was_told: AtomicBool,
    hurry: Mutex<Sender<()>>,
}

impl Signals {
    /// Begins to watch.
    pub(super) fn watch() -> io::Result<Self> {
        let ignored = ignored();
        let watched = HANDED_DOWN.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0);
        SignalsInfo::new(watched).map(Self)
    }

    /// Hands down to this process what comes, and what has come; what comes after its end is told to `hurry`.
    pub(super) fn hand_down_to(mut self, child: Child, hurry: Sender<()>) -> io::Result<Server> {
        let shared = Arc::new(Shared {
            pid: Pid::from_child(&child),
            is_over: Mutex::new(false),
            was_told: AtomicBool::new(false),
            hurry: Mutex::new(hurry),
        });
        let told = Arc::clone(&shared);
        thread::Builder::new().name("wrap-signals".to_owned()).spawn(move || {
            for origin in self.0.forever() {
                told.hand_down(origin.signal, origin.cause);
            }
        })?;
        Ok(Server { shared, child: Mutex::new(child) })
    }
}

impl Shared {
    fn hand_down(&self, number: i32, cause: Cause) {
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_over {
            // The server has had its end, and that is ours whatever comes; only what is left to do, such as waiting for a client that does not read, is over.
            let _ = self.hurry.lock().unwrap_or_else(PoisonError::into_inner).send(());
            return;
        }
        if matches!(cause, Cause::Kernel) && !(number == SIGHUP && getsid(None) == Ok(getpid())) {
            // A person did it, at the terminal that the server has too.
            self.was_told.store(true, Ordering::Relaxed);
            return;
        }
        if let Some(signal) = Signal::from_named_raw(number) {
            self.was_told.store(true, Ordering::Relaxed);
            // The process is there, if only as a zombie; one of another user's can't be told, as without us.
            let _ = kill_process(self.pid, signal);
        }
    }
}

impl Server {
    /// Waits for its end.
    pub(super) fn wait(&self) -> io::Result<ExitStatus> {
        // First without reaping, so that no signal is sent to a number that is free again.
        loop {
            match waitid(WaitId::Pid(self.shared.pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => break,
            }
        }
        let mut is_over = self.shared.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        *is_over = true;
        self.child.lock().unwrap_or_else(PoisonError::into_inner).wait()
    }

    /// Whether a signal came for it.
    pub(super) fn was_told_to_end(&self) -> bool {
        self.shared.was_told.load(Ordering::Relaxed)
    }
}

/// The signals that this process ignores, a bit each; none where the system does not tell.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
