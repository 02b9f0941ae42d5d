//! Threads that must end in time.
//!
//! A scoped thread or a plain join would hang the run when its thread hangs; here each thread tells when it is done, and one that does not is named in the failure.
//! A hung thread is left behind: the test process ends without it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long anything in a test may take: long enough for a loaded machine with two cores, short enough that a hang is seen the same minute.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A group of named threads whose answers are wanted.
#[derive(Debug)]
pub struct Threads<T> {
    names: Vec<String>,
    sender: mpsc::Sender<(usize, thread::Result<T>)>,
    receiver: mpsc::Receiver<(usize, thread::Result<T>)>,
}

impl<T: Send + 'static> Threads<T> {
    /// No thread yet.
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { names: Vec::new(), sender, receiver }
    }

    /// Starts a thread.
    pub fn spawn(&mut self, name: impl Into<String>, work: impl FnOnce() -> T + Send + 'static) {
        let name = name.into();
        let index = self.names.len();
        let sender = self.sender.clone();
        thread::Builder::new()
            .name(name.clone())
            .spawn(move || {
                // The test may have failed and gone already.
                let _ = sender.send((index, catch_unwind(AssertUnwindSafe(work))));
            })
            .expect("a test machine can start a thread");
        self.names.push(name);
    }

    /// The answers of all threads in the order in which they were started; a panic in one of them goes on here, and one that hangs fails the test by its name.
    #[track_caller]
    pub fn join(self) -> Vec<T> {
        self.join_caught()
            .into_iter()
            .map(|(name, answer)| match answer {
                Ok(answer) => answer,
                Err(panic) => panic!("thread `{name}` panicked: {}", panic_text(panic.as_ref())),
            })
            .collect()
    }

    /// The same with panics as answers.
    #[track_caller]
    pub fn join_caught(self) -> Vec<(String, thread::Result<T>)> {
        let deadline = Instant::now() + PATIENCE;
        let mut answers: Vec<Option<thread::Result<T>>> = self.names.iter().map(|_| None).collect();
        for _ in 0..answers.len() {
            let Ok((index, answer)) = self.receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            else {
                let hung: Vec<&str> = self
                    .names
                    .iter()
                    .zip(&answers)
                    .filter(|(_, answer)| answer.is_none())
                    .map(|(name, _)| name.as_str())
                    .collect();
                panic!("hung for {PATIENCE:?}: thread `{}`", hung.join("`, `"));
            };
            answers[index] = Some(answer);
        }
        self.names.into_iter().zip(answers.into_iter().flatten()).collect()
    }
}

impl<T: Send + 'static> Default for Threads<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Does one thing that must end in time, in a thread of its own.
#[track_caller]
pub fn in_time<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let mut threads = Threads::new();
    threads.spawn(name, work);
    threads.join().pop().expect("one thread gives one answer")
}

/// Waits until a condition holds that nothing tells of, such as a file's disappearance, by asking again and again; fails after `at_most` with what was waited for.
///
/// It returns how long it took. For what can be waited for itself (a thread, a line, a receipt) there are better ways.
#[track_caller]
pub fn until(what: &str, at_most: Duration, mut holds: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < at_most, "waited {at_most:?} in vain: {what}");
        thread::park_timeout(Duration::from_millis(1));
    }
    start.elapsed()
}

/// What a panic said, as far as it is text.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests;
