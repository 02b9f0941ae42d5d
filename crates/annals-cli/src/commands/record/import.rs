//! `annals record --ndjson`: many events, in the memory of one line.
//!
//! The service is asynchronous here, so that a batch is one commit; when its journal is full, `record` waits, and with it the reading.

use annals::{Audit, ErrorKind, Settings};

use super::check::{self, Checker};
use super::progress::Progress;
use super::pump::{Ended, pump};
use crate::arguments::{OnBadLine, Source};
use crate::failure::{self, Exit, Failure};
use crate::input::{Input, Line, Lines};
use crate::interrupt::Interrupt;

/// What became of the lines so far.
#[derive(Default)]
struct Tally {
    n_good: u64,
    n_bad: u64,
}

/// Records every line of the source.
pub(super) fn run(settings: &Settings, source: &Source, on_bad_line: OnBadLine) -> Result<Exit, Failure> {
    let interrupt = Interrupt::watch()?;
    let input = Input::open(source)?;
    match on_bad_line {
        OnBadLine::GoOn => record(settings, input, &interrupt),
        OnBadLine::RecordNone => match checked(settings, input, &interrupt)? {
            Checked::Good(input) => record(settings, input, &interrupt),
            Checked::Ended(exit) => Ok(exit),
        },
    }
}

/// What the check of all lines came to.
enum Checked {
    /// All are good: here they are again.
    Good(Input),
    /// Nothing is to be recorded.
    Ended(Exit),
}

/// Checks every line and records none.
fn checked(settings: &Settings, input: Input, interrupt: &Interrupt) -> Result<Checked, Failure> {
    let most_bytes = check::most_line_bytes(settings);
    let mut checker = Checker::new(settings)?;
    let progress = Progress::new(input.n_bytes());
    let (chunks, mut spool) = input.twice()?;
    let mut tally = Tally::default();
    let mut n_lines = 0;
    let ended = pump(
        &chunks,
        Lines::new(most_bytes),
        interrupt,
        |chunk| {
            progress.advance(chunk.len(), 0, "checked");
            spool.keep(chunk)
        },
        |number, line| {
            n_lines = number;
            match check::event(line, most_bytes).and_then(|event| checker.check(&event)) {
                Ok(()) => tally.n_good += 1,
                Err(reason) => tally.bad(&progress, number, &reason),
            }
            Ok(())
        },
    );
    progress.end();
    match ended? {
        Ended::Interrupted => {
            failure::note(&format!("interrupted: nothing recorded, {n_lines} lines checked"));
            Ok(Checked::Ended(Exit::Interrupted))
        }
        Ended::AtEnd if 0 < tally.n_bad => {
            failure::note(&format!(
                "nothing recorded: {} of {} lines are bad",
                tally.n_bad,
                tally.n_bad + tally.n_good
            ));
            Ok(Checked::Ended(Exit::Partly))
        }
        Ended::AtEnd => Ok(Checked::Good(spool.again()?)),
    }
}

/// Records every good line and names every bad one.
fn record(settings: &Settings, input: Input, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let most_bytes = check::most_line_bytes(settings);
    let audit = Audit::with_settings(settings)?;
    let progress = Progress::new(input.n_bytes());
    let chunks = input.chunks()?;
    let tally = std::cell::RefCell::new(Tally::default());
    let ended = pump(
        &chunks,
        Lines::new(most_bytes),
        interrupt,
        |chunk| {
            progress.advance(chunk.len(), tally.borrow().n_good, "recorded");
            Ok(())
        },
        |number, line| take(&audit, &mut tally.borrow_mut(), &progress, most_bytes, number, line),
    );
    // What was accepted is made durable whatever ended the lines.
    let closed = audit.close();
    progress.end();
    let tally = tally.into_inner();
    let recorded = match &closed {
        Ok(()) => tally.recorded(),
        Err(_) => format!("{}, not all of them durable yet", tally.recorded()),
    };
    let ended = ended.map_err(|failure| failure.within(&format!("{recorded}, then")))?;
    closed.map_err(|error| Failure::from(error).within(&recorded))?;
    match ended {
        Ended::Interrupted => {
            failure::note(&format!("interrupted: {recorded}, what follows was not read"));
            Ok(Exit::Interrupted)
        }
        Ended::AtEnd => {
            failure::note(&recorded);
            Ok(if tally.n_bad == 0 { Exit::Done } else { Exit::Partly })
        }
    }
}

/// Records one line. An error is about the database or the disk: the lines that follow would meet it too.
fn take(
    audit: &Audit,
    tally: &mut Tally,
    progress: &Progress,
    most_bytes: usize,
    number: u64,
    line: Line<'_>,
) -> Result<(), Failure> {
    match check::event(line, most_bytes) {
        Ok(event) => match audit.record(event) {
            Ok(_) => tally.n_good += 1,
            Err(error) if matches!(error.kind(), ErrorKind::Invalid | ErrorKind::UnknownType) => {
                tally.bad(progress, number, &error.to_string());
            }
            Err(error) => return Err(Failure::from(error).within(&format!("line {number}"))),
        },
        Err(reason) => tally.bad(progress, number, &reason),
    }
    Ok(())
}

impl Tally {
    fn bad(&mut self, progress: &Progress, number: u64, reason: &str) {
        self.n_bad += 1;
        progress.note(&format!("line {number}: {reason}"));
    }

    fn recorded(&self) -> String {
        let plural = |n: u64, one: &str, many: &str| if n == 1 { format!("{n} {one}") } else { format!("{n} {many}") };
        let good = plural(self.n_good, "event recorded", "events recorded");
        if self.n_bad == 0 { good } else { format!("{good}, {}", plural(self.n_bad, "bad line", "bad lines")) }
    }
}
