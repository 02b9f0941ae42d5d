//! Two threads that read and hash spans, and one that takes their answers in order.
//!
//! Every second span is one worker's, and each hands its answers over through a short queue: so they come in order without being sorted, and no more than a few are ever in memory.

use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use annals_store::{Error, ErrorKind};

use super::span::{ROWS, Reader, SpanRead};

const WORKERS: u64 = 2;
/// How many answers wait for the one who takes them, for each worker.
const AHEAD: usize = 2;

/// Reads a part of the log, and hands each span to `take` in order.
pub(super) fn read(
    reader: &Reader<'_>,
    part: Range<u64>,
    mut take: impl FnMut(SpanRead) -> Result<(), Error>,
) -> Result<(), Error> {
    // Spans end at multiples of their length, so that they are whole tiles wherever the part begins.
    let first = part.start / ROWS;
    let n_spans = if part.is_empty() { 0 } else { part.end.div_ceil(ROWS) - first };
    let span = |n: u64| part.start.max((first + n) * ROWS)..part.end.min((first + n + 1) * ROWS);
    if n_spans == 1 {
        // Nobody could read beside it.
        return take(reader.read(part)?);
    }
    thread::scope(|scope| {
        let answers: Vec<Receiver<Result<SpanRead, Error>>> = (0..WORKERS.min(n_spans))
            .map(|worker| {
                let (send, answers) = sync_channel(AHEAD);
                let reader = reader.clone();
                let work = move || {
                    for n in (worker..n_spans).step_by(usize::try_from(WORKERS).unwrap_or(1)) {
                        let answer = reader.read(span(n));
                        let is_last = answer.is_err();
                        // Nobody listens any more when another span could not be read.
                        if send.send(answer).is_err() || is_last {
                            break;
                        }
                    }
                };
                thread::Builder::new()
                    .name(format!("verify-{worker}"))
                    .spawn_scoped(scope, work)
                    .map(|_| answers)
                    .map_err(|error| {
                        Error::with_source(ErrorKind::Io, format!("could not start a thread: {error}"), error)
                    })
            })
            .collect::<Result<_, Error>>()?;
        for n in 0..n_spans {
            let worker = usize::try_from(n % WORKERS).unwrap_or_default();
            let answer = answers.get(worker).and_then(|answers| answers.recv().ok());
            take(answer.unwrap_or_else(|| Err(Error::new(ErrorKind::Io, "a thread that read the log ended")))?)?;
        }
        Ok(())
    })
}
