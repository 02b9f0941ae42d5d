//! Threads that begin together and must end in time.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a loaded machine, short enough that a hang is seen the same minute.
const PATIENCE: Duration = Duration::from_mins(1);

/// One thread's work, with a name for the failure.
pub(super) type Work<T> = (String, Box<dyn FnOnce() -> T + Send>);

/// Does all of it at once, each in a thread of its own, and gives the answers in the same order. A thread that panics or hangs fails the test by its name.
#[track_caller]
pub(super) fn together<T: Send + 'static>(works: Vec<Work<T>>) -> Vec<T> {
    let deadline = Instant::now() + PATIENCE;
    let (starts, names): (Vec<_>, Vec<_>) = works
        .into_iter()
        .map(|(name, work)| {
            let (start, started) = mpsc::channel::<()>();
            let (answer, answered) = mpsc::channel();
            let body = move || {
                if started.recv().is_ok() {
                    // The test may have failed and gone already.
                    let _ = answer.send(work());
                }
            };
            thread::Builder::new().name(name.clone()).spawn(body).expect("a test machine can start a thread");
            (start, (name, answered))
        })
        .unzip();
    for start in &starts {
        start.send(()).expect("every thread waits for its start");
    }
    names
        .into_iter()
        .map(|(name, answered)| match answered.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(answer) => answer,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                panic!("thread `{name}` panicked; its own message stands above")
            }
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("thread `{name}` hung for {PATIENCE:?}"),
        })
        .collect()
}

#[cfg(test)]
mod tests;
