//! What becomes of a client's bytes before they go on: nothing, but the recorder hears of them first.
//!
//! Where calls are refused that can't be recorded, a line goes on once the log has its intent, and bytes wait for the end of their line.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use annals_capture::mcp::{Line, MAX_LINE_BYTES, Side, Splitter, refusal};

use super::pump::Doors;
use super::queue::{Item, Queue, Verdict};
use super::recorder::{OnLoss, REASON};

/// Between the client and the server.
pub(super) struct Gate {
    queue: Arc<Queue>,
    doors: Doors,
    splitter: Splitter,
    /// The line that has no end yet, where lines go on one by one.
    held: Option<Vec<u8>>,
}

impl Gate {
    pub(super) fn new(on_loss: OnLoss, queue: Arc<Queue>, doors: Doors) -> Self {
        let held = (on_loss == OnLoss::Refuse).then(Vec::new);
        Self { queue, doors, splitter: Splitter::default(), held }
    }

    /// Takes a chunk of the client's; `write` passes bytes on.
    pub(super) fn pass(&mut self, chunk: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if self.held.is_none() {
            self.tell(chunk);
            return write(chunk);
        }
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            let mut said = None;
            self.splitter.feed(part, |line| said = Some(line));
            if let Some(held) = self.held.as_mut().filter(|held| held.len() <= MAX_LINE_BYTES) {
                held.extend_from_slice(part);
            }
            if part.ends_with(b"\n") {
                self.decide(said, &mut write)?;
            }
        }
        Ok(())
    }

    /// The client says no more; its last line may have no end.
    pub(super) fn finish(&mut self, mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let said = self.splitter.finish();
        if self.held.is_some() {
            return self.decide(said, &mut write);
        }
        if let Some(line) = said {
            self.queue.say(Side::Client, line);
            self.queue.settle();
        }
        Ok(())
    }

    /// Tells the recorder, and gives it a moment where a message has come to its end.
    fn tell(&mut self, chunk: &[u8]) {
        let mut is_message = false;
        let queue = &self.queue;
        self.splitter.feed(chunk, |line| {
            is_message |= matches!(line, Line::Whole(_));
            queue.say(Side::Client, line);
        });
        if is_message {
            self.queue.settle();
        }
    }

    /// Passes the held line on, or answers it.
    fn decide(&mut self, said: Option<Line>, write: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let held = self.held.replace(Vec::new()).unwrap_or_default();
        let Some(line) = said else { return write(&held) };
        let verdict = match &line {
            Line::Whole(_) => self.ask(line.clone()),
            Line::Foreign(_) => {
                self.queue.say(Side::Client, line.clone());
                Verdict::Refuse
            }
        };
        if verdict == Verdict::PassOn {
            return write(&held);
        }
        if let Some(answer) = refusal(&line, REASON) {
            self.doors.answer(answer);
        }
        Ok(())
    }

    fn ask(&self, line: Line) -> Verdict {
        let (verdict, answer) = sync_channel(1);
        self.queue.push(Item::Ask { line, at: Instant::now(), verdict });
        // A recorder that is gone has dropped the question.
        answer.recv().unwrap_or(Verdict::Refuse)
    }
}

#[cfg(test)]
mod tests;
