//! Child processes: this test binary again in another role, or any command, spoken to by lines and killed without mercy.
//!
//! A test that needs a second process calls [`role`] first: in the child it plays that role and ends; in the parent it starts the child with [`Child::playing`].
//! So no helper binary has to be built, and the child has the test's own code. A child is killed and reaped when it is dropped.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::PATIENCE;

/// Tells a child which role it has.
const ROLE: &str = "ANNALS_TESTKIT_ROLE";
/// Begins each line that a role says, so that the test harness's own lines are told apart.
const MARK: &str = "\u{bb} ";

/// The role that this process was started for; `None` in the test itself.
pub fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// Says a line to the parent at once. The test harness may have left a line unfinished, so this begins a new one.
pub fn say(line: impl AsRef<str>) {
    let text = format!("\n{MARK}{}\n", line.as_ref());
    let mut out = io::stdout().lock();
    // The parent may be gone; a role ends by being killed.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// What a child said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line {
    /// A line, without its end.
    Text(String),
    /// It closed its standard output: it has ended or is about to.
    End,
}

/// A running child process.
#[derive(Debug)]
pub struct Child {
    name: String,
    process: std::process::Child,
    lines: mpsc::Receiver<String>,
}

impl Child {
    /// Starts this test binary again, for the one test of that full name (`module::test`), in a role; the test must ask [`role`] before anything else.
    #[track_caller]
    pub fn playing<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        test: &str,
        role: &str,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let binary = env::current_exe().expect("a test knows its own binary");
        Self::playing_by(Command::new(binary), test, role, environment)
    }

    /// The same by way of another command (a tracer, another user) that starts this binary, or a copy of it, with the arguments added to its own.
    #[track_caller]
    pub fn playing_by<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        mut command: Command,
        test: &str,
        role: &str,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ROLE, role).envs(environment);
        Self::start(&format!("{role} of {test}"), command, Some(MARK))
    }

    /// Starts a command and reads every line of its standard output. Its standard error goes where the test's own goes.
    #[track_caller]
    pub fn spawn(name: &str, command: Command) -> Self {
        Self::start(name, command, None)
    }

    #[track_caller]
    fn start(name: &str, mut command: Command, mark: Option<&'static str>) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap_or_else(|error| panic!("cannot start `{name}`: {error}"));
        let out = BufReader::new(process.stdout.take().expect("standard output was piped"));
        let (sender, lines) = mpsc::channel();
        thread::Builder::new()
            .name(format!("lines of {name}"))
            .spawn(move || {
                for line in out.lines().map_while(Result::ok) {
                    let said = match mark {
                        None => Some(line.as_str()),
                        Some(mark) => line.strip_prefix(mark),
                    };
                    if said.is_some_and(|said| sender.send(said.to_owned()).is_err()) {
                        return;
                    }
                }
            })
            .expect("a test machine can start a thread");
        Self { name: name.to_owned(), process, lines }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next line, or that there is none any more; fails the test when the child says nothing for too long.
    #[track_caller]
    pub fn next_line(&mut self) -> Line {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Line::Text(line),
            Err(mpsc::RecvTimeoutError::Disconnected) => Line::End,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("`{}` said nothing for {PATIENCE:?}", self.name),
        }
    }

    /// The next line, which must be text.
    #[track_caller]
    pub fn line(&mut self) -> String {
        match self.next_line() {
            Line::Text(line) => line,
            Line::End => panic!("`{}` ended and had nothing to say", self.name),
        }
    }

    /// The lines that are there already, without waiting.
    pub fn lines_so_far(&mut self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    /// All lines until the child closes its standard output.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Line::Text(line) = self.next_line() {
            lines.push(line);
        }
        lines
    }

    /// Kills it as `kill -9` does, reaps it, and returns every line that it had said and nobody had read.
    #[track_caller]
    pub fn kill(&mut self) -> Vec<String> {
        self.process.kill().unwrap_or_else(|error| panic!("cannot kill `{}`: {error}", self.name));
        self.process.wait().unwrap_or_else(|error| panic!("cannot reap `{}`: {error}", self.name));
        self.rest()
    }

    /// Waits for its end; fails the test when that takes too long.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        self.wait_at_most(PATIENCE)
    }

    /// The same with another deadline.
    #[track_caller]
    pub fn wait_at_most(&mut self, at_most: Duration) -> ExitStatus {
        let deadline = Instant::now() + at_most;
        loop {
            match self.process.try_wait() {
                Ok(Some(status)) => return status,
                Ok(None) => assert!(Instant::now() < deadline, "`{}` did not end within {at_most:?}", self.name),
                Err(error) => panic!("cannot wait for `{}`: {error}", self.name),
            }
            // Nothing on a plain process tells of its end with a deadline, so it is asked again.
            thread::park_timeout(Duration::from_millis(1));
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only for a child that was reaped already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests;
