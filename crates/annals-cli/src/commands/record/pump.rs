//! From a source, line by line, to whoever takes the lines, until its end or Ctrl-C.

use crate::failure::Failure;
use crate::input::{Chunks, Line, Lines, Next};
use crate::interrupt::Interrupt;

/// Why the lines ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::commands) enum Ended {
    /// There are no more.
    AtEnd,
    /// Ctrl-C.
    Interrupted,
}

/// What stops the lines before their end.
enum Stop {
    Interrupted,
    Failed(Failure),
}

/// Gives every line to `each`. `chunk` sees each chunk before its lines are taken.
pub(in crate::commands) fn pump(
    chunks: &Chunks,
    mut lines: Lines,
    interrupt: &Interrupt,
    mut chunk: impl FnMut(&[u8]) -> Result<(), Failure>,
    mut each: impl FnMut(u64, Line<'_>) -> Result<(), Failure>,
) -> Result<Ended, Failure> {
    let mut guarded = |number: u64, line: Line<'_>| {
        if interrupt.is_pressed() {
            return Err(Stop::Interrupted);
        }
        each(number, line).map_err(Stop::Failed)
    };
    loop {
        if interrupt.is_pressed() {
            return Ok(Ended::Interrupted);
        }
        let result = match chunks.next()? {
            Next::Chunk(bytes) => {
                chunk(&bytes)?;
                lines.feed(&bytes, &mut guarded)
            }
            Next::NotYet => continue,
            Next::End => {
                return match lines.end(&mut guarded) {
                    Ok(()) => Ok(Ended::AtEnd),
                    Err(Stop::Interrupted) => Ok(Ended::Interrupted),
                    Err(Stop::Failed(failure)) => Err(failure),
                };
            }
        };
        match result {
            Ok(()) => {}
            Err(Stop::Interrupted) => return Ok(Ended::Interrupted),
            Err(Stop::Failed(failure)) => return Err(failure),
        }
    }
}
