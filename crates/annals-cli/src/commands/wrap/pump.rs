//! The two pumps: what one side writes reaches the other, byte for byte, in order and at once.
//!
//! A stream that one side closes is closed on the other side too, as if there were nobody in between: the end of the input, an input that the server no longer reads, an
//! output that it has closed, an output that the client no longer reads. Waiting is always for both ends of a direction, so that this does not take a byte to be noticed.
//!
//! Once the server has ended, its output is followed to its end, or until it is silent for [`SILENCE`]: a child of the server's may keep it open for ever.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use annals_capture::mcp::{Side, Splitter};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::gate::Gate;
use super::queue::Queue;
use super::stream::{read, write_all};

/// What is read at once: as much as a pipe holds.
const CHUNK: usize = 64 << 10;
/// So long the output of a server that has ended may be silent.
const SILENCE: Duration = Duration::from_millis(250);

/// What the pumps and whoever waits for the server tell each other.
pub(super) struct Doors {
    shared: Arc<Shared>,
    answers: Sender<Vec<u8>>,
}

struct Shared {
    /// Wakes the server's pump.
    bell: Mutex<PipeWriter>,
    server_ended: AtomicBool,
    client_left: AtomicBool,
}

/// The server's pump's side of it.
pub(super) struct Indoors {
    shared: Arc<Shared>,
    bell: PipeReader,
    answers: Receiver<Vec<u8>>,
}

/// Both sides.
pub(super) fn doors() -> io::Result<(Doors, Indoors)> {
    let (heard, bell) = io::pipe()?;
    let (sender, answers) = channel();
    let (server_ended, client_left) = (AtomicBool::new(false), AtomicBool::new(false));
    let shared = Arc::new(Shared { bell: Mutex::new(bell), server_ended, client_left });
    Ok((Doors { shared: Arc::clone(&shared), answers: sender }, Indoors { shared, bell: heard, answers }))
}

impl Clone for Doors {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), answers: self.answers.clone() }
    }
}

impl Doors {
    /// Gives the client an answer of ours, between two lines of the server's.
    pub(super) fn answer(&self, answer: Vec<u8>) {
        if self.answers.send(answer).is_ok() {
            self.ring();
        }
    }

    /// The server has ended.
    pub(super) fn server_has_ended(&self) {
        self.shared.server_ended.store(true, Ordering::Release);
        self.ring();
    }

    /// Whether the client had closed one of its streams while the server ran.
    pub(super) fn client_has_left(&self) -> bool {
        self.shared.client_left.load(Ordering::Acquire)
    }

    fn ring(&self) {
        // The pump that would hear it is gone, which is fine too.
        let _ = self.shared.bell.lock().unwrap_or_else(PoisonError::into_inner).write_all(b"!");
    }
}

/// Passes on what the client says, until it or the server has had enough. `server` is the server's input, closed by being dropped.
pub(super) fn from_client(stdin: &impl AsFd, server: impl AsFd, mut gate: Gate, doors: &Doors) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let mut ends = [PollFd::new(stdin, PollFlags::IN), PollFd::new(&server, PollFlags::empty())];
        if !is_ready(&mut ends, None) {
            continue;
        }
        if !ends[1].revents().is_empty() {
            break;
        }
        match read(stdin, &mut buffer) {
            Ok(0) | Err(_) => {
                doors.shared.client_left.store(true, Ordering::Release);
                let _ = gate.finish(|bytes| write_all(&server, bytes));
                return;
            }
            Ok(n_bytes) => {
                if gate.pass(&buffer[..n_bytes], |bytes| write_all(&server, bytes)).is_err() {
                    break;
                }
            }
        }
    }
    // The server reads no more; then the client finds nobody to read what it writes.
    close_by(rustix::stdio::dup2_stdin);
}

/// Passes on what the server says, until it or the client has had enough. `server` is the server's output, closed by being dropped.
pub(super) fn from_server(server: impl AsFd, stdout: &impl AsFd, queue: &Queue, indoors: &Indoors) {
    let mut buffer = vec![0; CHUNK];
    let mut splitter = Splitter::default();
    let mut outlet = Outlet { is_between_lines: true, answers: Vec::new() };
    loop {
        let has_ended = indoors.shared.server_ended.load(Ordering::Acquire);
        let mut ends = [
            PollFd::new(&server, PollFlags::IN),
            PollFd::new(stdout, PollFlags::empty()),
            PollFd::new(&indoors.bell, PollFlags::IN),
        ];
        if !is_ready(&mut ends, has_ended.then_some(SILENCE)) {
            if has_ended {
                break;
            }
            continue;
        }
        let [is_said, is_unread, is_rung] = ends.map(|end| !end.revents().is_empty());
        if is_unread {
            indoors.shared.client_left.store(true, Ordering::Release);
            return;
        }
        if is_rung {
            let _ = read(&indoors.bell, &mut buffer[..64]);
            outlet.answers.extend(indoors.answers.try_iter());
        }
        let mut said: &[u8] = &[];
        if is_said {
            match read(&server, &mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(n_bytes) => said = &buffer[..n_bytes],
            }
            // Before the client can answer it, so that cause stays before effect; this waits for no disk.
            splitter.feed(said, |line| queue.say(Side::Server, line));
        }
        if outlet.write(said, |bytes| write_all(stdout, bytes)).is_err() {
            indoors.shared.client_left.store(true, Ordering::Release);
            return;
        }
    }
    if let Some(line) = splitter.finish() {
        queue.say(Side::Server, line);
    }
    outlet.answers.extend(indoors.answers.try_iter());
    let _ = outlet.finish(|bytes| write_all(stdout, bytes));
    close_by(rustix::stdio::dup2_stdout);
}

/// What goes to the client: the server's bytes as they are, and answers of ours between its lines.
struct Outlet {
    is_between_lines: bool,
    /// Those that wait for the end of a line.
    answers: Vec<Vec<u8>>,
}

impl Outlet {
    fn write(&mut self, said: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut rest = said;
        if !self.answers.is_empty() {
            // The last place at which a line of the server's ends, if there is one by now.
            let end = said.iter().rposition(|byte| *byte == b'\n').map(|end| end + 1);
            if let Some(end) = end.or(self.is_between_lines.then_some(0)) {
                write(&said[..end])?;
                rest = &said[end..];
                self.answers.drain(..).try_for_each(|answer| write(&answer))?;
                self.is_between_lines = true;
            }
        }
        write(rest)?;
        self.is_between_lines = rest.last().map_or(self.is_between_lines, |last| *last == b'\n');
        Ok(())
    }

    /// The server says no more: what waited for the end of a line ends it.
    fn finish(&mut self, mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if !self.answers.is_empty() && !self.is_between_lines {
            write(b"\n")?;
        }
        self.answers.drain(..).try_for_each(|answer| write(&answer))
    }
}

/// Waits until something happens to one of them; `false` where nothing did in time. What fails is for the read that follows to tell.
fn is_ready(ends: &mut [PollFd<'_>], at_most: Option<Duration>) -> bool {
    let timeout = at_most.and_then(|at_most| Timespec::try_from(at_most).ok());
    match poll(ends, timeout.as_ref()) {
        Ok(n_ready) => n_ready > 0,
        Err(_) => false,
    }
}

/// Closes a standard stream of this process, which can only be replaced.
fn close_by(replace: impl FnOnce(std::fs::File) -> rustix::io::Result<()>) {
    if let Ok(nothing) = std::fs::File::options().read(true).write(true).open("/dev/null") {
        let _ = replace(nothing);
    }
}

#[cfg(test)]
mod tests;
