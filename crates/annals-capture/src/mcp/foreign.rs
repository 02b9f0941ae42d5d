//! What one side says that is no message, as few events.
//!
//! Lines in a row are one event, told when the next message of that side ends the run, or when the side ends. A server that puts a line of its log before each of its
//! answers would make as many events as answers, so that only so many runs are told one by one; all later ones are told together at the end.

use super::lines::Foreign;

/// So many runs of one side are events of their own.
const MAX_RUNS: u64 = 64;

/// The runs of one side.
#[derive(Default, Debug)]
pub(super) struct Runs {
    /// What was said and not told yet, and how many runs that was.
    untold: Option<(Foreign, u64)>,
    /// Whether the last line was foreign too.
    is_running: bool,
    n_told: u64,
}

impl Runs {
    /// Takes up lines.
    pub(super) fn add(&mut self, lines: &Foreign) {
        let is_new = !std::mem::replace(&mut self.is_running, true);
        match &mut self.untold {
            Some((run, n_runs)) => {
                run.fold(lines);
                *n_runs += u64::from(is_new);
            }
            None => self.untold = Some((lines.clone(), 1)),
        }
    }

    /// A message ends the run; the answer is what to tell.
    pub(super) fn end(&mut self) -> Option<(Foreign, u64)> {
        self.is_running = false;
        if MAX_RUNS <= self.n_told || self.untold.is_none() {
            return None;
        }
        self.n_told += 1;
        self.untold.take()
    }

    /// The side has ended.
    pub(super) fn finish(&mut self) -> Option<(Foreign, u64)> {
        self.is_running = false;
        self.untold.take()
    }
}
