//! `annals record --ndjson`: many events, in the memory of one line.
//!
//! The service is asynchronous here, so that a batch is one commit; when its journal is full, `record` waits, and with it the reading.

use annals::{Audit, ErrorKind, Mode, Settings};

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
    good: u64,
    bad_lines: u64,
    /// Taken, and then refused by the database.
    refused: u64,
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
            Ok(())
        },
        |number, line| {
            n_lines = number;
            match check::event(line, most_bytes).and_then(|event| checker.check(&event)) {
                Ok(()) => tally.good += 1,
                Err(reason) => tally.bad(&progress, number, &reason),
            }
            // What was bad once is never read again; and what is kept has no secret in it.
            if tally.bad_lines == 0 && spool.is_copy() {
                spool.keep(&checker.redacted_line()?)?;
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
        Ended::AtEnd if 0 < tally.bad_lines => {
            failure::note(&format!(
                "nothing recorded: {} of {} lines are bad",
                tally.bad_lines,
                tally.bad_lines + tally.good
            ));
            Ok(Checked::Ended(Exit::Partly))
        }
        Ended::AtEnd => Ok(Checked::Good(spool.again()?)),
    }
}

/// Records every good line and names every bad one.
fn record(settings: &Settings, input: Input, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let most_bytes = check::most_line_bytes(settings);
    // A line that was read is recorded or told: the reading can wait, so nothing is dropped to keep up.
    let audit = Audit::with_settings(&settings.clone().sheddable::<String>([]))?;
    let progress = Progress::new(input.n_bytes());
    let chunks = input.chunks()?;
    let n_refused_before = n_put_aside(&audit);
    let tally = std::cell::RefCell::new(Tally::default());
    let ended = pump(
        &chunks,
        Lines::new(most_bytes),
        interrupt,
        |chunk| {
            progress.advance(chunk.len(), tally.borrow().good, "recorded");
            Ok(())
        },
        |number, line| take(&audit, &mut tally.borrow_mut(), &progress, most_bytes, number, line),
    );
    // What was accepted is made durable whatever ended the lines.
    let closed = audit.close();
    // Only now is known what the database refused; the service that knew is closed.
    let n_refused = match &closed {
        Ok(()) => n_put_aside(&Audit::with_settings(&settings.clone().mode(Mode::ReadOnly))?),
        Err(_) => n_refused_before,
    };
    progress.end();
    let mut tally = tally.into_inner();
    tally.refused = tally.good.min(n_refused.saturating_sub(n_refused_before));
    tally.good -= tally.refused;
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
            Ok(if tally.bad_lines + tally.refused == 0 { Exit::Done } else { Exit::Partly })
        }
    }
}

/// How many events the database has refused so far; none where there is no database yet.
fn n_put_aside(audit: &Audit) -> u64 {
    audit.n_dead_letters().unwrap_or(0)
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
            Ok(_) => tally.good += 1,
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
        self.bad_lines += 1;
        progress.note(&format!("line {number}: {reason}"));
    }

    fn recorded(&self) -> String {
        let plural = |n: u64, one: &str, many: &str| if n == 1 { format!("{n} {one}") } else { format!("{n} {many}") };
        let mut told = plural(self.good, "event recorded", "events recorded");
        for (number, one, many) in [
            (self.bad_lines, "bad line", "bad lines"),
            (self.refused, "event refused by the database", "events refused by the database"),
        ] {
            if 0 < number {
                told = format!("{told}, {}", plural(number, one, many));
            }
        }
        told
    }
}
