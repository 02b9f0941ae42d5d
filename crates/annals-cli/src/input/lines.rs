//! Bytes into lines, in as much memory as the longest line that is taken.
//!
//! A line that is longer is counted to its end and not kept. A last line without a newline is a line like any other.

use std::mem;

/// A line without its newline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Line<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// It had so many bytes, more than are taken.
    TooLong(u64),
}

/// Cuts chunks into lines, whose numbers count from 1.
#[derive(Debug)]
pub(crate) struct Lines {
    most_bytes: usize,
    /// The beginning of a line whose end is in a chunk to come.
    begun: Vec<u8>,
    /// How much of a line that is too long was seen; nothing of it is in `begun`.
    dropped: u64,
    number: u64,
}

impl Lines {
    /// Lines of at most so many bytes.
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, begun: Vec::new(), dropped: 0, number: 0 }
    }

    /// Gives each line that ends in this chunk to `each`, until that fails.
    pub(crate) fn feed<E>(
        &mut self,
        mut chunk: &[u8],
        each: &mut impl FnMut(u64, Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(end) = chunk.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&chunk[..end], &chunk[end + 1..]);
            chunk = rest;
            self.number += 1;
            // The usual line lies in one chunk and is not copied.
            if self.begun.is_empty() && self.dropped == 0 && line.len() <= self.most_bytes {
                each(self.number, Line::Whole(line))?;
            } else {
                self.keep(line);
                self.give(each)?;
            }
        }
        self.keep(chunk);
        Ok(())
    }

    /// Gives the last line to `each`, where it has no newline.
    pub(crate) fn end<E>(&mut self, each: &mut impl FnMut(u64, Line<'_>) -> Result<(), E>) -> Result<(), E> {
        if self.begun.is_empty() && self.dropped == 0 {
            return Ok(());
        }
        self.number += 1;
        self.give(each)
    }

    fn keep(&mut self, part: &[u8]) {
        let n_bytes = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        if self.dropped == 0 && self.begun.len() + part.len() <= self.most_bytes {
            self.begun.extend_from_slice(part);
        } else {
            self.dropped += n_bytes(self.begun.len()) + n_bytes(part.len());
            self.begun = Vec::new();
        }
    }

    fn give<E>(&mut self, each: &mut impl FnMut(u64, Line<'_>) -> Result<(), E>) -> Result<(), E> {
        match mem::take(&mut self.dropped) {
            0 => {
                let result = each(self.number, Line::Whole(&self.begun));
                self.begun.clear();
                result
            }
            n_bytes => each(self.number, Line::TooLong(n_bytes)),
        }
    }
}

#[cfg(test)]
mod tests;
