//! A stream of bytes as lines, with a bound.
//!
//! A line that may be JSON (it begins with `{` or `[`) is kept whole up to a bound. Any other is only counted and digested: a server that writes a hundred megabytes of
//! anything costs no memory. Lines of that kind which end in the same chunk are folded into one, so that a flood is a matter of chunks and not of lines; a digest is
//! taken of the first of them.
//!
//! A line ends at `\n`, or with the stream. Blank lines mean nothing in this protocol and are passed over.

use sha2::{Digest, Sha256};

/// The longest line that is kept: 16 MiB. A longer one is counted and digested.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// A line of a stream, without its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line {
    /// It may be JSON.
    Whole(Vec<u8>),
    /// It is no message, or lines of that kind in a row.
    Foreign(Foreign),
}

/// Lines that are no messages, in a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Foreign {
    /// What is wrong with the first of them.
    pub problem: Problem,
    /// How many there are.
    pub n_lines: u64,
    /// How many bytes they have together, their ends not counted.
    pub n_bytes: u64,
    /// The SHA-256 of the first of them, without its end; of what was not looked at there is none.
    pub sha256: Option<[u8; 32]>,
}

/// Why a line is no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Problem {
    /// It is no JSON, or too deeply nested to be read.
    NotJson,
    /// It is JSON, and no message or batch of JSON-RPC.
    NotJsonRpc,
    /// It has more bytes than are kept.
    TooLong,
    /// There was no time to read it.
    Unseen,
}

impl Problem {
    /// In words, as it stands in an event.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not JSON",
            Self::NotJsonRpc => "not JSON-RPC",
            Self::TooLong => "line too long",
            Self::Unseen => "not looked at",
        }
    }
}

impl Foreign {
    /// Lines that nobody had the time to look at.
    pub fn unseen(n_lines: u64, n_bytes: u64) -> Self {
        Self { problem: Problem::Unseen, n_lines, n_bytes, sha256: None }
    }

    /// One line of this kind.
    pub(super) fn line(problem: Problem, line: &[u8]) -> Self {
        Self { problem, n_lines: 1, n_bytes: line.len() as u64, sha256: Some(Sha256::digest(line).into()) }
    }

    /// Takes up the lines after these.
    pub(super) fn fold(&mut self, later: &Self) {
        self.n_lines += later.n_lines;
        self.n_bytes += later.n_bytes;
    }
}

/// Cuts a stream into lines.
#[derive(Debug)]
pub struct Splitter {
    max_bytes: usize,
    begun: Begun,
}

/// The line that has no end yet.
#[derive(Debug)]
enum Begun {
    /// It is kept: nothing, blanks, or what may be JSON.
    Kept(Vec<u8>),
    /// It is counted and digested.
    Digested { problem: Problem, n_bytes: u64, digest: Box<Sha256> },
}

impl Default for Splitter {
    fn default() -> Self {
        Self::new(MAX_LINE_BYTES)
    }
}

impl Splitter {
    /// A splitter that keeps lines up to this length.
    pub fn new(max_bytes: usize) -> Self {
        Self { max_bytes, begun: Begun::Kept(Vec::new()) }
    }

    /// Takes the next bytes of the stream and hands out the lines that end in them.
    pub fn feed(&mut self, mut chunk: &[u8], mut each: impl FnMut(Line)) {
        let mut run: Option<Foreign> = None;
        while let Some(end) = chunk.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&chunk[..end], &chunk[end + 1..]);
            chunk = rest;
            match &mut run {
                // Only the first line of a run is digested, and this one begins and ends in the chunk.
                Some(run) if self.is_fresh() && is_foreign(line) => {
                    run.n_lines += 1;
                    run.n_bytes += line.len() as u64;
                    continue;
                }
                _ => self.grow(line),
            }
            match self.ended() {
                None => {}
                Some(Line::Foreign(line)) => match &mut run {
                    Some(run) => run.fold(&line),
                    None => run = Some(line),
                },
                Some(line) => {
                    run.take().map(Line::Foreign).into_iter().for_each(&mut each);
                    each(line);
                }
            }
        }
        run.map(Line::Foreign).into_iter().for_each(each);
        self.grow(chunk);
    }

    /// Ends the stream: what was said last and has no end of its own is a line too.
    pub fn finish(&mut self) -> Option<Line> {
        self.ended()
    }

    /// Whether the stream stands at the beginning of a line.
    pub fn is_fresh(&self) -> bool {
        matches!(&self.begun, Begun::Kept(kept) if kept.is_empty())
    }

    /// Takes up a part of the line.
    fn grow(&mut self, part: &[u8]) {
        match &mut self.begun {
            Begun::Kept(kept) => {
                let problem =
                    if kept.len() + part.len() > self.max_bytes { Problem::TooLong } else { Problem::NotJson };
                if problem == Problem::NotJson && !(are_blank(kept) && is_foreign(part)) {
                    kept.extend_from_slice(part);
                    return;
                }
                // What is no JSON stays that, however long it is.
                let problem =
                    if is_foreign(kept) || (are_blank(kept) && is_foreign(part)) { Problem::NotJson } else { problem };
                let mut digest = Box::new(Sha256::new_with_prefix(&*kept));
                digest.update(part);
                let n_bytes = (kept.len() + part.len()) as u64;
                self.begun = Begun::Digested { problem, n_bytes, digest };
            }
            Begun::Digested { n_bytes, digest, .. } => {
                digest.update(part);
                *n_bytes += part.len() as u64;
            }
        }
    }

    /// The line, now that it has ended; `None` for a blank one.
    fn ended(&mut self) -> Option<Line> {
        match std::mem::replace(&mut self.begun, Begun::Kept(Vec::new())) {
            Begun::Kept(kept) if are_blank(&kept) => None,
            Begun::Kept(kept) => Some(Line::Whole(kept)),
            Begun::Digested { problem, n_bytes, digest } => {
                let sha256 = Some(digest.finalize().into());
                Some(Line::Foreign(Foreign { problem, n_lines: 1, n_bytes, sha256 }))
            }
        }
    }
}

/// What JSON takes for white space, and the bytes of a byte order mark, over which some readers pass.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0xef | 0xbb | 0xbf)
}

fn are_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| is_blank(*byte))
}

/// Whether the line can't be a message by its first character.
fn is_foreign(line: &[u8]) -> bool {
    line.iter().find(|byte| !is_blank(**byte)).is_some_and(|byte| !matches!(byte, b'{' | b'['))
}

#[cfg(test)]
mod tests;
