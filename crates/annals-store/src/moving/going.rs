//! The way from one database to the other: what to go on from, lot after lot, and the end.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::bookmark::Bookmark;
use super::{Cell, MovingStore, Part, Row, Source, Standing, Target, Whole};
use crate::{Error, ErrorKind, LogId};

/// A lot begins with so many rows…
const FIRST_LOT: usize = 512;
/// … and has at most so many…
const LARGEST_LOT: usize = 8_192;
/// … or about so many bytes.
const LOT_BYTES: usize = 8 << 20;

/// How far a copy has come, in rows of all parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// So many are there, those of earlier attempts included.
    pub n_done: u64,
    /// So many there will be.
    pub n_total: u64,
}

/// How a copy ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// All is there.
    Whole,
    /// All was there before.
    WasThere,
    /// Whoever watches stopped it; the next copy goes on.
    Stopped,
}

/// What was copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Copied {
    /// How it ended.
    pub ended: Ended,
    /// The log.
    pub log: LogId,
    /// How many events the source had.
    pub n_events: u64,
    /// How many rows of all parts were written by this call.
    pub n_rows: u64,
}

/// Brings all of a log into a target, or what it lacks. `watch` is told after every lot, and may stop it there.
///
/// Errors: `Taken` where the target holds another log, or this one with events that the source has not; what reading and writing answers.
pub fn copy(
    source: &dyn MovingStore,
    target: &mut dyn Target,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Copied, Error> {
    let mut copied = None;
    source.show(&mut |source| {
        copied = Some(go(source, target, watch)?);
        Ok(())
    })?;
    copied.ok_or_else(|| Error::new(ErrorKind::Io, "the source showed nothing"))
}

fn go(
    source: &mut dyn Source,
    target: &mut dyn Target,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Copied, Error> {
    let whole = source.whole()?;
    let told = |ended, n_rows| Copied { ended, log: whole.log, n_events: whole.n_events, n_rows };
    let Some(mut place) = begin(source, target, &whole)? else { return Ok(told(Ended::WasThere, 0)) };
    // The bookmark as the target has it.
    let mut kept = place.text();
    let mut progress = Progress { n_done: 0, n_total: 0 };
    for part in Part::ALL {
        let n_rows = source.count(part, None)?;
        progress.n_total += n_rows;
        progress.n_done += match part.cmp(&place.part) {
            Ordering::Less => n_rows,
            Ordering::Equal => n_rows.saturating_sub(source.count(part, place.after.as_deref())?),
            Ordering::Greater => 0,
        };
    }
    let mut n_written = 0;
    let first = place.part;
    for part in Part::ALL.into_iter().filter(|part| first <= *part) {
        if part != place.part {
            (place.part, place.after) = (part, None);
        }
        let mut limit = FIRST_LOT;
        loop {
            let rows = source.rows(part, place.after.as_deref(), limit)?;
            let Some(last) = rows.last() else { break };
            place.advance(last);
            let moved = place.text();
            target.put(part, &rows, &kept, &moved)?;
            kept = moved;
            n_written += rows.len() as u64;
            progress.n_done = (progress.n_done + rows.len() as u64).min(progress.n_total);
            if watch(progress).is_break() {
                return Ok(told(Ended::Stopped, n_written));
            }
            limit = next_limit(&rows);
        }
    }
    target.finish(&whole, &kept)?;
    Ok(told(Ended::Whole, n_written))
}

/// Looks at what the target holds, and answers where to go on; nothing where all is there.
fn begin(source: &mut dyn Source, target: &mut dyn Target, whole: &Whole) -> Result<Option<Bookmark>, Error> {
    let standing = target.standing()?;
    let (place, emptied) = match &standing {
        Standing::Empty => (Bookmark::at_the_beginning_of(whole), &[][..]),
        Standing::Unfinished(text) => {
            let Some(place) = Bookmark::read(text) else {
                return Err(Error::new(
                    ErrorKind::NewerFormat,
                    format!(
                        "{} holds a log that another version began to copy (hint: finish with that one, or give an empty database)",
                        target.name()
                    ),
                ));
            };
            if place.log != whole.log.to_string() {
                return Err(another(source, target, whole, &place.log));
            }
            if place.erased != whole.erased || whole.n_events < place.n_events {
                // Rows that are there are not any more what they were.
                (Bookmark::at_the_beginning_of(whole), &Part::ALL[..])
            } else if place.stamp != whole.stamp {
                (Bookmark::behind_events(whole, place.n_events), behind_events())
            } else {
                return Ok(Some(place));
            }
        }
        Standing::Log { log, .. } if *log != whole.log => {
            return Err(another(source, target, whole, &log.to_string()));
        }
        Standing::Log { n_events, erased, .. } => {
            let is_beginning =
                *n_events <= whole.n_events && source.root_at(*n_events)? == target.root_at(*n_events)?;
            if !is_beginning {
                return Err(Error::new(
                    ErrorKind::Taken,
                    format!(
                        "{} holds the log `{}` already and has recorded into it, with {n_events} events against {} in {} (hint: record in one place alone, and keep that one)",
                        target.name(),
                        whole.log,
                        whole.n_events,
                        source.name()
                    ),
                ));
            }
            if *n_events == whole.n_events && *erased == whole.erased {
                return Ok(None);
            }
            if *erased == whole.erased {
                (Bookmark::behind_events(whole, *n_events), behind_events())
            } else {
                (Bookmark::at_the_beginning_of(whole), &Part::ALL[..])
            }
        }
    };
    target.begin(&standing, &place.text(), emptied)?;
    Ok(Some(place))
}

/// All parts but the events.
fn behind_events() -> &'static [Part] {
    Part::ALL.split_first().map_or(&[], |(_, behind)| behind)
}

fn another(source: &dyn Source, target: &dyn Target, whole: &Whole, found: &str) -> Error {
    Error::new(
        ErrorKind::Taken,
        format!(
            "{} holds the log `{found}`, and {} is the log `{}` (hint: give an empty database)",
            target.name(),
            source.name(),
            whole.log
        ),
    )
}

/// As many rows of the size of these as make a lot.
fn next_limit(rows: &[Row]) -> usize {
    let n_bytes: usize = rows.iter().flatten().map(Cell::weight).sum();
    (LOT_BYTES * rows.len()).checked_div(n_bytes).unwrap_or(FIRST_LOT).clamp(1, LARGEST_LOT)
}
