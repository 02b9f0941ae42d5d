//! `annals tail`: the log as it grows.
//!
//! It has no end of its own, so that Ctrl-C is its regular one: exit 0.

use std::time::Duration;

use annals::{Limit, Order, PageRequest, Timestamp};

use crate::arguments::{Common, Tail};
use crate::failure::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{EventLines, Output};
use crate::reading::Reading;

/// How long one wait takes at most, which is how late Ctrl-C may be noticed.
const STEP: Duration = Duration::from_millis(100);

/// Writes every event that fits, as it becomes durable.
pub(super) fn run(common: &Common, arguments: &Tail) -> Result<Exit, Failure> {
    if arguments.cursor.is_some_and(|cursor| cursor.order() != Order::Oldest) {
        return Err(Failure::usage(
            "`cursor` belongs to the order `newest` (hint: give the cursor of a row that `--order oldest` or `tail` printed)",
        ));
    }
    let interrupt = Interrupt::watch()?;
    let reading = Reading::begin(common)?;
    reading.check_types(arguments.filters.types())?;
    let from = match (arguments.cursor, arguments.since) {
        (Some(cursor), _) => Some(cursor.seq() + 1),
        (None, Some(since)) => Some(first_since(&reading, since)?),
        (None, None) => None,
    };
    let mut tail = reading.audit.tail(arguments.filters.filter(), from)?;
    let mut output = Output::new(common);
    let mut lines = EventLines::new(Order::Oldest);
    lines.head(&mut output)?;
    output.flush()?;
    let mut n_left = arguments.limit;
    while !interrupt.is_pressed() && n_left != Some(0) {
        if let Some(event) = tail.next(STEP)? {
            lines.push(&mut output, &event)?;
            output.flush()?;
            n_left = n_left.map(|n_left| n_left - 1);
        }
    }
    Ok(Exit::Done)
}

/// The `seq` of the first event recorded from then on; where there is none yet, that of the next one.
fn first_since(reading: &Reading, since: Timestamp) -> Result<u64, Failure> {
    // The end is read first: what is recorded between the two reads is then found, and not skipped.
    let end = reading.audit.head()?.n_events;
    let mut filter = annals::Filter::new();
    filter.since = Some(since);
    let first = PageRequest { order: Order::Oldest, limit: Limit::new(1)?, cursor: None };
    let page = reading.audit.query(&filter, &first)?;
    Ok(page.events.first().map_or(end, |event| event.seq))
}
