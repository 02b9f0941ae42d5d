//! What a command says that has waited for a server for a while: what it waits for, and why.
//!
//! Said once, on standard error, and whoever reads it, terminal or log: silence for half a minute looks like a program that hangs, and a wrong token never mends by itself.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use annals::Audit;

use crate::failure;

/// A server that is there answers sooner.
const PATIENCE: Duration = Duration::from_secs(2);

/// Does the work, and says what it waits for if it takes long.
pub(super) fn telling<T>(audit: &Audit, server: &str, work: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        scope.spawn(move || {
            if is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                // Looks at nothing but memory, so that what hangs cannot hold it up.
                let reason = audit.pulse().last_error.unwrap_or_else(|| "it has not answered yet".to_owned());
                failure::note(&format!("waiting for the server `{server}`: {reason}"));
            }
        });
        let result = work();
        drop(done);
        result
    })
}
