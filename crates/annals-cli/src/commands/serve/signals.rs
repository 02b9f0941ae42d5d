//! The signals that end a server: the first asks it to, the second ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annals_server::Access;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::failure::Failure;

/// The watch on SIGTERM and Ctrl-C, which begins before the server does.
pub(in crate::commands) struct Signals {
    /// Whether one of them came.
    is_told: Arc<AtomicBool>,
}

impl Signals {
    /// Begins to watch.
    pub(in crate::commands) fn watch() -> Result<Self, Failure> {
        let is_told = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag unset and sets it, the second finds it set.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&is_told))
                .map_err(failed)?;
            signal_hook::flag::register(signal, Arc::clone(&is_told)).map_err(failed)?;
        }
        Ok(Self { is_told })
    }

    /// What is over when the first signal comes. To be called on the executor.
    #[cfg(unix)]
    pub(in crate::commands) fn stop(self) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        Ok(async move {
            // One that came before this was set up wakes nobody.
            if self.is_told.load(Ordering::Acquire) {
                return;
            }
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }

    /// What is over when the first signal comes. To be called on the executor.
    #[cfg(not(unix))]
    pub(in crate::commands) fn stop(self) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
        Ok(async move {
            if self.is_told.load(Ordering::Acquire) {
                return;
            }
            // Where it can't be watched for, the system ends the process.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// Has the file of tokens read again at each SIGHUP. To be called on the executor.
#[cfg(unix)]
pub(super) fn reload_on_hangup(access: &Access) -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let access = access.clone();
    let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            // One small file, seldom; what is wrong with it is in the log.
            let _ = access.reload();
        }
    });
    Ok(())
}

/// Where there is no such signal, a new file of tokens needs a restart.
#[cfg(not(unix))]
pub(super) fn reload_on_hangup(_access: &Access) -> Result<(), Failure> {
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn failed(error: std::io::Error) -> Failure {
    Failure::could_not(format!("could not watch for signals: {error}"))
}
